import { expect, test } from '@jest/globals';
import { chosenOf, readArguments } from './arguments.ts';
import { claimsIn } from './claims.ts';
import { buttonsOf, fieldsOf, headlineOf, offersOf, readMessage } from './messages.ts';
import { asJson, asTable, fallsShort, judged, type Row } from './report.ts';

const GOOD: Row = {
  failure: 'opa-down',
  cause: true,
  remedy_first: true,
  mended: true,
  nothing_to_mend: false,
  messages: 8,
  false_claims: 0,
  why: [],
};

const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const button = (action_id: string, value: string) => ({ type: 'button', action_id, value, text: { type: 'plain_text', text: 'Run…' } });
const BOARD = [
  { type: 'header', text: { type: 'plain_text', text: 'Diagnosis: Policy engine failure' } },
  { type: 'section', text: mrkdwn(':mag: *No policy engine pod is ready.*') },
  { type: 'section', text: mrkdwn('*Suggested*') },
  { type: 'section', text: mrkdwn('*Reload policies*'), accessory: button('runbook.run', 'INC-1:aureus/policy#reload') },
  { type: 'section', text: mrkdwn('*Flush*'), accessory: button('runbook.run', 'INC-1:aureus/policy#flush') },
  { type: 'divider' },
  { type: 'section', text: mrkdwn(':x: *Policy log lines*: 4 lines\n```1 pods```') },
  { type: 'actions', elements: [button('runbook.diagnose', 'INC-1:aureus/policy')] },
];

test('flags are read, and one that is none is refused', () => {
  expect(readArguments([])).toEqual({ json: false, help: false, only: [] });
  expect(readArguments(['--json', '--only', 'latency', '--only', 'opa-down'])).toEqual({ json: true, help: false, only: ['latency', 'opa-down'] });
  expect(readArguments(['--help']).help).toBe(true);
  expect(() => readArguments(['--fast'])).toThrow('--fast');
  expect(() => readArguments(['latency'])).toThrow('latency');
});

test('failures are chosen in the order of the workspace, and one that it does not offer is named', () => {
  expect(chosenOf(['a', 'b', 'c'], [])).toEqual(['a', 'b', 'c']);
  expect(chosenOf(['a', 'b', 'c'], ['c', 'a'])).toEqual(['a', 'c']);
  expect(() => chosenOf(['a', 'b'], ['d'])).toThrow('There is no failure d. There are: a, b.');
});

test('a row falls short by each of its figures', () => {
  expect(fallsShort(judged(GOOD))).toBe(false);
  const figures: Partial<Row>[] = [{ cause: false }, { remedy_first: false }, { mended: false }, { messages: 9 }, { false_claims: 1 }];
  for (const one of [...figures, { why: ['It broke.'] }]) expect(fallsShort(judged({ ...GOOD, ...one }))).toBe(true);
  expect(fallsShort(judged({ ...GOOD, mended: false, nothing_to_mend: true }))).toBe(false);
});

test('the table says what falls short below it, and has colours only when it is told to', () => {
  const nothing = judged({ ...GOOD, failure: 'audit-gap', mended: false, nothing_to_mend: true });
  const rows = [judged(GOOD), judged({ ...GOOD, failure: 'latency', messages: 11 }), nothing];
  const text = asTable(rows, { color: false });
  expect(text.split('\n')).toEqual([
    'Failure    Right cause  Right remedy first  Mended           Messages  False claims',
    '---------  -----------  ------------------  ---------------  --------  ------------',
    'opa-down   yes          yes                 yes              8         0',
    'latency    yes          yes                 yes              11        0',
    'audit-gap  yes          yes                 nothing to mend  8         0',
    '',
    'latency:',
    '  11 messages, and 8 are enough.',
    '',
    '2 of 3 failures as it should be.',
  ]);
  const painted = asTable(rows, { color: true });
  expect(painted).toContain('\u001b[31mlatency');
  expect(painted).toContain('\u001b[32mopa-down');
});

test('as JSON it is an array with the keys that the help names', () => {
  expect(JSON.parse(asJson([GOOD]))).toEqual([GOOD]);
});

test('a diagnosis is read as somebody sees it: what it concludes, and what it offers first', () => {
  expect(headlineOf(BOARD)).toBe('Diagnosis: Policy engine failure\nNo policy engine pod is ready.');
  expect(offersOf(BOARD).map(({ remedy }) => remedy)).toEqual(['reload', 'flush']);
  expect(buttonsOf(BOARD).map(({ action }) => action)).toEqual(['runbook.run', 'runbook.run', 'runbook.diagnose']);
  expect(readMessage({ text: 'for the phone' })).toBe('for the phone');
  const element = { type: 'plain_text_input', initial_value: 'docs' };
  const label = { type: 'plain_text', text: 'source' };
  expect(fieldsOf([{ type: 'input', block_id: 'arg_source', label, element }])).toEqual({ arg_source: 'docs' });
});

test.each([
  ['It came back after *Restart*.', 'it is said to have come back'],
  ['It is still there after *Restart*.', 'it is said to be still there'],
  ['*The effect did not show.*', 'the effect is said not to show'],
])('false while the platform is well: %s', (text, what) => {
  expect(claimsIn(text, { broken: false })).toEqual([expect.stringContaining(what)]);
  expect(claimsIn(text, { broken: true })).toEqual([]);
});

test.each([
  ['*Restart* is applied.\nThe effect is verified.', 'said to be verified'],
  ['It did not come back after “Restart”: 15 checks found no sign of it.', 'said not to come back'],
  ['*No known problem found*. The results of all checks are in the thread.', 'nothing is said to be found'],
])('false while the failure bites: %s', (text, what) => {
  expect(claimsIn(text, { broken: true })).toEqual([expect.stringContaining(what)]);
  expect(claimsIn(text, { broken: false })).toEqual([]);
});

test('what is watched for, or could not be seen, claims neither', () => {
  for (const broken of [true, false]) {
    expect(claimsIn('Tocsin watches until 2026-11-21T10:22:00Z whether it comes back after “Restart”', { broken })).toEqual([]);
    expect(claimsIn('Tocsin could not tell whether it came back after “Restart”: 15 checks could not tell.', { broken })).toEqual([]);
  }
});

test.each(['only while `incident.severity == "P0"`', 'Approver: =approval("security").id', 'scaled to undefined', 'string(arg.size)'])(
  'a raw expression: %s',
  (text) => expect(claimsIn(text, { broken: true })).toEqual([expect.stringContaining('a raw expression')]),
);

test.each(['1 pods are ready', 'Changes: 3 change', '2 object(s) in the bucket', 'Likely cause, . It failed', 'It failed.. Again', 'Well, not all,'])(
  'no right sentence: %s',
  (text) => expect(claimsIn(text, { broken: true })).toEqual([expect.stringContaining('no right sentence')]),
);

test.each([
  '1 of 3 pods ready, 1 is waiting, 1 pod has restarted; 12 changes in 24h',
  'Frontend, 0 of 1 pod ready.',
  'It answered 500 in 12 ms. Look at s3://bucket/a.json, and wait…',
  'The log:\n```1 pods, 2 object(s) diagnose.pods.ready == 0```',
  'deployment/opa scaled from 3 to 5 (sha 1 of 2), see https://example.com/a/../b',
])('right sentences: %s', (text) => expect(claimsIn(text, { broken: true })).toEqual([]));
