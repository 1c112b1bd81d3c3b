import { largest } from '../../lib/numbers.ts';
/** What kind of message an edit changes: one that people act by (a card, a plan), or a board that shows how work goes on. */
export type Edited = 'live' | 'board';

/** How many edits fit into Slack's rate limit, and which go first. */
export interface EditBudget {
  /** 0: go, and it is counted. Else how long (ms) to wait before asking again. */
  take(channel: string, kind: Edited): number;
  /** Slack said 429 to an edit: all of them wait. */
  limited(ms: number): void;
  /** Slack said 429 to a post in a channel: edits there wait until it has gone. */
  yieldTo(channel: string, ms: number): void;
}

const MINUTE = 60_000;
/** `chat.update` is tier 3, 50 a minute (docs.slack.dev/apis/web-api/rate-limits): a little less, for those of a replica that is taking over. */
export const EDITS_A_MINUTE = 45;
/** The part of them that boards may use. */
const BOARDS = 2 / 3;
/** How much longer (ms) than the post an edit waits. */
const BEHIND = 500;

/** Counts in this process; with several replicas Slack's own 429 is what each of them heeds. `clock` in ms, monotonic. */
export function createEditBudget(perMinute: number = EDITS_A_MINUTE, clock: () => number = () => performance.now()): EditBudget {
  const most: Readonly<Record<Edited, number>> = { live: perMinute, board: perMinute * BOARDS };
  let sent: { readonly at: number; readonly kind: Edited }[] = [];
  let closedUntil = 0;
  const posting = new Map<string, number>();

  /** How long until fewer than `most` of these are in the last minute. */
  function untilRoom(at: readonly number[], allowed: number, now: number): number {
    const blocking = Number.isFinite(allowed) ? at.at(-Math.floor(allowed)) : undefined;
    return blocking === undefined ? 0 : blocking + MINUTE - now;
  }

  return {
    take(channel, kind) {
      const now = clock();
      sent = sent.filter(({ at }) => now - at < MINUTE);
      for (const [other, until] of posting) if (until <= now) posting.delete(other);
      const boards = sent.filter((edit) => edit.kind === 'board').map(({ at }) => at);
      const all = sent.map(({ at }) => at);
      const waits = [
        closedUntil - now,
        (posting.get(channel) ?? 0) - now,
        untilRoom(all, most.live, now),
        kind === 'board' ? untilRoom(boards, most.board, now) : 0,
      ];
      const wait = Math.max(0, largest(waits));
      if (wait === 0) sent.push({ at: now, kind });
      return Math.ceil(wait);
    },
    limited(ms) {
      closedUntil = Math.max(closedUntil, clock() + ms);
    },
    yieldTo(channel, ms) {
      posting.set(channel, Math.max(posting.get(channel) ?? 0, clock() + ms + BEHIND));
    },
  };
}
