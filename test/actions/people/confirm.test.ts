import { expect, test } from '@jest/globals';
import { peopleConfirm } from '../../../src/actions/people/confirm.ts';
import { step, testContext } from '../helpers/context.ts';

const SAID = 'Questions in the web experience are answered';
const world = () =>
  testContext({
    targets: {},
    cluster: () => {
      throw new Error('no cluster in this test');
    },
  });

test('approving is confirming: the statement is in the plan, with a warning, and in what is recorded', async () => {
  const confirming = step(peopleConfirm, { statement: SAID });
  const plan = await confirming.plan(world());
  expect(plan).toMatchObject({ summary: `Somebody confirms: ${SAID}`, diff: `+ confirmed: ${SAID}`, changes: true, touches: [], snapshot: null });
  expect(plan.notes).toEqual(['Approve only what you have seen yourself: your name is in the record with it.']);
  expect(await confirming.apply(plan, world())).toEqual({ confirmed: true, statement: SAID });
});

test.each([[''], ['x'.repeat(501)], [undefined]])('a statement that is none is refused: %j', (statement) => {
  expect(peopleConfirm.input.safeParse({ statement }).success).toBe(false);
});

test('it needs no permission of anybody’s platform', () => {
  expect(peopleConfirm.permissions).toBeUndefined();
});
