import { expect, test } from '@jest/globals';
import type { Json } from '../../src/domain/record.ts';
import { lookWithin, NO_ANSWER } from '../../src/engine/reach/patience.ts';
import { RetryLater } from '../../src/ports/queue.ts';
import type { RunContext } from '../../src/ports/runs.ts';

const MINUTE = 60_000;

/** Looks until it has an answer, as often as a run would, where Slack answers so at each moment (ms). */
async function looked(
  answer: (at: number) => string,
  patience: number,
  pauses?: number,
): Promise<{ readonly said: string; readonly after: number; readonly looks: number }> {
  let at = 0;
  let looks = 0;
  const journal = new Map<string, Json>();
  const steps: Pick<RunContext, 'step'> = {
    async step<T extends Json>(name: string, work: (key: string) => Promise<T>): Promise<T> {
      const known = journal.get(name);
      if (known !== undefined) return known as T;
      const made = await work(name);
      journal.set(name, made);
      return made;
    },
  };
  const run = steps as RunContext;
  const look = async () => {
    looks += 1;
    return answer(at);
  };
  for (;;) {
    try {
      const said = await lookWithin(run, { now: async () => at }, 'look', look, NO_ANSWER, patience, pauses);
      return { said, after: at, looks };
    } catch (error) {
      at += error instanceof RetryLater ? error.ms : 1_000;
    }
  }
}

function busyUntil(end: number, pause: number): (at: number) => string {
  return (at) => {
    if (at < end) throw new RetryLater(pause);
    return 'here';
  };
}

test('a page waits no longer than its patience, however long Slack asks to be left alone', async () => {
  expect(await looked(busyUntil(10 * MINUTE, 10 * MINUTE), MINUTE)).toEqual({ said: NO_ANSWER, after: MINUTE, looks: 2 });
  expect(await looked(busyUntil(30_000, 30_000), MINUTE)).toEqual({ said: 'here', after: 30_000, looks: 2 });
});

test('who has the time does as Slack asks, and takes only what fails for an answer that does not come', async () => {
  expect(await looked(busyUntil(10 * MINUTE, 30_000), 0, 60 * MINUTE)).toMatchObject({ said: 'here', after: 10 * MINUTE });
  expect(await looked(busyUntil(120 * MINUTE, MINUTE), 0, 60 * MINUTE)).toMatchObject({ said: NO_ANSWER, after: 60 * MINUTE });
  const away = (): string => {
    throw new Error('away');
  };
  expect(await looked(away, 0, 60 * MINUTE)).toEqual({ said: NO_ANSWER, after: 0, looks: 1 });
});
