import { expect, test } from '@jest/globals';
import { redactText } from '../../../src/evidence/redaction/redact.ts';
import { HARMLESS } from './harmless.ts';
import { DATABASE, SECRETS } from './secrets.ts';

test('of secrets in more than eighty forms, at most three get through', () => {
  const through = SECRETS.filter(([, text, ...secrets]) => {
    const { value } = redactText(text, []);
    return secrets.some((secret) => value.includes(secret));
  });
  expect(SECRETS.length).toBeGreaterThanOrEqual(81);
  expect(through.map(([what, text]) => `${what}: ${redactText(text, []).value}`)).toEqual([]);
});

test('of two hundred harmless texts, none is touched', () => {
  const garbled = HARMLESS.map((text) => redactText(text, [])).filter(({ redactions }) => redactions.length > 0);
  expect(new Set(HARMLESS).size).toBeGreaterThanOrEqual(200);
  expect(garbled.map(({ value }) => value)).toEqual([]);
});

test('the password of the database is known on its own, as it is and as the address has it', () => {
  const text = `FATAL: ${DATABASE.password} and ${encodeURIComponent(DATABASE.password)} at ${Buffer.from(DATABASE.password).toString('base64')}`;
  const { value } = redactText(text, [DATABASE.url]);
  expect(value).toBe('FATAL: [redacted:known-secret] and [redacted:known-secret] at [redacted:known-secret]');
});
