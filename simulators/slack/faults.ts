import { z } from 'zod';
import { newId } from './ids.ts';

/** How often a fault strikes: the next `times` chances (default 1), or each with probability `rate` until removed. */
const often = { times: z.number().int().min(1).optional(), rate: z.number().min(0).max(1).optional() };
/** A Web API method, `response_url`, `upload`, or `*` for any. */
const onMethod = { method: z.string().default('*') };

export const faultSchema = z.discriminatedUnion('kind', [
  /** HTTP 429 with `Retry-After` in seconds; the call is not applied. */
  z.strictObject({ kind: z.literal('rate_limited'), retry_after: z.number().int().min(0).default(1), ...onMethod, ...often }),
  /** The answer waits `ms` of real time. */
  z.strictObject({ kind: z.literal('slow'), ms: z.number().int().min(0), ...onMethod, ...often }),
  /** An HTTP status, 500 by default; the call is not applied. */
  z.strictObject({ kind: z.literal('http_error'), status: z.number().int().min(400).default(500), ...onMethod, ...often }),
  /** `ok: false` with this error; the call is not applied. */
  z.strictObject({ kind: z.literal('error'), error: z.string(), ...onMethod, ...often }),
  /** What a proxy or a maintenance page says: HTTP 200 and HTML; the call is not applied. */
  z.strictObject({ kind: z.literal('html'), ...onMethod, ...often }),
  /** The call is applied, then the connection is cut: the app cannot know. */
  z.strictObject({ kind: z.literal('torn'), ...onMethod, ...often }),
  /** The connection is cut before the call is applied. */
  z.strictObject({ kind: z.literal('refused_connection'), ...onMethod, ...often }),
  /** The same payload is delivered `copies` more times, to other connections where there are any. */
  z.strictObject({
    kind: z.literal('redeliver'),
    envelope: z.enum(['slash_commands', 'interactive', 'events_api', '*']).default('*'),
    copies: z.number().int().min(1).default(1),
    ...often,
  }),
  /** An envelope reaches a connection that breaks before it is acknowledged. */
  z.strictObject({
    kind: z.literal('drop_on_delivery'),
    envelope: z.enum(['slash_commands', 'interactive', 'events_api', '*']).default('*'),
    ...often,
  }),
]);

export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
type FaultKind = Fault['kind'];

export interface Faults {
  /** Arms a fault; gives its id. */
  add(fault: FaultInput): string;
  remove(id: string): void;
  clear(): void;
  list(): (Fault & { id: string })[];
  /** Takes the faults that strike now, one-shot ones for good. */
  strike(kind: FaultKind, subject: string): Fault[];
}

/** Faults to inject. `random` decides about rates: 0 to 1. */
export function createFaults(random: () => number = Math.random): Faults {
  const armed = new Map<string, { fault: Fault; left: number }>();
  return {
    add(input) {
      const fault = faultSchema.parse(input);
      const id = newId('FLT');
      const left = fault.times ?? (fault.rate === undefined ? 1 : Number.POSITIVE_INFINITY);
      armed.set(id, { fault, left });
      return id;
    },
    remove: (id) => void armed.delete(id),
    clear: () => armed.clear(),
    list: () => [...armed].map(([id, { fault }]) => ({ id, ...fault })),
    strike(kind, subject) {
      return [...armed].flatMap(([id, entry]) => {
        const { fault } = entry;
        const target = 'method' in fault ? fault.method : fault.envelope;
        if (fault.kind !== kind || (target !== '*' && target !== subject)) return [];
        if (fault.rate !== undefined && random() >= fault.rate) return [];
        entry.left -= 1;
        if (entry.left <= 0) armed.delete(id);
        return [fault];
      });
    },
  };
}
