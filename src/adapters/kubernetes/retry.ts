import { pause } from '../../lib/pause.ts';
import { retryAfterMs } from '../../lib/retry-after.ts';
import { ClusterError } from '../../ports/cluster.ts';
import type { Connection } from './connection.ts';
import { type Asked, answerError, describe, statusOf } from './errors.ts';
import { type Answer, NoAnswer, type Outgoing, send } from './request.ts';

/** How often and how long to try; injected so that tests do not sleep. */
export interface Pace {
  readonly tries: number;
  /** Resolves after `ms`, or at once when the signal is aborted. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** 0 to 1. */
  random(): number;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

export const defaultPace: Pace = { tries: 5, wait: pause, random: Math.random };

/** The wait before try `next` (1 is the second try), with jitter, never longer than ten seconds. */
export function waitBefore(next: number, asked: number | null, random: number): number {
  if (asked !== null) return Math.min(asked * 1000, LONGEST_WAIT_MS) + Math.floor(random * FIRST_WAIT_MS);
  const ceiling = Math.min(FIRST_WAIT_MS * 2 ** next, LONGEST_WAIT_MS);
  return Math.floor(ceiling / 2 + (random * ceiling) / 2);
}

/**
 * Asks until there is an answer that is worth having. What may be repeated is tried again on lost connections, 429 and 5xx; a change only
 * where it cannot have happened: 429, 5xx that says when to come back, no connection.
 * Answers of 2xx and those that `accept` names are returned. @throws ClusterError
 */
export async function ask(
  connection: Connection,
  outgoing: Outgoing,
  asked: Asked,
  pace: Pace,
  accept: (answer: Answer) => boolean,
): Promise<Answer> {
  let renewed = false;
  for (let next = 1; ; next += 1) {
    if (outgoing.signal?.aborted === true) throw new ClusterError('timeout', `Stopped before the cluster was asked to ${describe(asked)}.`);
    const last = next >= pace.tries;
    const outcome = await once(connection, outgoing);
    if (outcome instanceof NoAnswer) {
      if (!worthAnother(outcome, asked) || last) throw lost(outcome, asked, connection.context);
      await pace.wait(waitBefore(next, null, pace.random()), outgoing.signal);
      continue;
    }
    if ((outcome.status >= 200 && outcome.status < 300) || accept(outcome)) return outcome;
    if (outcome.status === 401 && !renewed) {
      renewed = true;
      connection.forget();
      continue;
    }
    const body = outcome.body.toString('utf8');
    const seconds = retryAfter(outcome, body);
    const again = outcome.status === 429 || (outcome.status >= 500 && (asked.repeatable || seconds !== null));
    if (!again || last) throw answerError(outcome.status, body, asked, connection.user());
    await pace.wait(waitBefore(next, seconds, pace.random()), outgoing.signal);
  }
}

async function once(connection: Connection, outgoing: Outgoing): Promise<Answer | NoAnswer> {
  const access = await connection.access();
  try {
    return await send(access, outgoing);
  } catch (error) {
    if (error instanceof NoAnswer) return error;
    throw error;
  }
}

function worthAnother(failure: NoAnswer, asked: Asked): boolean {
  if (failure.kind === 'aborted' || failure.kind === 'too-large' || failure.kind === 'timeout') return false;
  return asked.repeatable || !failure.connected;
}

export function lost(failure: NoAnswer, asked: Asked, context: string): ClusterError {
  const what = describe(asked);
  if (failure.kind === 'too-large') return new ClusterError('invalid', `The answer is too large (${failure.message}). Ask for less.`);
  if (failure.connected && !asked.repeatable) {
    return new ClusterError(
      'uncertain',
      `No answer from cluster ${context} after asking to ${what} (${failure.message}). It may or may not have been done: look first.`,
    );
  }
  if (failure.kind === 'aborted') return new ClusterError('timeout', `Stopped while cluster ${context} was asked to ${what}.`);
  if (failure.kind === 'timeout') return new ClusterError('timeout', `Cluster ${context} did not answer in time when asked to ${what}.`);
  return new ClusterError(
    'unreachable',
    `Cluster ${context} cannot be reached to ${what} (${failure.message}). Check the network and the kubeconfig's server.`,
  );
}

function retryAfter(answer: Answer, body: string): number | null {
  const asked = retryAfterMs(answer.headers['retry-after'], Number.POSITIVE_INFINITY);
  return asked === null ? (statusOf(body)?.retryAfterSeconds ?? null) : asked / 1_000;
}
