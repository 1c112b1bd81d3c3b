/** The workspace's time: a base clock and an offset that people may move forward. Milliseconds since the epoch. */
export interface Clock {
  now(): number;
  readonly offsetMs: number;
  /** Moves the workspace forward. Going back is refused: message timestamps only ever grow. */
  advance(ms: number): void;
  /** Calls `listener` with the new offset after each move; returns what stops that. */
  onChange(listener: (offsetMs: number) => void): () => void;
  /** Runs `task` once when the workspace's time reaches `due`; returns what cancels it. */
  at(due: number, task: () => void): () => void;
  close(): void;
}

interface Alarm {
  due: number;
  task: () => void;
  timer?: NodeJS.Timeout;
}

/** Makes a clock over `base`, by default the machine's. Alarms use real timers and are looked at again after each move. */
export function createClock(base: () => number = Date.now): Clock {
  let offset = 0;
  const listeners = new Set<(offsetMs: number) => void>();
  const alarms = new Set<Alarm>();
  const now = (): number => base() + offset;

  const ring = (alarm: Alarm): void => {
    if (!alarms.has(alarm)) return;
    clearTimeout(alarm.timer);
    if (now() < alarm.due) {
      alarm.timer = setTimeout(() => ring(alarm), Math.min(alarm.due - now(), 60_000)).unref();
      return;
    }
    alarms.delete(alarm);
    alarm.task();
  };

  return {
    now,
    get offsetMs() {
      return offset;
    },
    advance(ms) {
      if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`The clock moves forward only, not by ${ms} ms.`);
      offset += ms;
      for (const listener of listeners) listener(offset);
      // What a task sets anew waits for its own timer.
      Array.from(alarms).forEach(ring);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    at(due, task) {
      const alarm: Alarm = { due, task };
      alarms.add(alarm);
      alarm.timer = setTimeout(() => ring(alarm), Math.min(Math.max(due - now(), 0), 60_000)).unref();
      return () => {
        clearTimeout(alarm.timer);
        alarms.delete(alarm);
      };
    },
    close() {
      for (const alarm of alarms) clearTimeout(alarm.timer);
      alarms.clear();
      listeners.clear();
    },
  };
}
