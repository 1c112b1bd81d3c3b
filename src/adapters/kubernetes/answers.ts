import { z } from 'zod';
import { ClusterError, type KubeObject, type LogText } from '../../ports/cluster.ts';
import type { Answer } from './request.ts';

/** As little as an object must be for the adapter; everything else is parsed where it is used. */
export const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), uid: z.string().default(''), resourceVersion: z.string().default('') }),
});
export const listSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string().default(''), continue: z.string().optional() }),
  // Go writes an empty list of some APIs as null.
  items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).nullable(),
});
export const reviewSchema = z.looseObject({
  status: z.looseObject({ allowed: z.boolean(), reason: z.string().optional(), evaluationError: z.string().optional() }),
});

/** Where older bytes were dropped, the first line is a part of one. */
export function wholeLines({ body, dropped }: Answer): LogText {
  if (dropped === 0) return { text: body.toString('utf8'), dropped };
  const start = body.indexOf(0x0a) + 1;
  return { text: body.subarray(start).toString('utf8'), dropped: dropped + start };
}

export function isMissing(answer: Answer): boolean {
  return answer.status === 404;
}

/** @throws ClusterError `invalid` when the answer is no JSON */
export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8'));
  } catch {
    throw new ClusterError('invalid', "The server answered with something else than JSON. Is the kubeconfig's server an API server?", {
      status: answer.status,
    });
  }
}

/** @throws ClusterError `invalid` when the answer is no object of the API */
export function objectOf(answer: Answer): KubeObject {
  const parsed = objectSchema.safeParse(jsonOf(answer));
  if (!parsed.success)
    throw new ClusterError('invalid', 'The server answered with something else than an object of the API.', { status: answer.status });
  return parsed.data;
}
