import { z } from 'zod';
import { changeAction } from '../../ports/action.ts';
import { orLate } from '../shared/fields.ts';

const input = z.strictObject({
  statement: orLate(z.string().min(1).max(500)).describe('What somebody has tried and found, e.g. “a question in the web experience is answered”.'),
});
const output = z.strictObject({ confirmed: z.boolean(), statement: z.string() });

/**
 * A person confirms what Tocsin cannot see (VQ-18): approving the plan is the confirmation, so that who said it, and when, is a record like any
 * other. Changes nothing else.
 */
export const peopleConfirm = changeAction({
  name: 'people.confirm',
  about: 'Records that a person has tried something and found it so: approving is confirming.',
  effect: 'change',
  oneWay: 'What somebody confirmed stays on the record. If it was wrong, say so with `/incident note`.',
  input,
  output,

  plan: async ({ statement }) => ({
    summary: `Somebody confirms: ${statement}`,
    diff: `+ confirmed: ${statement}`,
    noPlan: null,
    notes: ['Approve only what you have seen yourself: your name is in the record with it.'],
    touches: [],
    changes: true,
    scope: { statement },
    snapshot: null,
  }),
  apply: async ({ statement }) => ({ output: { confirmed: true, statement }, summary: `Confirmed: ${statement}` }),
});
