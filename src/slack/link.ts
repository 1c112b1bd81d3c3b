/** Whether Slack can be talked to at all: the token works, and what answers is Slack. */
export interface SlackLink {
  /** A call was answered by Slack, whatever the answer. */
  up(): void;
  /** A call failed because of the connection as a whole: `token_revoked`, `not-slack`. */
  down(reason: string): void;
  /** What is wrong since the last answer of Slack's; `null` when nothing is. */
  reason(): string | null;
}

export interface LinkEvents {
  /** Every failed call: a metric. */
  readonly onFailure: (reason: string) => void;
  /** Only when it changes, so that an outage is one line of the log and not thousands; `null` when Slack is back. */
  readonly onChange: (reason: string | null) => void;
}

/** How often (ms) a link that is down is looked at by who asks whether it is. */
const LOOK = 5_000;

/** Says why Slack cannot be talked to, and has it looked at again by `look`, so that it is known soon when Slack is back. */
export function watchLink(link: SlackLink, look: () => Promise<unknown>, clock: () => number = () => performance.now()): () => string | null {
  let lookedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const reason = link.reason();
    if (reason !== null && clock() - lookedAt >= LOOK) {
      lookedAt = clock();
      // Whatever comes of it, the link has heard.
      look().catch(() => undefined);
    }
    return reason;
  };
}

/** Watches the connection to Slack. What fails meanwhile is tried again by whoever called; this is the alarm. */
export function createLink({ onFailure, onChange }: LinkEvents): SlackLink {
  let wrong: string | null = null;

  function set(reason: string | null): void {
    if (reason === wrong) return;
    wrong = reason;
    onChange(reason);
  }

  return {
    up: () => set(null),
    down(reason) {
      onFailure(reason);
      set(reason);
    },
    reason: () => wrong,
  };
}
