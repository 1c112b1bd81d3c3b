import type { Json } from '../state.ts';

export type EnvelopeKind = 'slash_commands' | 'interactive' | 'events_api';

/** docs.slack.dev/interactivity/handling-user-interaction: an app has three seconds, of real time, to acknowledge. */
export const ackLimitMs = 3000;

/** What came back: `acked` with the body of the acknowledgement, or why nothing did. */
export type Answer =
  | { status: 'acked'; body: Json }
  | { status: 'timeout' }
  | { status: 'not_connected' }
  | { status: 'failed'; http_status: number };

export interface Attempt {
  kind: EnvelopeKind;
  payload: Json;
  retry?: { num: number; reason: string } | undefined;
  /** Breaks the connection that the envelope went to, before an answer. */
  drop?: boolean;
}

/** A way to an app: Socket Mode or HTTP. */
export interface Transport {
  deliver(attempt: Attempt): Promise<Answer>;
  /** How many connections are open; HTTP counts as one. */
  connections(): number;
  close(): Promise<void>;
}
