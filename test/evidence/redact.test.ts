import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { redact, redactText } from '../../src/evidence/redaction/redact.ts';
import { RULES } from '../../src/evidence/redaction/redact-rules.ts';
import { type RedactionRule, scan } from '../../src/evidence/redaction/span.ts';
import { json } from './helpers/arbitrary.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----';

// Built from parts, so that no scanner takes these examples for leaked secrets.
const SLACK = ['xoxb', '123456789012', 'abcdefABCDEF'].join('-');
const SLACK_APP = ['xapp', '1', 'A012345', '67890', 'abcdef'].join('-');
const GITHUB = `ghp_${'a1B2'.repeat(9)}`;
const GITHUB_FINE = `github_pat_${'a1B2_'.repeat(12)}`;
const AWS_ID = ['AKIA', 'IOSFODNN7EXAMPLE'].join('');
const AWS_KEY = ['wJalrXUtnFEMI', 'K7MDENG', 'bPxRfiCYEXAMPLEKEY'].join('/');

test.each<[string, string, string]>([
  ['slack-token', `posted with ${SLACK}.`, 'posted with [redacted:slack-token]'],
  ['slack-token', `app ${SLACK_APP} ok`, 'app [redacted:slack-token] ok'],
  ['slack-webhook', 'https://hooks.slack.com/services/T000/B000/XXXX end', 'https://hooks.slack.com/services/[redacted:slack-webhook] end'],
  ['github-token', `clone with ${GITHUB} now`, 'clone with [redacted:github-token] now'],
  ['github-token', GITHUB_FINE, '[redacted:github-token]'],
  ['aws-access-key-id', `id ${AWS_ID}, key`, 'id [redacted:aws-access-key-id], key'],
  ['aws-secret-key', `aws_secret_access_key = ${AWS_KEY}`, 'aws_secret_access_key = [redacted:aws-secret-key]'],
  ['aws-secret-key', `{"SecretAccessKey": "${AWS_KEY}", "x": 1}`, '{"SecretAccessKey": "[redacted:aws-secret-key]", "x": 1}'],
  ['jwt', `cookie ${JWT} sent`, 'cookie [redacted:jwt] sent'],
  ['private-key', `key:\n${PEM}\nend`, 'key:\n[redacted:private-key]\nend'],
  ['private-key', 'cut off -----BEGIN PRIVATE KEY-----\nMIIEow', 'cut off [redacted:private-key]'],
  ['authorization', 'Authorization: Bearer abc.def\nHost: x', 'Authorization: [redacted:authorization]\nHost: x'],
  ['authorization', `curl -H 'authorization: Basic dXNlcjpwYXNz' http://x`, `curl -H 'authorization: [redacted:authorization]' http://x`],
  ['authorization', 'Set-Cookie: session=abc; Secure', 'Set-Cookie: [redacted:authorization]'],
  ['bearer', 'sent bearer 0123456789abcdef0', 'sent bearer [redacted:bearer]'],
  ['url-password', 'postgres://tocsin:p@ss:w0rd@db:5432/x', 'postgres://tocsin:[redacted:url-password]@db:5432/x'],
  ['url-password', 'redis://:pw@cache', 'redis://:[redacted:url-password]@cache'],
  ['assigned-secret', 'POSTGRES_PASSWORD=geheim other=1', 'POSTGRES_PASSWORD=[redacted:assigned-secret] other=1'],
  ['assigned-secret', 'passwd: geheim', 'passwd: [redacted:assigned-secret]'],
  ['assigned-secret', '?token=geheim&page=2', '?token=[redacted:assigned-secret]&page=2'],
  ['assigned-secret', `{"password":"a\\"b","c":1}`, '{"password":"[redacted:assigned-secret]","c":1}'],
  ['assigned-secret', `"{\\"password\\":\\"ab\\",\\"c\\":1}"`, `"{\\"password\\":\\"[redacted:assigned-secret]\\",\\"c\\":1}"`],
  ['assigned-secret', `password='never closed\nnext`, `password='[redacted:assigned-secret]\nnext`],
])('%s: %s', (rule, text, expected) => {
  expect(redactText(text, [])).toEqual({ value: expected, redactions: [{ rule, count: 1 }] });
});

test.each([
  'http://host:8080/path?mail=a@b',
  'tokens: 512, password policy is strict',
  'secretName: policy-tls',
  'bearer of bad news',
  'AKIA is a prefix',
  'eyJ is how they start',
  'git@github.com:owner/name.git',
])('leaves %s alone', (text) => {
  expect(redactText(text, [])).toEqual({ value: text, redactions: [] });
});

test('redacts strings at any depth, values under telling keys whole, and leaves keys and other values alone', () => {
  const value = { hunter22: 1, list: [['hunter22'], null, true, 7], env: { DB_PASSWORD: 'x', clientSecret: 'y', note: 'ok' } };
  expect(redact(value, ['hunter22'])).toEqual({
    value: {
      hunter22: 1,
      list: [['[redacted:known-secret]'], null, true, 7],
      env: { DB_PASSWORD: '[redacted:secret-field]', clientSecret: '[redacted:secret-field]', note: 'ok' },
    },
    redactions: [
      { rule: 'known-secret', count: 1 },
      { rule: 'secret-field', count: 2 },
    ],
  });
});

/** Secrets as people have them, and such with spaces, quotes, line ends and signs that base64 and URLs change. */
const secret = fc
  .oneof(fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 }), fc.string({ unit: 'binary', minLength: 8, maxLength: 30 }))
  .filter((text) => text.trim().length >= 8 && !'[redacted:known-secret]'.includes(text.trim()));

const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 of a line': (text) => Buffer.from(`${text}\n`).toString('base64'),
  'base64 in a URL': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
  url: (text) => encodeURIComponent(text),
  'url in lower case': (text) => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  form: (text) => new URLSearchParams({ a: text }).toString().slice(2),
};

test.each(Object.keys(FORMS))('never leaks a known secret: %s', (form) => {
  const encode = FORMS[form] as (secret: string) => string;
  fc.assert(
    fc.property(
      fc.array(secret, { minLength: 1, maxLength: 3 }),
      fc.nat(2),
      fc.string({ maxLength: 20 }),
      fc.string({ maxLength: 20 }),
      (secrets, pick, before, after) => {
        const hidden = encode(secrets[pick % secrets.length] as string);
        const clean = redact({ deep: [{ text: `${before}${hidden}${after}${hidden}` }] }, secrets);
        expect(clean.value.deep[0]?.text).not.toContain(hidden);
        expect(clean.redactions.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 300 },
  );
});

test('finds a secret in the middle of what was encoded, as in Basic authentication', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii', minLength: 12, maxLength: 40 }),
      fc.string({ maxLength: 9 }),
      fc.string({ maxLength: 9 }),
      (hidden, before, after) => {
        fc.pre(hidden.trim() === hidden);
        const encoded = Buffer.from(`${before}:${hidden}:${after}`).toString('base64');
        const left = redactText(encoded, [hidden]).value;
        expect(left).toContain('[redacted:');
        // What is left at the edges decodes to no more than the first and the last character of the secret.
        expect(left.length - '[redacted:known-secret]'.length).toBeLessThanOrEqual(encoded.length - Math.floor((hidden.length * 8) / 6) + 2);
      },
    ),
  );
});

test('redacting twice changes nothing more', () => {
  fc.assert(
    fc.property(
      json,
      fc.constantFrom('password=', 'Authorization: ', 'http://u:', '"token":"', 'xoxb-', 'eyJ'),
      fc.string(),
      (value, start, rest) => {
        const once = redact({ value, text: `${start}${rest}@x` }, ['hunter22']).value;
        expect(redact(once, ['hunter22'])).toEqual({ value: once, redactions: [] });
      },
    ),
    { numRuns: 500 },
  );
});

test('a bar behind a name is the sign of a YAML block only at the end of its line', () => {
  const once = redactText('password=|"@x', []).value;
  expect(redactText(once, [])).toEqual({ value: once, redactions: [] });
  expect(redactText('password: |  \n  hunter22-hunter22\n', []).value).not.toContain('hunter22');
});

test('short values are not looked for', () => {
  expect(redactText('on 1 of 1 pods', ['1', '', 'on'])).toEqual({ value: 'on 1 of 1 pods', redactions: [] });
});

// Steps are counted, not timed: `start` may take a bounded number at each position, and `span` sees each position once.
test('no rule has an unbounded repeat where it may have to go back', () => {
  for (const { rule, start } of RULES) {
    const outsideClasses = start.source.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
    expect([rule, /[*+]|\{\d+,\}/.test(outsideClasses)]).toEqual([rule, false]);
    const widest = [...outsideClasses.matchAll(/\{(?:\d+,)?(\d+)\}/g)].reduce((product, [, most]) => product * Number(most), 1);
    expect(widest).toBeLessThanOrEqual(1_000);
  }
});

const HOSTILE = [
  'eyJ',
  'eyJa.',
  '://a:',
  'http://u:p',
  'password="',
  "password='",
  '\\"',
  'password=\\"',
  '-----BEGIN PRIVATE KEY-----',
  '-----END ',
  'Authorization: ',
  'xoxb-',
  'ghp_',
  'bearer ',
  '@',
  ' ',
  'a',
  '\n',
  '=',
];

test('each rule looks at each character of hostile text at most once', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 60 }), (parts) => {
      const text = parts.join('').repeat(20);
      for (const rule of RULES) {
        let seen = 0;
        const counting: RedactionRule = {
          ...rule,
          span: (all, match) => {
            const span = rule.span(all, match);
            expect(match.index).toBeGreaterThanOrEqual(seen);
            expect(span.end).toBeGreaterThanOrEqual(span.start);
            seen = Math.max(span.end, match.end);
            return span;
          },
        };
        scan(text, counting);
        expect(seen).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 200 },
  );
});

test.each(HOSTILE)('megabytes of %j come to an end', (part) => {
  const text = part.repeat(Math.ceil(2_000_000 / part.length));
  expect(redactText(text, ['hunter22']).value.length).toBeLessThanOrEqual(text.length * 6);
});
