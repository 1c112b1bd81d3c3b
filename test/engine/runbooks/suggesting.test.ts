import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Incident } from '../../../src/domain/incident/incident.ts';
import { fillsOf } from '../../../src/engine/runbooks/diagnose/filling.ts';
import { judge, type Results } from '../../../src/engine/runbooks/diagnose/judging.ts';
import { offeredBy } from '../../../src/engine/runbooks/diagnose/suggesting.ts';
import { loadRunbook, type Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { sayProblem } from '../../../src/lib/yaml.ts';
import { readAction } from '../../../src/ports/action.ts';

const pods = readAction({
  name: 'test.pods',
  about: 'Pods.',
  input: z.strictObject({ host: z.string().optional() }),
  output: z.strictObject({ ready: z.number().int(), back_to: z.number().int(), servers: z.array(z.string()) }),
  targets: () => [],
  rights: () => [],
  run: async () => ({ output: { ready: 0, back_to: 0, servers: [] }, summary: 'pods' }),
});
const ACTIONS = new Map([[pods.name, pods]]);
const STEPS = '    steps: [{ uses: test.pods }]\n';
const TWO = '    approvals: { all: [{ role: security }, { role: responder }] }\n';

const TEXT = `runbook: demo/trouble
title: Trouble
service: demo
severity: P1
settings:
  least: { about: Fewer pods are too few, default: 1 }
  host: { about: The database, default: postgres }
diagnose:
  pods: { uses: test.pods, with: { host: =setting.host } }
findings:
  - { when: diagnose.pods.ready < setting.least, says: '="Fewer than " + string(setting.least) + " are ready."', suggests: [last, bypass, roll-back, restart, scale, wipe] }
remedies:
  restart:
    title: Restart
    risk: change
${STEPS}  roll-back:
    title: Roll back
    risk: change
    possible: diagnose.pods.back_to > 0
${STEPS}  scale:
    title: Scale
    risk: change
${STEPS}  wipe:
    title: Wipe
    risk: destructive
${TWO}${STEPS}  last:
    title: Start anew
    risk: destructive
    last_resort: true
${TWO}${STEPS}  bypass:
    title: Bypass
    risk: emergency
    when: incident.severity == "P0"
    revert: { after: 1h }
${TWO}${STEPS}  disable:
    title: Disable a server
    risk: change
    arguments:
      server: { about: The server, pattern: "[a-z]+", from: diagnose.pods.servers }
${STEPS}`;

function loaded(configured: Readonly<Record<string, string | number>> = {}, text = TEXT): Runbook {
  const found = loadRunbook(text, 'trouble.yml', ACTIONS, () => configured);
  if (!found.ok) throw new Error(found.problems.map(sayProblem).join('\n'));
  return found.runbook;
}

function seen(output: object): Results {
  return new Map([['pods', { state: 'seen', output: { ready: 0, back_to: 3, servers: [], ...output }, summary: 'pods' }]]);
}

function offered(severity: string, results: Results, runbook = loaded()) {
  const incident = { severity, status: 'investigating', roles: {} } as unknown as Incident;
  return offeredBy(runbook, judge(runbook, results).findings, results, {}, incident);
}

describe('What a diagnosis offers', () => {
  test('is at most three, in the order in which the finding names them, emergencies and last resorts after all others', () => {
    expect(offered('P0', seen({})).suggested).toEqual(['roll-back', 'restart', 'scale']);
    const fewer = loaded({}, TEXT.replace('restart, scale, wipe]', 'restart]'));
    expect(offered('P0', seen({}), fewer).suggested).toEqual(['roll-back', 'restart', 'bypass']);
    expect(offered('P1', seen({}), fewer).suggested).toEqual(['roll-back', 'restart', 'last']);
  });

  test('has nothing that cannot work, not even among the others; what the incident does not allow is among them', () => {
    const one = offered('P1', seen({ back_to: 0 }));
    expect(one.suggested).toEqual(['restart', 'scale', 'wipe']);
    expect(one.others).toEqual(['last', 'bypass', 'disable']);
  });

  test('keeps what hangs on something that could not be read', () => {
    const runbook = loaded();
    const blind: Results = new Map([['pods', { state: 'unknown', output: null, summary: 'Refused.' }]]);
    expect(offeredBy(runbook, [{ says: 'No pod.', suggests: ['roll-back'] }], blind, {}, null).suggested).toEqual(['roll-back']);
  });

  test('fills in what it found, if that is what the argument takes', () => {
    expect(fillsOf(loaded(), seen({ servers: ['alpha', 'beta'] }), {})).toEqual({ disable: { server: 'alpha' } });
    expect(fillsOf(loaded(), seen({ servers: ['alpha;'] }), {})).toEqual({});
    expect(fillsOf(loaded(), seen({}), {})).toEqual({});
  });
});

describe('Settings', () => {
  test('are the defaults, or what tocsin.yml says', () => {
    expect(judge(loaded(), seen({ ready: 1 })).findings).toEqual([]);
    const three = judge(loaded({ least: 3 }), seen({ ready: 1 })).findings;
    expect(three.map(({ says }) => says)).toEqual(['Fewer than 3 are ready.']);
  });

  test('of another type than the default are a problem that says where', () => {
    const found = loadRunbook(TEXT, 'trouble.yml', ACTIONS, () => ({ least: 'three' }));
    expect(found.ok ? [] : found.problems.map(sayProblem)).toEqual([
      expect.stringContaining('settings.least is string in services.demo.settings of tocsin.yml: expected a number'),
    ]);
  });

  test('that are not named are no valid expression', () => {
    const found = loadRunbook(TEXT.replace('setting.host }', 'setting.hots }'), 'trouble.yml', ACTIONS);
    expect(found.ok).toBe(false);
  });
});

test('of what is not there by tocsin.yml nothing is concluded, and nothing is called unknown', () => {
  const runbook = loaded();
  expect(judge(runbook, new Map([['pods', { state: 'seen', output: null, summary: 'There is none.' }]]))).toMatchObject({
    findings: [],
    unjudged: [],
  });
  expect(judge(runbook, new Map([['pods', { state: 'unknown', output: null, summary: 'Refused.' }]])).unjudged).toHaveLength(1);
});

test('a finding may say why something could not be read, and a remedy that needs it is not offered', () => {
  const text = TEXT.replace(
    'findings:\n',
    `findings:\n  - { when: unknown.pods != "", says: '="Not seen: " + unknown.pods', suggests: restart }\n`,
  ).replace('diagnose.pods.back_to > 0', 'unknown.pods == ""');
  const blind: Results = new Map([['pods', { state: 'unknown', output: null, summary: 'Refused.' }]]);
  expect(judge(loaded({}, text), blind).findings).toEqual([{ says: 'Not seen: Refused.', suggests: ['restart'] }]);
  expect(offered('P1', blind, loaded({}, text)).others).not.toContain('roll-back');
  expect(judge(loaded({}, text), seen({ ready: 1 })).findings).toEqual([]);
});
