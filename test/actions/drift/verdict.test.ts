import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Given, situationOf } from '../../../src/actions/drift/situation.ts';
import { factsOf } from '../../../src/actions/drift/verdict-facts.ts';
import { concludeDrift, lacking } from '../../../src/actions/drift/verdict-rules.ts';
import type { Json } from '../../../src/domain/record.ts';
import { compared, UNREADABLE } from './helpers.ts';

const NOW = Date.parse('2026-10-19T12:00:00Z');
const at = (minutesAgo: number) => new Date(NOW - minutesAgo * 60_000).toISOString();

/** The workflow ran an hour ago. */
const evidence = (minutesAgo = 60, more: object = {}): Json => ({ found: true, ts: at(minutesAgo), git_sha: 'a'.repeat(40), intact: true, ...more });
const head = (same: boolean, touched: boolean | null = null): Json => ({
  head: (same ? 'a' : 'b').repeat(40),
  same,
  relation: same ? 'same' : 'ahead',
  file_touched: touched,
});
const by = (kind: string, minutesAgo: number, more: object = {}) => ({
  id: `${kind}-${minutesAgo}`,
  time: at(minutesAgo),
  person: kind === 'person' ? 'mallory' : kind,
  kind,
  from: '198.51.100.7',
  console: kind === 'person',
  error: null,
  ours: true,
  ...more,
});
const events = (list: readonly object[], more: object = {}): Json =>
  ({ events: list, complete: true, from: at(90 * 24 * 60), settled: at(15), own_known: true, ...more }) as Json;
const changes = (more: object = {}): Json => ({ pulls: [], branches: [], all_seen: true, ...reviewed(60 * 24 * 7), ...more });
const reviewed = (minutesAgo: number) => ({ commit: 'c'.repeat(40), author: 'grace', at: at(minutesAgo), through_pull: true });
const pushed = (minutesAgo: number) => ({ ...reviewed(minutesAgo), author: 'eve', through_pull: false });
const branch = { branches: [{ name: 'tune', author: 'eve' }] };

/** `drift.verified`: how long ago both were the same. */
const verified = (...minutesAgo: readonly number[]): Json => ({ moments: minutesAgo.map(at), complete: true });

const [SAME, DIFFERS] = [compared(true), compared(false)];
/** A true drift that the workflow saw, on a source that did not move. */
const DRIFTED: Given = {
  evidence: evidence(),
  head: head(true),
  events: events([]),
  changes: changes(),
  verified: verified(),
  live: DIFFERS,
  local: SAME,
  shapes: DIFFERS,
  old: DIFFERS,
};
/** Only the shapes differ. */
const CALM: Given = { ...DRIFTED, live: SAME, shapes: SAME, old: SAME };
/** The source moved on by a pull request after the workflow ran; what is live is the old source. */
const RACE: Given = { ...DRIFTED, head: head(false, true), local: DIFFERS, shapes: SAME, old: SAME, changes: changes(reviewed(20)) };

const CASES: readonly (readonly [string, Given, string])[] = [
  // False alarm.
  ['only the shape differs', CALM, 'false-alarm confirmed'],
  ['only the shape differs, whoever changed it before', { ...CALM, events: events([by('person', 300)]) }, 'false-alarm confirmed'],
  ['only the shape differs, CloudTrail denied', { ...CALM, events: null }, 'false-alarm confirmed'],
  ['only the shape differs, GitHub unreachable', { ...CALM, head: null, changes: null, local: UNREADABLE }, 'false-alarm confirmed'],
  ['only the shape differs, files not what they say', { ...CALM, evidence: evidence(60, { intact: false }) }, 'false-alarm likely'],
  ['live equals HEAD, no evidence', { ...CALM, evidence: null, shapes: null, local: null, old: null }, 'false-alarm likely'],
  ['live equals HEAD, evidence cannot be read', { ...CALM, shapes: UNREADABLE, old: UNREADABLE }, 'false-alarm likely'],
  [
    'live equals HEAD, evidence cannot be read, a person changed it long before it was last verified',
    { ...CALM, shapes: UNREADABLE, old: UNREADABLE, verified: verified(120), events: events([by('person', 300)]) },
    'false-alarm likely',
  ],
  [
    'live equals HEAD, evidence cannot be read, a person changed it and changed it back',
    { ...CALM, shapes: UNREADABLE, old: UNREADABLE, verified: verified(120), events: events([by('person', 30), by('person', 90)]) },
    'undecided',
  ],
  ['the same, never verified', { ...CALM, shapes: UNREADABLE, old: UNREADABLE, events: events([by('person', 30), by('person', 90)]) }, 'undecided'],
  [
    'the same, verified after that',
    { ...CALM, shapes: UNREADABLE, old: UNREADABLE, verified: verified(10), events: events([by('person', 30), by('person', 90)]) },
    'undecided',
  ],
  ['live equals HEAD, evidence and CloudTrail cannot be read', { ...CALM, shapes: UNREADABLE, old: UNREADABLE, events: null }, 'undecided'],
  ['live cannot be read, evidence has no true difference', { ...CALM, live: UNREADABLE, old: UNREADABLE }, 'undecided'],
  ['both moved together', { ...CALM, head: head(false, true), local: DIFFERS, old: DIFFERS }, 'false-alarm confirmed'],
  // A: by hand.
  ['a person in the console', { ...DRIFTED, events: events([by('person', 90)]) }, 'A confirmed'],
  ['a person by the API', { ...DRIFTED, events: events([by('person', 90, { console: false })]) }, 'A confirmed'],
  ['a person, and before them the pipeline', { ...DRIFTED, events: events([by('person', 90), by('pipeline', 400)]) }, 'A confirmed'],
  ['a person, and after them the pipeline, which merges', { ...DRIFTED, events: events([by('pipeline', 70), by('person', 90)]) }, 'A likely'],
  ['a person, and after them Tocsin', { ...DRIFTED, events: events([by('own', 70), by('person', 90)]) }, 'A likely'],
  ['a person, who Tocsin is unknown', { ...DRIFTED, events: events([by('person', 90)], { own_known: false }) }, 'A likely'],
  [
    'a person, the evidence is gone',
    { ...DRIFTED, events: events([by('person', 90)]), evidence: null, shapes: null, local: null, old: null },
    'A confirmed',
  ],
  [
    'a person, HEAD and evidence unknown',
    { ...DRIFTED, events: events([by('person', 90)]), evidence: null, head: null, shapes: null, local: null, old: null },
    'A likely',
  ],
  ['a person, older events cut off', { ...DRIFTED, events: events([by('person', 90)], { complete: false }) }, 'A confirmed'],
  ['a person, and a branch too', { ...DRIFTED, events: events([by('person', 90)]), changes: changes(branch) }, 'A confirmed'],
  ['a person after evidence without a difference', { ...DRIFTED, shapes: SAME, events: events([by('person', 30)]) }, 'A confirmed'],
  ['a person within the delay, but listed already', { ...DRIFTED, shapes: SAME, events: events([by('person', 3)]) }, 'A confirmed'],
  [
    'a person, the source moved, live is neither',
    { ...DRIFTED, head: head(false, true), local: DIFFERS, events: events([by('person', 90)]) },
    'A confirmed',
  ],
  ['a person, put right since', { ...CALM, shapes: DIFFERS, events: events([by('own', 10), by('person', 90)]) }, 'A likely'],
  ['a person, live unknown', { ...DRIFTED, live: UNREADABLE, old: UNREADABLE, events: events([by('person', 90)]) }, 'A likely'],
  ['GitHub away, a person', { ...DRIFTED, events: events([by('person', 90)]), changes: null }, 'A likely'],
  ['a person, and a source that was merged after', { ...DRIFTED, events: events([by('person', 90)]), changes: changes(reviewed(80)) }, 'A likely'],
  ['a person after it was last verified', { ...DRIFTED, verified: verified(120, 200), events: events([by('person', 90)]) }, 'A confirmed'],
  ['a person in the second it was verified', { ...DRIFTED, verified: verified(90), events: events([by('person', 90)]) }, 'A confirmed'],
  [
    'a person after it was last verified, another long before',
    { ...DRIFTED, verified: verified(120), events: events([by('person', 90), by('person', 3_000)]) },
    'A confirmed',
  ],
  ['a person, when it was last verified cannot be seen', { ...DRIFTED, verified: null, events: events([by('person', 90)]) }, 'A likely'],
  [
    'the same, some evidence was not compared',
    { ...DRIFTED, verified: { moments: [], complete: false }, events: events([by('person', 90)]) },
    'A likely',
  ],
  [
    'evidence that is not what it says verifies nothing',
    { ...DRIFTED, evidence: evidence(60, { intact: false }), shapes: SAME, events: events([by('person', 300)]) },
    'A confirmed',
  ],
  // B: the source.
  [
    'pushed past the review before the workflow ran, a person before it was last verified',
    { ...DRIFTED, verified: verified(120), events: events([by('person', 3_000)]), changes: changes(pushed(90)) },
    'B confirmed',
  ],
  [
    'a branch, a person before it was last verified',
    { ...DRIFTED, verified: verified(120), events: events([by('person', 3_000)]), changes: changes(branch) },
    'B likely',
  ],
  ['pushed past the review, live is the old source', { ...RACE, changes: changes(pushed(20)) }, 'B confirmed'],
  ['pushed past the review before the workflow ran', { ...DRIFTED, changes: changes(pushed(90)) }, 'B confirmed'],
  [
    'pushed past the review, applied since, and a branch',
    { ...DRIFTED, events: events([by('pipeline', 90)]), changes: changes({ ...branch, ...pushed(200) }) },
    'B likely',
  ],
  ['a branch, and nobody by hand', { ...DRIFTED, changes: changes(branch) }, 'B likely'],
  ['an open pull request, and nobody by hand', { ...DRIFTED, changes: changes({ pulls: [{ number: 7, author: 'eve' }] }) }, 'B likely'],
  ['a branch, and the pipeline', { ...DRIFTED, events: events([by('pipeline', 90)]), changes: changes(branch) }, 'B likely'],
  [
    'a branch, a person was refused',
    { ...DRIFTED, events: events([by('person', 90, { error: 'AccessDenied' })]), changes: changes(branch) },
    'B likely',
  ],
  ['a branch, a person elsewhere', { ...DRIFTED, events: events([by('person', 90, { ours: false })]), changes: changes(branch) }, 'B likely'],
  // C: race.
  ['the source moved on, live is the old one', RACE, 'C confirmed'],
  ['the same, CloudTrail denied', { ...RACE, events: null }, 'C confirmed'],
  ['the same, a person long before', { ...RACE, events: events([by('person', 3_000)]) }, 'C confirmed'],
  ['the same, how the source moved is unknown', { ...RACE, changes: null }, 'C likely'],
  ['the same, HEAD unknown', { ...RACE, head: null }, 'C likely'],
  [
    'the workflow compared an old source, live is the new one',
    { ...CALM, head: head(false, true), local: DIFFERS, shapes: DIFFERS, old: DIFFERS },
    'C confirmed',
  ],
  ['the same, HEAD unknown', { ...CALM, head: null, local: DIFFERS, shapes: DIFFERS, old: DIFFERS }, 'C likely'],
  ['the pipeline applied it after the workflow looked', { ...CALM, shapes: DIFFERS, events: events([by('pipeline', 40)]) }, 'C likely'],
  ['merged just before, nobody by hand', { ...DRIFTED, changes: changes(reviewed(70)) }, 'C likely'],
  [
    'merged just before, a person before it was last verified',
    { ...DRIFTED, verified: verified(120), events: events([by('person', 3_000)]), changes: changes(reviewed(70)) },
    'C likely',
  ],
  // Undecided.
  ['a person before it was last verified', { ...DRIFTED, verified: verified(120), events: events([by('person', 29 * 24 * 60)]) }, 'undecided'],
  [
    'a person before it was last verified, CloudTrail may lack what came since',
    { ...DRIFTED, evidence: evidence(5), verified: verified(70), events: events([by('person', 300)]), changes: changes(branch) },
    'undecided',
  ],
  [
    'put right since, a person before it was last verified',
    { ...CALM, shapes: DIFFERS, verified: verified(120), events: events([by('person', 300)]) },
    'undecided',
  ],
  [
    'live unknown, a person before it was last verified',
    { ...DRIFTED, live: UNREADABLE, old: UNREADABLE, verified: verified(120), events: events([by('person', 300)]) },
    'undecided',
  ],
  [
    'verified after the evidence, differs again, a person between',
    { ...DRIFTED, verified: verified(30), events: events([by('person', 45)]), changes: changes(branch) },
    'undecided',
  ],
  ['verified after the evidence, differs again, nobody', { ...DRIFTED, verified: verified(30), changes: changes(branch) }, 'undecided'],
  ['nobody, no branch, merged long ago', DRIFTED, 'undecided'],
  ['pushed past the review, and applied since', { ...DRIFTED, events: events([by('pipeline', 80)]), changes: changes(pushed(90)) }, 'undecided'],
  ['only the pipeline', { ...DRIFTED, events: events([by('pipeline', 90)]) }, 'undecided'],
  ['only Tocsin', { ...DRIFTED, events: events([by('own', 90)]) }, 'undecided'],
  ['only AWS itself', { ...DRIFTED, events: events([by('service', 90)]) }, 'undecided'],
  ['CloudTrail denied', { ...DRIFTED, events: null }, 'undecided'],
  ['CloudTrail denied, although there is a branch', { ...DRIFTED, events: null, changes: changes(branch) }, 'undecided'],
  ['within the delay: no event, a branch', { ...DRIFTED, evidence: evidence(5), changes: changes(branch) }, 'undecided'],
  ['within the delay: no event, merged just before', { ...DRIFTED, evidence: evidence(5), changes: changes(reviewed(10)) }, 'undecided'],
  ['within the delay: no event, pushed past the review', { ...DRIFTED, evidence: evidence(5), changes: changes(pushed(10)) }, 'undecided'],
  ['changed after the evidence, no event yet', { ...DRIFTED, shapes: SAME, old: DIFFERS, changes: changes(branch) }, 'undecided'],
  ['a person before evidence without a difference explains none', { ...DRIFTED, shapes: SAME, events: events([by('person', 300)]) }, 'undecided'],
  [
    'only the newest events were asked for',
    { ...DRIFTED, events: events([by('pipeline', 90)], { complete: false }), changes: changes(branch) },
    'undecided',
  ],
  ['the window begins after the evidence', { ...DRIFTED, events: events([], { from: at(30) }), changes: changes(branch) }, 'undecided'],
  ['no evidence, no event', { ...DRIFTED, evidence: null, shapes: null, local: null, old: null, changes: changes(branch) }, 'undecided'],
  ['put right, by nobody who can be seen', { ...CALM, shapes: DIFFERS }, 'undecided'],
  [
    'put right by the pipeline within the delay',
    { ...CALM, evidence: evidence(10), shapes: DIFFERS, events: events([by('pipeline', 5)]) },
    'undecided',
  ],
  ['live unknown, no event', { ...DRIFTED, live: UNREADABLE, old: UNREADABLE }, 'undecided'],
  [
    'nobody by hand, HEAD cannot be compared',
    { ...DRIFTED, head: { head: 'b', same: false, relation: 'missing', file_touched: false } },
    'undecided',
  ],
  [
    'nothing is known',
    { evidence: null, head: null, events: null, changes: null, verified: null, live: null, local: null, shapes: null, old: null },
    'undecided',
  ],
];

function verdict(given: Given): string {
  const { verdict: name, confidence } = concludeDrift(situationOf(given, NOW));
  return name === 'undecided' ? name : `${name} ${confidence}`;
}

describe('the verdict on a drift', () => {
  test.each(CASES)('%s', (_name, given, expected) => {
    expect(verdict(given)).toBe(expected);
  });

  test('there are enough of them', () => {
    expect(new Set(CASES.map(([, given]) => JSON.stringify(given))).size).toBeGreaterThanOrEqual(40);
  });

  test('A says who, when and from where', () => {
    const conclusion = concludeDrift(situationOf({ ...DRIFTED, events: events([by('person', 90)]) }, NOW));
    expect(conclusion.because).toBe(
      'mallory changed the live controls in the console at 2026-10-19T10:30:00Z from 198.51.100.7, and live does not match the source.',
    );
    expect(conclusion.by).toMatchObject({ person: 'mallory', time: NOW - 90 * 60_000, from: '198.51.100.7' });
  });

  test('what is missing says when to look again', () => {
    expect(lacking(situationOf({ ...DRIFTED, evidence: evidence(5) }, NOW))).toEqual([
      'CloudTrail delivers late: look again after 2026-10-19T12:10:00Z.',
    ]);
    expect(lacking(situationOf({ ...DRIFTED, events: null, changes: null, head: null }, NOW))).toEqual([
      'Who changed it is not known: CloudTrail could not be read.',
      'HEAD of the default branch was not read.',
      'Branches and pull requests that change the source were not read.',
    ]);
    expect(lacking(situationOf(DRIFTED, NOW))).toEqual([]);
    expect(lacking(situationOf({ ...DRIFTED, changes: changes({ all_seen: false }) }, NOW))).toEqual([
      'Some branches and pull requests were not read: there are too many to check.',
    ]);
  });

  test('facts are sentences', () => {
    expect(factsOf(situationOf({ ...DRIFTED, events: events([by('person', 90)]), changes: changes(branch) }, NOW))).toEqual([
      'Live differs from the source at HEAD: 2 lines more, 1 fewer.',
      'The workflow looked at 2026-10-19T11:00:00Z, 1 h ago.',
      'The evidence shows a true difference: 2 lines more, 1 fewer.',
      'The evidence’s commit is HEAD (aaaaaaaaaaaa).',
      'The evidence’s source is the source at HEAD.',
      'The last change that CloudTrail has since 2026-07-21T12:00:00Z is of 2026-10-19T10:30:00Z by a person (mallory).',
      'mallory changed them at 2026-10-19T10:30:00Z in the console, from 198.51.100.7.',
      'CloudTrail delivers late: changes after 2026-10-19T11:45:00Z may not be listed.',
      'The source was last changed by grace by a pull request (cccccccccccc, 2026-10-12T12:00:00Z).',
      'The source is changed and not merged in branch tune of eve.',
    ]);
  });

  test('who changed it before it was last verified is named as older, and what is missing says so', () => {
    const older = { ...DRIFTED, verified: verified(120), events: events([by('person', 300)]), evidence: evidence(5) };
    const facts = factsOf(situationOf(older, NOW));
    expect(facts).toContain('Live matched the source at 2026-10-19T10:00:00Z.');
    expect(facts).toContain(
      'mallory changed them at 2026-10-19T07:00:00Z in the console, from 198.51.100.7: that was before both were the same, so it explains nothing.',
    );
    expect(lacking(situationOf(older, NOW))).toEqual(['CloudTrail delivers late: look again after 2026-10-19T12:10:00Z.']);
    expect(lacking(situationOf({ ...DRIFTED, verified: null, events: events([by('person', 300)]) }, NOW))).toEqual([
      'When live last matched the source is not known: the change by hand may be older.',
    ]);
  });

  const kind = fc.constantFrom('person', 'pipeline', 'own', 'service');
  const change = fc.record({ kind, ago: fc.integer({ min: 0, max: 5_000 }), refused: fc.boolean(), ours: fc.boolean() });
  const either = fc.constantFrom<Json>(SAME, DIFFERS, UNREADABLE, null);
  const anything: fc.Arbitrary<Given> = fc.record({
    evidence: fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 5_000 }).map((ago) => evidence(ago)),
    ),
    head: fc.constantFrom(null, head(true), head(false, true), head(false, false), head(false)),
    events: fc.oneof(
      fc.constant(null),
      fc.tuple(fc.array(change, { maxLength: 4 }), fc.boolean(), fc.boolean()).map(([list, complete, own]) =>
        events(
          list.map(({ kind: who, ago, refused, ours }) => by(who, ago, { error: refused ? 'AccessDenied' : null, ours })),
          { complete, own_known: own },
        ),
      ),
    ),
    verified: fc.constantFrom<Json>(null, verified(), verified(10), verified(100, 2_000), { moments: [at(1_000)], complete: false }),
    changes: fc.constantFrom(null, changes(), changes(branch), changes(pushed(90)), changes(reviewed(70)), changes({ commit: '' })),
    live: either,
    local: either,
    shapes: either,
    old: either,
  });

  test('property: A only ever names a person whose change was not refused and was to this application', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const conclusion = concludeDrift(situationOf(given, NOW));
        if (conclusion.verdict !== 'A') return expect(conclusion.by).toBeNull();
        const list = (given.events as { events: { kind: string; error: string | null; ours: boolean; time: string }[] }).events;
        expect(list.some((one) => one.kind === 'person' && one.error === null && one.ours && Date.parse(one.time) === conclusion.by?.time)).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('property: taking events away never makes A, and pipelines and Tocsin never do', () => {
    fc.assert(
      fc.property(anything, (given) => {
        if (given.events === null) return;
        const all = given.events as { events: { kind: string }[] };
        const expected = { ...all, events: all.events.filter(({ kind: who }) => who !== 'person') } as unknown as Json;
        expect(verdict({ ...given, events: expected })).not.toMatch(/^A/);
      }),
      { numRuns: 500 },
    );
  });

  test('property: what people did before it was last verified changes nothing of the verdict', () => {
    const ago = fc.integer({ min: 5_001, max: 20_000 });
    fc.assert(
      fc.property(anything, fc.array(ago, { minLength: 1, maxLength: 3 }), (given, older) => {
        if (given.events === null) return;
        const all = given.events as { events: object[] };
        const seen = { ...given, verified: verified(5_000) };
        const more = { ...seen, events: { ...all, events: [...all.events, ...older.map((one) => by('person', one))] } as unknown as Json };
        const [without, withThem] = [seen, more].map((one) => situationOf(one, NOW));
        if (without === undefined || withThem === undefined) return;
        expect(concludeDrift(withThem)).toEqual(concludeDrift(without));
        expect(lacking(withThem)).toEqual(lacking(without));
      }),
      { numRuns: 500 },
    );
  });

  test('property: within the delay, no event is never B or C, unless what is live is the old source', () => {
    fc.assert(
      fc.property(anything, (given) => {
        const situation = situationOf({ ...given, live: DIFFERS, old: DIFFERS, evidence: evidence(5), events: events([]) }, NOW);
        expect(concludeDrift(situation).verdict).toBe('undecided');
      }),
      { numRuns: 300 },
    );
  });

  test('property: with less to see it is never surer', () => {
    const rank = { confirmed: 2, likely: 1, undecided: 0 };
    fc.assert(
      fc.property(anything, fc.constantFrom('head' as const, 'events' as const, 'changes' as const, 'verified' as const), (given, lost) => {
        const [full, less] = [given, { ...given, [lost]: null }].map((one) => concludeDrift(situationOf(one, NOW)));
        if (full === undefined || less === undefined || full.verdict !== less.verdict) return;
        expect(rank[less.confidence]).toBeLessThanOrEqual(rank[full.confidence]);
      }),
      { numRuns: 500 },
    );
  });
});
