import type { Faults } from '../faults.ts';
import { newId } from '../ids.ts';
import type { Json } from '../state.ts';
import type { Workspace } from '../workspace.ts';
import type { Answer, EnvelopeKind, Transport } from './transport.ts';

/** One payload and what became of it. */
export interface Delivery {
  id: string;
  kind: EnvelopeKind;
  payload: Json;
  /** Of the last attempt; absent while it waits. */
  answer?: Answer;
  attempts: number;
}

export interface Deliveries {
  /** Delivers a payload and waits for the answer: the first attempt's, whatever copies are sent. */
  send(kind: EnvelopeKind, payload: Json): Promise<{ id: string; answer: Answer }>;
  /** Delivers the payload of an earlier delivery once more, as Slack may. */
  again(id: string): Promise<Answer>;
  /** Oldest first. */
  log(): readonly Delivery[];
  /** Resolves when nothing waits for an answer; retries that are due later do not count. */
  idle(): Promise<void>;
}

/** docs.slack.dev/apis/events-api#retries: nearly at once, after a minute, after five. */
const retryAfterMs = [0, 60_000, 300_000];
const keptDeliveries = 5000;

export function createDeliveries(workspace: Workspace, transport: Transport, faults: Faults): Deliveries {
  const log: Delivery[] = [];
  const running = new Set<Promise<unknown>>();

  const attempt = async (delivery: Delivery, retry?: { num: number; reason: string }): Promise<Answer> => {
    delivery.attempts += 1;
    const drop = faults.strike('drop_on_delivery', delivery.kind).length > 0;
    const work = transport.deliver({ kind: delivery.kind, payload: delivery.payload, retry, drop });
    running.add(work);
    const answer = await work.finally(() => running.delete(work));
    delivery.answer = answer;
    workspace.changed({ kind: 'delivery', id: delivery.id });
    return answer;
  };

  /** Events come again; commands and clicks do not, the person sees that they failed. */
  const retryLater = (delivery: Delivery, answer: Answer, done: number): void => {
    const wait = retryAfterMs[done];
    if (answer.status === 'acked' || wait === undefined) return;
    const reason = { timeout: 'timeout', not_connected: 'connection_failed', failed: 'http_error' }[answer.status];
    const again = (): void => void attempt(delivery, { num: done + 1, reason }).then((next) => retryLater(delivery, next, done + 1));
    workspace.clock.at(workspace.clock.now() + wait, again);
  };

  return {
    async send(kind, payload) {
      // What is sent is what was true now: messages change under way.
      const delivery: Delivery = { id: newId('DLV'), kind, payload: structuredClone(payload), attempts: 0 };
      log.push(delivery);
      if (log.length > keptDeliveries) log.shift();
      const copies = faults.strike('redeliver', kind).reduce((sum, fault) => sum + (fault.kind === 'redeliver' ? fault.copies : 0), 0);
      const first = attempt(delivery);
      for (let copy = 1; copy <= copies; copy += 1) void attempt({ ...delivery }, { num: copy, reason: 'timeout' });
      const answer = await first;
      if (kind === 'events_api') retryLater(delivery, answer, 0);
      return { id: delivery.id, answer };
    },
    again(id) {
      const delivery = log.find((entry) => entry.id === id);
      if (delivery === undefined) throw new Error(`There was no delivery ${id}.`);
      return attempt(delivery, { num: 1, reason: 'timeout' });
    },
    log: () => log,
    async idle() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}
