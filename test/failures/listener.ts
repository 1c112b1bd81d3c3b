import type { Message, SlackSimulator } from '../../simulators/slack/index.ts';
import { claimsIn } from './claims.ts';
import { readMessage } from './messages.ts';

/** Reads along in an incident's channel, and holds what is said to what is the case when it can be read. */
export interface Listener {
  /** What was said and is not so. */
  readonly claims: Set<string>;
  /** The bot's messages since the listener came. */
  messages(): readonly Message[];
  /** How many of them stand in the channel itself and not in a thread. */
  inChannel(): number;
  /** Reads what is new or was edited. */
  readRoom(): void;
  /** Reads what somebody sees elsewhere, such as a form. */
  read(text: string): void;
}

/** Begins to read along in `room`. `broken` says whether the failure bites now. */
export function listen(slack: SlackSimulator, room: string, broken: () => boolean): Listener {
  const before = new Set(slack.messages(room).map(({ ts }) => ts));
  const seen = new Set<string>();
  const claims = new Set<string>();
  const messages = () => slack.messages(room).filter(({ ts, bot_id }) => bot_id !== undefined && !before.has(ts));
  const read = (text: string) => {
    for (const claim of claimsIn(text, { broken: broken() })) claims.add(claim);
  };
  return {
    claims,
    messages,
    inChannel: () => messages().filter(({ ts, thread_ts }) => thread_ts === undefined || thread_ts === ts).length,
    read,
    readRoom() {
      for (const message of messages()) {
        const text = readMessage(message);
        if (seen.has(`${message.ts} ${text}`)) continue;
        seen.add(`${message.ts} ${text}`);
        read(text);
      }
    },
  };
}
