import type { Bus } from '../ports/queue.ts';

/** Something that runs again and again in the background. */
export interface Loop {
  /** Runs the next pass now, or once more when one is running. */
  wake(): void;
  /** Ends it; resolves when the last pass has ended. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  /** Does what there is to do and says after how many ms to look again at the latest. */
  readonly pass: () => Promise<number>;
  /** The longest pause (ms): it bounds what a lost wake-up costs. */
  readonly longest: number;
  readonly bus: Bus;
  /** Says whether a topic of the bus wakes it. */
  readonly wakesOn: (topic: string) => boolean;
  readonly onError: (error: unknown) => void;
}

/** The pause (ms) after a pass that failed. */
const AFTER_FAILURE = 1_000;

/** Starts a loop. Pauses are relative, so a wrong local clock, or one that jumps, does not matter. */
export function startLoop({ pass, longest, bus, wakesOn, onError }: LoopOptions): Loop {
  let stopped = false;
  let woken = false;
  let endPause = () => {};

  function wake(): void {
    woken = true;
    endPause();
  }

  async function pause(ms: number): Promise<void> {
    if (woken || stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, longest));
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async function run(): Promise<void> {
    while (!stopped) {
      woken = false;
      const ms = await pass().catch((error: unknown) => {
        onError(error);
        return AFTER_FAILURE;
      });
      await pause(ms);
    }
  }

  const unsubscribe = bus.subscribe((topic) => {
    if (topic === '*' || wakesOn(topic)) wake();
  });
  const ended = run();
  return {
    wake,
    async stop() {
      stopped = true;
      unsubscribe();
      wake();
      await ended;
    },
  };
}
