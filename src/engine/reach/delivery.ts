import type { IncidentRecord } from '../../domain/incident/events.ts';
import { nextLook } from '../../lib/next-look.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { RunContext } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import { NO_ANSWER, PATIENCE } from './patience.ts';

/** Between two looks (ms): at first, and at most. */
const LOOK_AGAIN = 200;
const LOOK_SELDOM = 2_000;

/** What became of a stored message. `error` is Slack's code, or `no_answer` when it neither took nor refused it in time. */
type Delivered = { readonly sent: true; readonly error: null } | { readonly sent: false; readonly error: string };

/** Waits, as a step of a run, until a stored message was delivered or refused, but not longer than a minute, or `patience` (ms). */
export async function delivery(run: RunContext, store: Store, name: string, key: string, patience: number = PATIENCE): Promise<Delivered> {
  const begun = await run.step(`begun:${name}`, () => store.now());
  const answer = await run.step(`delivery:${name}`, async () => {
    const message = await store.message(key);
    if (message?.state === 'sent') return '';
    if (message?.state === 'failed') return errorOf(store, message.stream, key);
    const waited = (await store.now()) - begun;
    if (waited < patience) throw new RetryLater(nextLook(waited, LOOK_AGAIN, LOOK_SELDOM));
    return NO_ANSWER;
  });
  return answer === '' ? { sent: true, error: null } : { sent: false, error: answer };
}

/** Why Slack refused a message: its record says so. */
async function errorOf(store: Store, stream: string, key: string): Promise<string> {
  const records = (await store.records(stream)) as IncidentRecord[];
  const failed = records.findLast((record) => record.type === 'message.failed' && record.data.key === key);
  return failed?.type === 'message.failed' ? (failed.data.error.split(':')[0] ?? 'refused') : 'refused';
}
