import type { Incidents } from '../../engine/incidents/incidents.ts';
import type { SentMessage, Store, StoreTx } from '../../ports/store.ts';
import { ephemeralOf } from './ephemeral.ts';

const AS_TEXT = 'it went as text';

export interface RefusalDeps {
  readonly store: Store;
  readonly incidents: Pick<Incidents, 'tell'>;
  /** Slack refused a message or an edit, or took it as text only. */
  readonly onFailed: (message: SentMessage, code: string) => void;
}

/** What follows when Slack refuses a message, or takes it without its blocks: the incident hears of it. */
export interface Refusals {
  fail(message: SentMessage, code: string): Promise<void>;
  /** An edit that went as text. */
  tellText(message: SentMessage, code: string): Promise<void>;
  /** A message that went as text, in the transaction that notes it. */
  noteText(tx: StoreTx, message: SentMessage, code: string): Promise<void>;
}

export function createRefusals({ store, incidents, onFailed }: RefusalDeps): Refusals {
  async function fail(message: SentMessage, code: string): Promise<void> {
    onFailed(message, code);
    // Tried again in vain: it was told.
    if (message.state === 'failed') return;
    await store.transaction(async (tx) => {
      await tx.updateMessage(message.key, { state: 'failed' });
      if (ephemeralOf(message) === null) await incidents.tell(tx, message.stream, failed(message, code));
    });
  }

  async function tellText(message: SentMessage, code: string): Promise<void> {
    onFailed(message, code);
    await store.transaction((tx) => noteText(tx, message, code));
  }

  async function noteText(tx: StoreTx, message: SentMessage, code: string): Promise<void> {
    await incidents.tell(tx, message.stream, failed(message, `${code}: ${AS_TEXT}`));
  }

  return { fail, tellText, noteText };
}

function failed(message: SentMessage, error: string) {
  return { type: 'message-failed', key: message.key, template: message.template, error } as const;
}
