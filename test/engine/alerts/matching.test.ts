import { describe, expect, test } from '@jest/globals';
import { firedOf } from '../../../src/engine/alerts/firing.ts';
import { type MatchedService, matchSignal, topicsOf } from '../../../src/engine/alerts/matching.ts';
import type { LabelledSignal, Signal } from '../../../src/engine/alerts/signal.ts';
import type { Runbook } from '../../../src/engine/runbooks/load/runbook.ts';
import { runbookSchema } from '../../../src/engine/runbooks/load/schema.ts';
import { targetSchema } from '../../../src/ports/targets.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:qbusiness-alarms';
const OTHER = 'arn:aws:sns:eu-west-1:123456789012:oracle-alerts';

function service(id: string, targets: Readonly<Record<string, unknown>>): MatchedService {
  return { id, targets: Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, targetSchema.parse(target)])) };
}

const SERVICES = [
  service('oracle', { alerts: { topic: OTHER }, code: { repository: 'Owner/repo' }, drift: { workflow: 'guardrail-drift.yml', repository: 'code' } }),
  service('qbusiness', { alerts: { topic: TOPIC }, failed: { alarm: 'QBusinessSyncFailed' } }),
];

function runbook(id: string, triggers: readonly unknown[]): Runbook {
  const parsed = runbookSchema.parse({
    runbook: id,
    title: 'Title',
    service: id.split('/')[0],
    severity: 'P2',
    triggers,
    diagnose: { step: { uses: 'fake.look' } },
  });
  return { ...parsed, id } as unknown as Runbook;
}

const RUNBOOKS = [
  runbook('oracle/drift', [{ github: { workflow: 'drift' } }]),
  runbook('qbusiness/sync-failed', [
    { cloudwatch: { alarm: 'failed' } },
    { cloudwatch: { alarm: 'not-configured' } },
    { sns: { topic: 'alerts', subject: 'NoSync' } },
  ]),
];

function run(more: Partial<Extract<Signal, { source: 'github' }>> = {}): Signal {
  return {
    source: 'github',
    repository: 'Owner/repo',
    workflow: 'guardrail-drift.yml',
    name: 'Guardrail Drift',
    branch: 'master',
    isDefaultBranch: true,
    failed: true,
    summary: 'Run 7 failed',
    links: [],
    ...more,
  };
}

function alarm(more: Partial<Extract<Signal, { source: 'cloudwatch' }>> = {}): Signal {
  return { source: 'cloudwatch', topic: TOPIC, alarm: 'QBusinessSyncFailed', state: 'ALARM', reason: 'crossed', links: [], ...more };
}

const match = (signal: Signal) => matchSignal(signal, SERVICES, RUNBOOKS);

describe('matching what was told', () => {
  test('a failed run of a workflow that a trigger names fires, and its success recovers it', () => {
    expect(match(run())).toMatchObject({ kind: 'fire', service: 'oracle', hit: { runbook: 'oracle/drift', trigger: 0 } });
    const recovered = match(run({ failed: false, summary: 'Run 8 passed' }));
    expect(recovered).toMatchObject({ kind: 'recover', summary: 'Run 8 passed' });
    expect(recovered?.key).toBe(match(run())?.key);
  });

  test.each([
    ['a branch of somebody', run({ isDefaultBranch: false, branch: 'wip' })],
    ['another workflow', run({ workflow: 'lint.yml' })],
    ['another repository', run({ repository: 'Owner/other' })],
  ])('%s is no alert', (_what, signal) => {
    expect(match(signal)).toBeNull();
  });

  test('an alarm is its trigger’s by the target’s name, and OK recovers the same key', () => {
    expect(match(alarm())).toMatchObject({ kind: 'fire', service: 'qbusiness', hit: { trigger: 0 } });
    expect(match(alarm({ state: 'OK' }))).toMatchObject({ kind: 'recover', key: match(alarm())?.key });
    expect(match(alarm({ state: 'INSUFFICIENT_DATA' }))).toBeNull();
  });

  test('a plain message is matched by its subject', () => {
    const told: Signal = { source: 'sns', topic: TOPIC, subject: 'Q Business NoSync Alert', message: 'No successful sync in >24h' };
    expect(match(told)).toMatchObject({ kind: 'fire', hit: { trigger: 2 } });
  });

  test('what no trigger knows is an alert of the topic’s service all the same; what came by a foreign topic is none', () => {
    expect(match(alarm({ alarm: 'Other' }))).toMatchObject({ kind: 'fire', service: 'qbusiness', hit: null, told: { title: 'Alarm Other' } });
    expect(match({ source: 'sns', topic: OTHER, subject: '', message: 'hello' })).toMatchObject({ service: 'oracle', hit: null });
    expect(match(alarm({ topic: 'arn:aws:sns:eu-west-1:999999999999:foreign' }))).toBeNull();
    expect([...topicsOf(SERVICES)]).toEqual([OTHER, TOPIC]);
  });

  test('an alarm of the same name over a topic of another service is not this trigger’s', () => {
    expect(match(alarm({ topic: OTHER }))).toMatchObject({ service: 'oracle', hit: null });
  });
});

describe('matching what labels itself', () => {
  const BOOKS = [
    ...RUNBOOKS,
    runbook('oracle/triage', [{ 'guard-trip': {} }, { alertmanager: { alertname: 'Slow', zone: 'eu' } }]),
    runbook('qbusiness/pages', [{ pagerduty: { labels: { service: 'Mail' } } }, { webhook: { from: 'status', labels: { monitor: 'Shop' } } }]),
  ];
  const labelled = (more: Partial<LabelledSignal>): LabelledSignal => ({
    source: 'alertmanager',
    from: 'alertmanager',
    key: 'k',
    state: 'firing',
    title: 'Title',
    summary: 'Summary',
    severity: null,
    service: null,
    otherwise: null,
    labels: {},
    at: 5,
    links: [],
    ...more,
  });
  const hit = (more: Partial<LabelledSignal>) => {
    const found = matchSignal(labelled(more), SERVICES, BOOKS);
    return found?.kind === 'fire' ? `${found.service} ${found.hit?.runbook ?? 'none'}#${found.hit?.trigger ?? ''}` : (found?.kind ?? null);
  };

  test.each<[string, Partial<LabelledSignal>, string | null]>([
    ['all labels of a trigger', { labels: { alertname: 'Slow', zone: 'eu', more: 'x' } }, 'oracle oracle/triage#1'],
    ['a label that differs', { labels: { alertname: 'Slow', zone: 'us' } }, null],
    ['a label that every object has', { labels: {}, otherwise: 'constructor' }, null],
    ['a guard trip', { source: 'guard-trip' }, 'oracle oracle/triage#0'],
    ['a service of PagerDuty', { source: 'pagerduty', labels: { service: 'Mail' } }, 'qbusiness qbusiness/pages#0'],
    ['the same label of another sender', { source: 'alertmanager', labels: { service: 'Mail' } }, null],
    ['a generic webhook', { source: 'webhook', from: 'status', labels: { monitor: 'Shop' } }, 'qbusiness qbusiness/pages#1'],
    ['another generic webhook', { source: 'webhook', from: 'other', labels: { monitor: 'Shop' } }, null],
    ['what names its service is that service’s alone', { source: 'guard-trip', service: 'qbusiness' }, 'qbusiness none#'],
    ['what nobody knows is of the service that is set', { otherwise: 'qbusiness' }, 'qbusiness none#'],
    ['a trigger comes before the service that is set', { source: 'guard-trip', otherwise: 'qbusiness' }, 'oracle oracle/triage#0'],
    ['the end of anything', { state: 'resolved' }, 'recover'],
  ])('%s', (_what, more, expected) => {
    expect(hit(more)).toBe(expected);
  });

  test('the sender’s severity counts where the trigger says none, and the service’s rule where the trigger has none', () => {
    const told = { source: 'pagerduty', title: 'T', summary: 'S', links: [], severity: 'P0', labels: { a: 'b' } } as const;
    const options = { key: 'k', service: 'qbusiness', runbook: null, index: null, told, respondMs: () => 1 };
    expect(firedOf({ ...options, trigger: null })).toMatchObject({ severity: 'P0', labels: { a: 'b' } });
    expect(firedOf({ ...options, trigger: null })).not.toHaveProperty('declare');
    expect(firedOf({ ...options, trigger: null, declare: 'P2' })).toMatchObject({ declare: 'P2' });
    const trigger = BOOKS[0]?.triggers[0] ?? null;
    expect(firedOf({ ...options, trigger: trigger === null ? null : { ...trigger, severity: 'P3', declare: 'P1' }, declare: 'P2' })).toMatchObject({
      severity: 'P3',
      declare: 'P1',
    });
  });
});
