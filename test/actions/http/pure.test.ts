import { expect, test } from '@jest/globals';
import { sayBody } from '../../../src/actions/http/answer-words.ts';

test.each([
  ['{"decision":"allow","bypass":true,"approver":"U0ADA","note":null}', 'decision allow, bypass true, approver U0ADA'],
  ['{"error":{"code":"DOWN","message":"No engine is ready."}}', 'error code DOWN, error message “No engine is ready.”'],
  ['{"list":[1,2]}', 'list 1, list 2'],
  ['plain  text\nof it', 'plain text of it'],
  ['{"broken":', '{"broken":'],
  ['', ''],
])('%s is said as %s', (body, says) => {
  expect(sayBody(body, 120)).toBe(says);
});

test('of many values the first ones are named', () => {
  expect(sayBody(JSON.stringify(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`k${i}`, i]))), 200)).toMatch(/k7 7, and 2 more$/);
});
