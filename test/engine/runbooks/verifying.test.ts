import { describe, expect, test } from '@jest/globals';
import { ACTION_REGISTRY, BUILT_IN } from '../../../src/app/built-in.ts';
import { openCatalogue } from '../../../src/engine/runbooks/load/catalogue.ts';
import { needsOf } from '../../../src/engine/runbooks/load/needs.ts';
import { overOutput, type Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { diagnosisStep, parsable, remedySteps, type Step } from '../../../src/engine/runbooks/load/steps.ts';

const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });

/** Actions that read the same of a workload: its pods. */
const SAME: Readonly<Record<string, string>> = { 'k8s.rollout-status': 'k8s.pods' };

/** What a step reads: its action with its targets, and of a request its path. */
function signalOf({ uses, input }: Pick<Step, 'uses' | 'input'>): string {
  const action = ACTION_REGISTRY.get(uses);
  const given = action === undefined ? null : parsable(action, input);
  const targets = action === undefined || given === null ? [] : action.targets(given.data);
  const { path = '' } = input as { readonly path?: unknown };
  return [SAME[uses] ?? uses, ...targets, String(path)].join(' ');
}

/** What a finding is drawn from, with what that is made of. */
function readBy(runbook: Runbook, when: string): ReadonlySet<string> {
  const steps = new Set(runbook.needs.of(when).steps);
  for (const name of steps) for (const needed of needsOf(runbook.diagnose[name]?.with ?? {}, runbook.needs)) steps.add(needed);
  return new Set([...steps].flatMap((name) => diagnosisStep(runbook, name) ?? []).map(signalOf));
}

const remedies = catalogue.list().flatMap((runbook) => Object.keys(runbook.remedies).map((name) => [runbook.id, name, runbook] as const));

describe('What a diagnosis found broken is what the verification looks at again, or the runbook says why another sign will do', () => {
  test.each(remedies)('%s, %s', (_id, name, runbook) => {
    const verify = remedySteps(runbook, name).find((step) => step.name === `${name}, verify`);
    const findings = runbook.findings.filter(({ suggests }) => suggests.includes(name));
    const blind = findings.filter(({ when }) => verify === undefined || !readBy(runbook, when).has(signalOf(verify)));
    const why = runbook.remedies[name]?.verified_by ?? '';
    expect(why === '' ? blind.map(({ when }) => when) : []).toEqual([]);
    // A reason that no finding needs misleads whoever reads the file.
    expect(why !== '' && findings.length > 0 && blind.length === 0).toBe(false);
  });
});

describe('A length of time stands once in a runbook', () => {
  test.each(catalogue.list().map((runbook) => [runbook.id, runbook] as const))('%s: no sentence and no title repeats one', (_id, runbook) => {
    const said = [
      ...runbook.findings.map(({ says }) => says),
      ...Object.values(runbook.diagnose).map(({ title = '' }) => title),
      ...Object.values(runbook.remedies).flatMap(({ title, about = '' }) => [title, about]),
    ];
    expect(said.filter((text) => /\b(\d+|five|ten) ?(s|min|minutes?|h|hours?|d|days?)\b|\blast (minute|hour|day)\b/.test(text))).toEqual([]);
  });
});

test('a bypass that answers for the policy engine verifies nothing but itself', () => {
  const runbook = catalogue.get('aureus/policy-engine-failure');
  const holds = (name: string, bypass: boolean | null) => {
    const remedy = runbook?.remedies[name];
    if (runbook === null || remedy?.verify?.until === undefined) throw new Error(`${name} has no verification.`);
    const output = { ok: true, json: bypass === null ? {} : { bypass } };
    const action = ACTION_REGISTRY.get(remedy.verify.uses);
    if (action === undefined) throw new Error('The action is gone.');
    return overOutput(action, runbook.setting).evaluate(remedy.verify.until, { output, setting: runbook.setting });
  };
  for (const name of ['reload-policies', 'flush-cache'])
    expect([null, false, true].map((bypass) => holds(name, bypass))).toEqual([true, true, false]);
  expect(holds('bypass', true)).toBe(true);
});
