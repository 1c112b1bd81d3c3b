import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inputsOf, keyOf, readPayload } from '../../src/slack/receive/payload.ts';

test('whatever is read is a payload, null or undefined, and reading it never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (body) => {
      const payload = readPayload(body);
      if (payload) expect(keyOf(payload)).toMatch(/^[0-9a-f]{64}$/);
    }),
    { numRuns: 2_000 },
  );
});

test('a redelivery has the same key; another click, person, workspace or command has not', () => {
  const click = {
    type: 'block_actions',
    team: { id: 'T1' },
    user: { id: 'U1' },
    container: { type: 'message' },
    trigger_id: 't1',
    actions: [{ action_id: 'a', action_ts: '1.1' }],
  };
  const key = (body: unknown) => {
    const payload = readPayload(body);
    return payload ? keyOf(payload) : 'none';
  };
  expect(key({ ...click, trigger_id: 'other' })).toBe(key(click));
  const others = [
    { ...click, actions: [{ action_id: 'a', action_ts: '1.2' }] },
    { ...click, user: { id: 'U2' } },
    { ...click, team: { id: 'T2' } },
    { ...click, actions: [{ action_id: 'b', action_ts: '1.1' }] },
  ];
  expect(new Set([click, ...others].map(key)).size).toBe(5);
});

test('inputs are read whatever element they come from', () => {
  const values = {
    text: { value: { type: 'plain_text_input', value: 'typed' } },
    empty: { value: { type: 'plain_text_input', value: null } },
    one: { value: { type: 'static_select', selected_option: { value: 'P1' } } },
    none: { value: { type: 'static_select', selected_option: null } },
    many: { value: { type: 'checkboxes', selected_options: [{ value: 'a' }, { value: 'b' }] } },
    user: { value: { type: 'users_select', selected_user: 'U1' } },
  };
  expect(inputsOf({ values })).toEqual({ text: 'typed', empty: null, one: 'P1', none: null, many: ['a', 'b'], user: 'U1' });
});
