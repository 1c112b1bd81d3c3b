import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createEditBudget, EDITS_A_MINUTE, type Edited } from '../../src/slack/deliver/budget.ts';

describe('The budget of edits', () => {
  test('never lets more through than Slack takes in any minute, nor more boards than leave room for cards; who waits as told gets through', () => {
    const asks = fc.array(fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.constantFrom<Edited>('live', 'board')), { maxLength: 300 });
    fc.assert(
      fc.property(asks, (steps) => {
        let now = 0;
        const budget = createEditBudget(EDITS_A_MINUTE, () => now);
        const sent: { at: number; kind: Edited }[] = [];
        for (const [pause, kind] of steps) {
          now += pause;
          const wait = budget.take('C1', kind);
          if (wait > 0) {
            now += wait;
            expect(budget.take('C1', kind)).toBe(0);
          }
          sent.push({ at: now, kind });
          const lately = sent.filter(({ at }) => now - at < 60_000);
          expect(lately.length).toBeLessThanOrEqual(EDITS_A_MINUTE);
          expect(lately.filter((edit) => edit.kind === 'board').length).toBeLessThanOrEqual(30);
        }
      }),
    );
  });

  test('edits of a channel wait for its posts, those of others do not', () => {
    let now = 0;
    const budget = createEditBudget(EDITS_A_MINUTE, () => now);
    budget.yieldTo('C1', 2_000);
    expect(budget.take('C2', 'live')).toBe(0);
    expect(budget.take('C1', 'live')).toBeGreaterThan(2_000);
    now = 2_600;
    expect(budget.take('C1', 'live')).toBe(0);
  });

  test('a 429 holds every edit for as long as Slack says', () => {
    let now = 0;
    const budget = createEditBudget(EDITS_A_MINUTE, () => now);
    budget.limited(30_000);
    expect(budget.take('C1', 'live')).toBe(30_000);
    expect(budget.take('C2', 'board')).toBe(30_000);
    now = 30_000;
    expect(budget.take('C1', 'live')).toBe(0);
  });
});
