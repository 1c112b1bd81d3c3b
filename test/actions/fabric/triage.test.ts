import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fabricTriage } from '../../../src/actions/fabric/triage/action.ts';
import { factsOf, unseenOf } from '../../../src/actions/fabric/triage/context.ts';
import { type Decision, decide } from '../../../src/actions/fabric/triage/decide.ts';
import { missesOf, riskOf } from '../../../src/actions/fabric/triage/measure.ts';
import { contextOf, platformOf } from '../../../src/actions/fabric/triage/seen.ts';
import { drawTriage } from '../../../src/actions/fabric/triage/svg.ts';
import { EDGES, edgeId, MISSES_BANDS, NODES, RISK_BANDS, RULE } from '../../../src/actions/fabric/triage/tree.ts';
import { altText, sayDisagreement, textTree } from '../../../src/actions/fabric/triage/words.ts';
import { renderPng } from '../../../src/adapters/pictures/render.ts';
import type { Json } from '../../../src/domain/record.ts';
import type { ReadAction } from '../../../src/ports/action.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const THRESHOLDS = { risk: 0.8, misses: 3 };

function triage(risk: Json, misses: Json, more: { thresholds?: typeof THRESHOLDS; automation?: boolean } = {}): Decision {
  return decide({ risk: riskOf(risk), misses: missesOf(misses), thresholds: THRESHOLDS, automation: null, ...more });
}

/** The way through the tree, by the last edge that hangs on the numbers. */
const WAYS = {
  F: 'A-B B-C C-E E-F F-L',
  J: 'A-B B-C C-E E-G G-I I-J J-L',
  H: 'A-B B-C C-E E-H H-D D-M M-N N-O',
  K: 'A-B B-C C-E E-G G-I I-K K-D D-M M-N N-O',
  E: 'A-B B-C C-E',
  I: 'A-B B-C C-E E-G G-I',
} as const;
const VERDICTS = {
  F: 'false-positive-thresholds',
  J: 'false-positive-network',
  H: 'legitimate',
  K: 'legitimate',
  E: 'undecided',
  I: 'undecided',
} as const;

type Way = keyof typeof WAYS;
type Case = readonly [risk: Json, misses: Json, way: Way, platform: Decision['platform'], agreement: Decision['agreement'], treat: Decision['treat']];

/** Every range, every boundary and one step beside it, every way in which a number can be missing or wrong. */
const CASES: readonly Case[] = [
  // Low risk: the tree looks at nothing else.
  [0, 0, 'F', 'waits', 'agree', 'false-positive'],
  [0, 2, 'F', 'waits', 'agree', 'false-positive'],
  [0.01, 1, 'F', 'waits', 'agree', 'false-positive'],
  [0.29, 0, 'F', 'waits', 'agree', 'false-positive'],
  [0.299_999, 2, 'F', 'waits', 'agree', 'false-positive'],
  [0.3, 0, 'F', 'waits', 'agree', 'false-positive'],
  [0.3, 2, 'F', 'waits', 'agree', 'false-positive'],
  [0.31, 1, 'F', 'waits', 'agree', 'false-positive'],
  [0.49, 2, 'F', 'waits', 'agree', 'false-positive'],
  [0.499_999, 0, 'F', 'waits', 'agree', 'false-positive'],
  // ... and there the platform does: with 3 misses it rolls back, and the heartbeat list warns.
  [0, 3, 'F', 'rolls-back', 'disagree', 'incident'],
  [0.1, 4, 'F', 'rolls-back', 'disagree', 'incident'],
  [0.3, 3, 'F', 'rolls-back', 'disagree', 'incident'],
  [0.3, 5, 'F', 'rolls-back', 'disagree', 'incident'],
  [0.49, 3, 'F', 'rolls-back', 'disagree', 'incident'],
  [0.49, 100, 'F', 'rolls-back', 'disagree', 'incident'],
  // Medium risk: the heartbeats decide. 0.5 itself is medium.
  [0.5, 0, 'J', 'waits', 'agree', 'incident'],
  [0.5, 1, 'J', 'waits', 'agree', 'incident'],
  [0.5, 2, 'J', 'waits', 'agree', 'incident'],
  [0.5, 3, 'K', 'rolls-back', 'agree', 'incident'],
  [0.51, 2, 'J', 'waits', 'agree', 'incident'],
  [0.62, 2, 'J', 'waits', 'agree', 'incident'],
  [0.62, 3, 'K', 'rolls-back', 'agree', 'incident'],
  [0.62, 4, 'K', 'rolls-back', 'agree', 'incident'],
  [0.62, 5, 'K', 'rolls-back', 'agree', 'incident'],
  [0.79, 0, 'J', 'waits', 'agree', 'incident'],
  [0.79, 2, 'J', 'waits', 'agree', 'incident'],
  [0.799_999, 2, 'J', 'waits', 'agree', 'incident'],
  [0.799_999, 3, 'K', 'rolls-back', 'agree', 'incident'],
  // High risk. 0.8 itself is high, whatever the heartbeats.
  [0.8, 0, 'H', 'rolls-back', 'agree', 'incident'],
  [0.8, 2, 'H', 'rolls-back', 'agree', 'incident'],
  [0.8, 3, 'H', 'rolls-back', 'agree', 'incident'],
  [0.800_001, 0, 'H', 'rolls-back', 'agree', 'incident'],
  [0.85, 4, 'H', 'rolls-back', 'agree', 'incident'],
  [1, 0, 'H', 'rolls-back', 'agree', 'incident'],
  [1, 5, 'H', 'rolls-back', 'agree', 'incident'],
  // Texts that are numbers, as labels of Alertmanager are.
  ['0.85', '4', 'H', 'rolls-back', 'agree', 'incident'],
  ['0.3', '2', 'F', 'waits', 'agree', 'false-positive'],
  [' 0.62 ', ' 2 ', 'J', 'waits', 'agree', 'incident'],
  ['0.80', '0', 'H', 'rolls-back', 'agree', 'incident'],
  ['.5', '3.0', 'K', 'rolls-back', 'agree', 'incident'],
  ['5e-1', '1', 'J', 'waits', 'agree', 'incident'],
  ['1', '0', 'H', 'rolls-back', 'agree', 'incident'],
  ['-0', '0', 'F', 'waits', 'agree', 'false-positive'],
  // Risk is missing: nothing is decided, and it is an incident until it is known.
  ['', '2', 'E', 'unknown', 'unknown', 'incident'],
  [null, 0, 'E', 'unknown', 'unknown', 'incident'],
  ['unknown', 1, 'E', 'unknown', 'unknown', 'incident'],
  ['<no value>', '', 'E', 'unknown', 'unknown', 'incident'],
  [null, null, 'E', 'unknown', 'unknown', 'incident'],
  // ... but the platform needs one of its two numbers only.
  ['', '3', 'E', 'rolls-back', 'unknown', 'incident'],
  [null, 5, 'E', 'rolls-back', 'unknown', 'incident'],
  // Risk is no score.
  ['high', 2, 'E', 'unknown', 'unknown', 'incident'],
  ['0,62', 2, 'E', 'unknown', 'unknown', 'incident'],
  ['62%', 2, 'E', 'unknown', 'unknown', 'incident'],
  ['0x1', 0, 'E', 'unknown', 'unknown', 'incident'],
  ['NaN', 0, 'E', 'unknown', 'unknown', 'incident'],
  ['Infinity', 0, 'E', 'unknown', 'unknown', 'incident'],
  [true, 0, 'E', 'unknown', 'unknown', 'incident'],
  [{ score: 0.2 }, 0, 'E', 'unknown', 'unknown', 'incident'],
  // Risk is out of range.
  [1.01, 0, 'E', 'unknown', 'unknown', 'incident'],
  [-0.1, 0, 'E', 'unknown', 'unknown', 'incident'],
  ['85', '0', 'E', 'unknown', 'unknown', 'incident'],
  ['1e9', 4, 'E', 'rolls-back', 'unknown', 'incident'],
  // Several sources: the same counts, different ones are believed neither.
  [['0.3', 0.3], [2, '2'], 'F', 'waits', 'agree', 'false-positive'],
  [['0.30', '', null], ['', '2'], 'F', 'waits', 'agree', 'false-positive'],
  [['0.3', '0.9'], 2, 'E', 'unknown', 'unknown', 'incident'],
  [['0.3', '0.9'], 3, 'E', 'rolls-back', 'unknown', 'incident'],
  [['0.3', 'high'], 2, 'E', 'unknown', 'unknown', 'incident'],
  [[], [], 'E', 'unknown', 'unknown', 'incident'],
  // Misses are missing or wrong.
  [0.62, '', 'I', 'unknown', 'unknown', 'incident'],
  [0.62, null, 'I', 'unknown', 'unknown', 'incident'],
  [0.5, 'many', 'I', 'unknown', 'unknown', 'incident'],
  [0.62, 2.5, 'I', 'unknown', 'unknown', 'incident'],
  [0.62, -1, 'I', 'unknown', 'unknown', 'incident'],
  [0.62, '1e12', 'I', 'unknown', 'unknown', 'incident'],
  [0.62, ['2', '3'], 'I', 'unknown', 'unknown', 'incident'],
  [0.3, '', 'F', 'unknown', 'unknown', 'incident'],
  [0, null, 'F', 'unknown', 'unknown', 'incident'],
  [0.8, '', 'H', 'rolls-back', 'agree', 'incident'],
  [0.95, 'many', 'H', 'rolls-back', 'agree', 'incident'],
];

describe('the truth table', () => {
  test('has 60 cases at least, each once', () => {
    expect(new Set(CASES.map((one) => JSON.stringify(one.slice(0, 2)))).size).toBe(CASES.length);
    expect(CASES.length).toBeGreaterThanOrEqual(60);
  });

  test.each(CASES)('risk %j, misses %j: %s, the platform %s, they %s, treat as %s', (risk, misses, way, platform, agreement, treat) => {
    const decision = triage(risk, misses);
    expect({
      verdict: decision.verdict,
      path: decision.path.map(({ edge }) => edge).join(' '),
      platform: decision.platform,
      agreement: decision.agreement,
      treat: decision.treat,
      stuckAt: decision.stuckAt,
    }).toEqual({ verdict: VERDICTS[way], path: WAYS[way], platform, agreement, treat, stuckAt: way === 'E' || way === 'I' ? way : null });
  });
});

describe('why a number is not known', () => {
  test.each([
    ['', 'The risk score is missing.'],
    ['high', 'The risk score is no number: “high”.'],
    ['85', 'The risk score is out of range: 85 is not between 0 and 1.'],
    [['0.3', '0.9'], 'The risk score is contradictory: 0.3 and 0.9.'],
    [{ score: 1 }, 'The risk score is no number: “{"score":1}”.'],
  ] as const)('risk %j: %s', (given, why) => {
    expect(riskOf(given as Json)).toEqual({ known: false, why });
  });

  test.each([
    ['', 'The number of heartbeat misses is missing.'],
    [2.5, 'The number of heartbeat misses is no whole number: 2.5.'],
    [-1, 'The number of heartbeat misses is out of range: -1 is not between 0 and 1,000,000.'],
    ['2 or 3', 'The number of heartbeat misses is no number: “2 or 3”.'],
  ] as const)('misses %j: %s', (given, why) => {
    expect(missesOf(given)).toEqual({ known: false, why });
  });
});

describe("the playbook's tables", () => {
  test.each([
    [0, 'Investigate', 'high'],
    [0.3, 'Monitor', 'medium'],
    [0.5, 'Investigate', 'low'],
    [0.8, 'Proceed with rollback', 'very low'],
    [1, 'Proceed with rollback', 'very low'],
  ])('[PF-03] risk %d: %s, a false positive is of %s likelihood', (risk, action, likelihood) => {
    expect(triage(risk, 0).riskBand).toMatchObject({ action, likelihood });
  });

  test.each([
    [0, 'The playbook has no row for it'],
    [1, 'Likely a network issue'],
    [2, 'Likely a network issue'],
    [3, 'Suspicious activity'],
    [4, 'Suspicious activity'],
    [5, 'High probability of compromise'],
    [50, 'High probability of compromise'],
  ])('[PF-04] %d misses: %s', (misses, action) => {
    expect(triage(0.6, misses).missesBand).toMatchObject({ action });
  });

  test('have no hole and no overlap', () => {
    for (const bands of [RISK_BANDS, MISSES_BANDS])
      expect(bands.slice(1).map(({ from }) => from)).toEqual(bands.slice(0, -1).map(({ below }) => below));
  });
});

describe('the rule for what the playbook leaves open', () => {
  test.each([
    [0.3, 0, 'ranges meet at 0.3'],
    [0.5, 3, 'ranges meet at 0.5'],
    [0.8, 0, 'ranges meet at 0.8'],
    [0.62, 2, 'the risk table calls a false positive unlikely'],
    [0.62, 0, 'without a missed heartbeat nothing points to the network'],
    [0.2, 3, 'calls 3 misses: suspicious activity'],
    [0.2, 5, 'calls 5 misses: high probability of compromise'],
    [0.2, '', 'how many were missed is not known'],
  ])('risk %j, misses %j: %s', async (risk, misses, says) => {
    const { gaps } = (await run({ risk, misses })).output as { gaps: string };
    expect(gaps).toContain(says);
    expect(gaps).toContain(RULE);
  });

  test.each([
    [0.1, 1],
    [0.6, 3],
    [0.9, 0],
  ])('risk %j, misses %j: is not needed', async (risk, misses) => {
    expect((await run({ risk, misses })).output).toMatchObject({ gaps: '' });
  });
});

describe("the platform's own rule", () => {
  test('a disagreement is said in words', () => {
    expect(sayDisagreement(triage(0.3, 4))).toMatch(/^The platform rolls back by itself; the playbook calls this a false positive\./);
    expect(sayDisagreement(triage('', 4))).toMatch(/although the playbook cannot decide yet/);
    expect(sayDisagreement(triage(0.9, 0))).toBe('');
  });

  test('a threshold that was tuned, and an incident-bot that is paused, change what the platform does, and never the verdict', () => {
    const tuned = triage(0.85, 0, { thresholds: { risk: 0.9, misses: 3 } });
    expect(tuned).toMatchObject({ verdict: 'legitimate', platform: 'waits', agreement: 'disagree' });
    expect(sayDisagreement(tuned)).toMatch(/does not roll back by itself; the playbook calls this an incident/);
    expect(triage(0.95, 4, { automation: false })).toMatchObject({
      verdict: 'legitimate',
      platform: 'waits',
      platformBecause: 'Its incident-bot is paused',
    });
    expect(triage(0.3, 4, { automation: true })).toMatchObject({ platform: 'rolls-back', agreement: 'disagree' });
  });
});

describe('what was seen around the event', () => {
  const NOTHING = { capsules: null, maintenance: null, deployments: null, tenantKnown: null, capsuleKnown: null, alive: null, similar: null };

  test('is a reason, and what was not seen is said', () => {
    const seen = { ...NOTHING, capsules: 3, maintenance: true, tenantKnown: false, deployments: 1 };
    expect(factsOf(seen).map(({ speaks }) => speaks)).toEqual(['for', 'for', 'neither', 'against']);
    expect(unseenOf(seen)).toEqual(['the capsule', 'the capsule’s liveness', 'similar incidents']);
    expect(factsOf(NOTHING)).toEqual([]);
  });

  const NOTHING_READ = {
    capsules: null,
    liveness: null,
    others: null,
    maintenance: null,
    history: null,
    rollbacks: null,
    similar: null,
    bot: null,
    env: null,
  };

  test('comes from what other steps have read; what they could not read is not known', () => {
    expect(contextOf(NOTHING_READ, 'sha256:aa', NOW)).toEqual(NOTHING);
    const seen = {
      ...NOTHING_READ,
      capsules: { capsule_known: true, tenant_known: null },
      liveness: { asked: 3, alive: ['sha256:cc'], dead: ['sha256:bb'], unknown: ['sha256:aa'] },
      others: { asked: 3, alive: ['sha256:cc'], dead: ['sha256:bb'], unknown: ['sha256:aa'] },
      maintenance: { found: true, data: { active: 'true', until: '2026-11-30T13:00:00Z' } },
      history: { recent: 1 },
      rollbacks: { count: 2 },
      similar: { count: 1 },
    };
    expect(contextOf(seen, 'sha256:aa', NOW)).toEqual({
      capsules: 2,
      maintenance: true,
      deployments: 1,
      tenantKnown: null,
      capsuleKnown: true,
      alive: null,
      similar: 3,
    });
    expect(contextOf(seen, 'sha256:bb', NOW)).toMatchObject({ capsules: 1, alive: false });
    expect(contextOf(seen, 'sha256:cc', NOW).alive).toBe(true);
    expect(contextOf({ ...seen, rollbacks: { served: false } }, '', NOW).similar).toBeNull();
  });

  test.each([
    [{ found: false, data: {} }, false],
    [{ found: true, data: { active: 'true' } }, true],
    [{ found: true, data: { active: 'true', until: '2026-11-30T11:00:00Z' } }, false],
    [{ found: true, data: { status: 'off' } }, false],
    [{ found: true, data: { note: 'call Ada' } }, null],
    [{ found: true, data: { status: 'perhaps' } }, null],
    [null, null],
  ])('maintenance %j: %j', (maintenance, expected) => {
    expect(contextOf({ ...NOTHING_READ, maintenance }, '', NOW).maintenance).toBe(expected);
  });

  test('thresholds are those of the bot that runs, and without pods it decides nothing', () => {
    const env = { variables: [{ name: 'RISK_SCORE_THRESHOLD', value: '0.9', from: '' }] };
    expect(platformOf({ bot: { desired: 0, ready: 0 }, env }, THRESHOLDS)).toEqual({ thresholds: { risk: 0.9, misses: 3 }, automation: false });
    expect(platformOf({ bot: { desired: 1, ready: 1 }, env: null }, THRESHOLDS)).toEqual({ thresholds: THRESHOLDS, automation: true });
    expect(
      platformOf({ bot: { desired: 1, ready: 0 }, env: { variables: [{ name: 'RISK_SCORE_THRESHOLD', value: '(secret)' }] } }, THRESHOLDS),
    ).toEqual({
      thresholds: THRESHOLDS,
      automation: null,
    });
  });

  test('changes no verdict', async () => {
    await fc.assert(
      fc.asyncProperty(numbers(), context(), async ([risk, misses], around) => {
        const [alone, within] = [await run({ risk, misses }), await run({ risk, misses, ...around })];
        for (const name of ['verdict', 'treat', 'platform', 'path'] as const) expect(field(within, name)).toEqual(field(alone, name));
      }),
    );
  });
});

describe('the drawing', () => {
  const at = (risk: Json, misses: Json) => {
    const measured = { risk: riskOf(risk), misses: missesOf(misses), thresholds: THRESHOLDS, automation: null };
    const decision = decide(measured);
    return { decision, svg: drawTriage(decision, measured) };
  };

  test.each([
    ['network', 0.62, 2],
    ['thresholds-disagree', 0.3, 4],
    ['high', 0.8, 0],
    ['medium-many', 0.62, 4],
    ['risk-unknown', '', 2],
    ['misses-unknown', 0.62, ''],
  ] as const)('%s is as it was', (name, risk, misses) => {
    const file = new URL(`./golden/${name}.svg`, import.meta.url).pathname;
    const { svg } = at(risk, misses);
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, svg);
    expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden file; UPDATE_GOLDEN=1 writes it').toBe(svg);
  });

  test('[PF-02] draws as taken exactly what was decided, with each reason, and reaches exactly those nodes', () => {
    fc.assert(
      fc.property(numbers(), ([risk, misses]) => {
        const { decision, svg } = at(risk, misses);
        const drawn = [...svg.matchAll(/data-edge="([^"]+)" data-taken="(true|false)"/g)];
        const path = decision.path.map(({ edge }) => edge);
        expect(drawn).toHaveLength(EDGES.length);
        expect(new Set(drawn.map(([, edge]) => edge))).toEqual(new Set(EDGES.map(edgeId)));
        expect(new Set(drawn.filter(([, , taken]) => taken === 'true').map(([, edge]) => edge))).toEqual(new Set(path));
        const reached = [...svg.matchAll(/data-node="([^"]+)" data-reached="true"/g)].map(([, node]) => node);
        expect(new Set(reached)).toEqual(new Set(['A', ...path.map((edge) => edge.split('-')[1])]));
        expect([...svg.matchAll(/data-node="/g)]).toHaveLength(NODES.length);
        const words = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text).join(' ');
        for (const { reason } of decision.path) expect(words).toContain(reason);
        for (const { reason } of decision.path) expect(textTree(decision)).toContain(`[${reason}]`);
      }),
    );
  });

  test('each path goes from edge to edge', () => {
    fc.assert(
      fc.property(numbers(), ([risk, misses]) => {
        const path = at(risk, misses).decision.path.map(({ edge }) => edge.split('-'));
        expect(path[0]?.[0]).toBe('A');
        for (const [i, [from]] of path.entries()) if (i > 0) expect(from).toBe(path[i - 1]?.[1]);
      }),
    );
  });

  test('all that is drawn lies within the picture', () => {
    const { svg } = at(0.62, 2);
    const [, width = '', height = ''] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    for (const [, y] of svg.matchAll(/ y="(\d+)"/g)) expect(Number(y)).toBeLessThan(Number(height));
    expect(width).toBe('750');
  });

  test('is a PNG without a font on the machine, and its words are drawn', async () => {
    const { decision, svg } = at(0.62, 2);
    const png = Buffer.from(await renderPng(svg));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBe(750);
    const empty = await renderPng(svg.replaceAll(/<text.*<\/text>/g, ''));
    expect(png.length).toBeGreaterThan(empty.length * 2);
    expect(altText(decision)).toContain('Risk 0.62 is medium: Investigate further');
  });
});

function numbers(): fc.Arbitrary<[Json, Json]> {
  const odd = fc.constantFrom<Json>('', null, 'high', '0.5', '0.8', '3', [0.1, 0.9], -1, 7.5);
  const risk = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0.3, 0.5, 0.8), odd);
  return fc.tuple(risk, fc.oneof(fc.integer({ min: 0, max: 9 }), odd));
}

/** What other steps may have found, whole, in part or not at all. */
function context(): fc.Arbitrary<Record<string, Json>> {
  const flag = fc.constantFrom<Json>(true, false, null);
  const count = fc.constantFrom<Json>(0, 1, 4);
  const hashes = fc.subarray(['sha256:aa', 'sha256:bb', 'sha256:cc']);
  const maybe = (found: fc.Arbitrary<Json>) => fc.option(found);
  const of = (fields: Record<string, fc.Arbitrary<Json>>) => maybe(fc.record(fields, { requiredKeys: [] }) as fc.Arbitrary<Json>);
  return fc.record({
    capsule: fc.constantFrom<Json>('', 'sha256:aa'),
    capsules: of({ capsule_known: flag, tenant_known: flag }),
    liveness: of({ alive: hashes, dead: hashes }),
    others: of({ alive: hashes, dead: hashes }),
    maintenance: of({ found: fc.boolean(), data: fc.constantFrom<Json>({}, { active: 'true' }, { status: 'off' }) }),
    history: of({ recent: count }),
    rollbacks: of({ count }),
    similar: of({ count }),
  });
}

async function run(given: Json) {
  const action = fabricTriage as ReadAction;
  return action.run(action.input.parse(given), { now: async () => NOW } as never);
}

function field({ output }: { output: unknown }, name: string): unknown {
  return (output as Record<string, unknown>)[name];
}
