import type { Logger } from 'pino';

/** What has been opened, to be closed in the reverse order. */
export interface Closing {
  add(close: () => Promise<unknown>): void;
  /** Closes everything, once. A part that cannot be closed keeps no other open. */
  close(): Promise<void>;
}

export function createClosing(logger: Logger): Closing {
  const closers: (() => Promise<unknown>)[] = [];
  return {
    add(close) {
      closers.push(close);
    },
    async close() {
      for (const close of closers.splice(0).toReversed()) await close().catch((err: unknown) => logger.warn({ err }, 'a part did not stop cleanly'));
    },
  };
}
