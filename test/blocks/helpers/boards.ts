import { renderBoard } from '../../../blocks/templates.ts';
import type { DIAGNOSIS_BOARD, ShownOf } from '../../../src/domain/messages/messages.ts';
import type { Json } from '../../../src/domain/record.ts';
import type { PreflightReport } from '../../../src/engine/runbooks/preflight/preflight.ts';
import { START } from '../../domain/helpers/incidents.ts';
import type { Entry, Words } from './catalogue.ts';

const STATEMENT = '{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::vaultmesh-knowledge-base/*"}';

const stakes = { lastResort: false, stake: null, revertAfterMs: null } as const;

/** Boards in every state. */
export function boards(words: Words): Entry[] {
  const board = (name: string, template: Parameters<typeof renderBoard>[0], view: object): Entry => ({
    name,
    kind: 'message',
    shown: renderBoard(template, view as Json),
  });
  const done = diagnosis(words);
  const report = preflight(words);
  return [
    board('diagnosis-begun', 'diagnosis', {
      ...done,
      findings: null,
      steps: done.steps.map((step) => ({ ...step, state: 'running', summary: '', table: null, chart: null })),
    }),
    board('diagnosis-running', 'diagnosis', {
      ...done,
      findings: null,
      steps: done.steps.map((step, i) => (i < 3 ? step : { ...step, state: 'running', summary: '' })),
    }),
    board('diagnosis-done', 'diagnosis', done),
    board('diagnosis-nothing', 'diagnosis', {
      ...done,
      incident: null,
      by: 'schedule',
      findings: [],
      unjudged: 0,
      remedies: done.remedies.map((remedy) => ({ ...remedy, suggested: false })),
      steps: done.steps.filter(({ state }) => state === 'seen'),
    }),
    board('diagnosis-much', 'diagnosis', {
      ...done,
      findings: Array.from({ length: Math.min(words.many, 20) }, () => ({ says: words.text, suggests: [] })),
      steps: Array.from({ length: Math.min(words.many, 40) }, (_, i) => ({
        ...(done.steps[i % done.steps.length] as (typeof done.steps)[number]),
        name: `step_${i}`,
      })),
      remedies: Array.from({ length: words.many }, (_, i) => ({
        name: `remedy-${i}`,
        title: words.remedy,
        risk: 'change',
        lastResort: i % 7 === 0,
        suggested: i < 7,
      })),
    }),
    board('progress-step', 'progress', { plan: 'PLN-7K2M9QXA', text: `Step 2 of 3: ${words.text}`, done: 1, total: 3 }),
    board('progress-verifying', 'progress', { plan: '', text: `Verifying: ${words.text}`, done: 1, total: 1 }),
    board('progress-done', 'progress', { plan: 'PLN-7K2M9QXA', text: 'Done', done: 3, total: 3 }),
    board('preflight', 'preflight', report),
    board('diagnosis-blind', 'diagnosis', {
      ...done,
      steps: done.steps.map((step) => ({ ...step, state: 'unknown' as const, summary: 'May not list pods.', table: null, chart: null, file: false })),
      findings: [],
      unjudged: 3,
      remedies: [],
    }),
    board('diagnosis-without-rights', 'diagnosis', {
      ...done,
      unjudged: 0,
      steps: done.steps.map((step) => (step.state === 'unknown' ? { ...step, needs: `Tocsin may not create pods/exec: ${words.text}` } : step)),
    }),
    // Said by an earlier look: only the thread says it again.
    board('diagnosis-without-rights-again', 'diagnosis', {
      ...done,
      unjudged: 0,
      steps: done.steps.map((step) =>
        step.state === 'unknown' ? { ...step, needs: 'Tocsin may not create pods/exec.', said: true as const } : step,
      ),
    }),
    board('diagnosis-unwell', 'diagnosis', { ...done, findings: [], remedies: [] }),
    board('diagnosis-details', 'diagnosis-details', done),
    board('diagnosis-exact', 'diagnosis', {
      ...done,
      findings: [
        { says: `${words.text}: add to the policy of the role docs: ${STATEMENT}`, exact: [STATEMENT], suggests: [] },
        { says: `${words.text}: the schedule cron(0 3 * * ? *) starts the next one.`, exact: ['cron(0 3 * * ? *)'], suggests: [] },
      ],
      remedies: [],
    }),
    board('diagnosis-carried', 'diagnosis', { ...done, as_of: START, from: 'ALR-142' }),
    board('preflight-well', 'preflight', {
      ...report,
      runbooks: 1,
      steps: report.steps.filter(({ runbook }) => runbook === 'aureus/assess'),
    }),
    board('preflight-much', 'preflight', {
      ...report,
      runbooks: words.many,
      steps: Array.from({ length: words.many * 3 }, (_, i) => ({
        runbook: `aureus/scenario-${Math.floor(i / 3)}`,
        step: `step ${i}`,
        uses: 'k8s.scale',
        checks: [{ state: 'failure', what: `${i} ${words.text}`, advice: words.text }],
      })),
    }),
  ];
}

function diagnosis({ title, remedy, text }: Words): ShownOf<typeof DIAGNOSIS_BOARD> {
  const step = { table: null, chart: null, file: false, ms: 400 } as const;
  return {
    links: [],
    fills: {},
    incident: 'INC-2026-0001',
    runbook: 'aureus/policy-engine-failure',
    revision: 'a'.repeat(64),
    title,
    by: 'U0ADA',
    unfilled: [`The alert says capsule ${JSON.stringify(text.slice(0, 80))}, which does not fit, so its default is used.`],
    steps: [
      {
        ...step,
        name: 'engine',
        title: 'Policy engine pods',
        state: 'bad',
        summary: '0 of 2 pods ready, 14 restarts',
        table: {
          columns: ['Pod', 'Ready', 'Restarts', 'Status'],
          rows: [
            ['policy-engine-5d9c7b6f4-abcde', '0/1', '9', 'CrashLoopBackOff'],
            ['policy-engine-5d9c7b6f4-fghij', '0/1', '5', text],
          ],
        },
        ms: 1_400,
      },
      {
        ...step,
        name: 'denials',
        title: 'Policy log lines',
        state: 'seen',
        summary: '37 of 100 lines match',
        file: true,
        table: { columns: ['Time', 'Line'], rows: Array.from({ length: 12 }, (_, i) => [`08:00:${String(i).padStart(2, '0')}`, text]) },
      },
      { ...step, name: 'probe', title: 'Test evaluation', state: 'unknown', summary: text },
      {
        ...step,
        name: 'hours',
        title: 'Audit events per hour',
        state: 'bad',
        summary: '2 gaps in 24 hours',
        chart: {
          title: 'Events',
          unit: 'per hour',
          bars: Array.from({ length: 24 }, (_, hour) => ({
            label: `${String(hour).padStart(2, '0')}:00`,
            value: hour === 3 || hour === 4 ? 0 : 900 + hour * 40,
            alarming: hour === 3 || hour === 4,
          })),
        },
      },
      {
        ...step,
        name: 'latency',
        title: 'Latency',
        state: 'bad',
        summary: 'p95 is above its limit',
        chart: {
          title: 'Latency',
          unit: 'ms',
          bars: [
            { label: 'p50', value: 42 },
            { label: 'p95', value: 380.5, alarming: true },
            { label: text.slice(0, 30), value: 0, alarming: true },
          ],
        },
      },
    ],
    findings: [
      { says: 'No policy engine pod is ready.', suggests: ['reload-policies', 'bypass'] },
      { says: 'Frontend, 1 of 3 pods ready. Diagnose aureus/frontend-down.', suggests: [] },
    ],
    unjudged: 1,
    remedies: [
      { ...stakes, name: 'reload-policies', title: 'Reload policies by a rolling restart', risk: 'change', suggested: true },
      { ...stakes, name: 'raise-limits', title: 'Raise the limits', risk: 'destructive', suggested: true, stake: text, revertAfterMs: 14_400_000 },
      { ...stakes, name: 'bypass', title: remedy, risk: 'emergency', suggested: true },
      { ...stakes, name: 'flush-cache', title: 'Flush the policy cache', risk: 'destructive', suggested: false },
      { ...stakes, name: 'restart', title: remedy, risk: 'destructive', lastResort: true, suggested: false },
    ],
  };
}

function preflight({ text }: Words): PreflightReport {
  const advice = 'Give the right by a Role: deploy/kubernetes/rbac.yaml has all that Tocsin uses.';
  const ok = { state: 'ok', what: 'may list pods', advice: null } as const;
  return {
    service: 'aureus',
    at: START,
    runbooks: 3,
    steps: [
      { runbook: 'aureus/assess', step: 'diagnose frontend', uses: 'k8s.pods', checks: [ok] },
      { runbook: 'aureus/assess', step: 'diagnose events', uses: 'k8s.events', checks: [ok] },
      {
        runbook: 'aureus/frontend-down',
        step: 'restart, step 1',
        uses: 'k8s.rollout-restart',
        checks: [ok, { state: 'failure', what: 'may not patch deployments', advice }],
      },
      {
        runbook: 'aureus/frontend-down',
        step: 'scale-up, step 1',
        uses: 'k8s.scale',
        checks: [{ state: 'failure', what: 'may not patch deployments', advice }],
      },
      { runbook: 'aureus/frontend-down', step: 'diagnose logs', uses: 'k8s.logs', checks: [ok] },
      {
        runbook: 'aureus/evidence-volume-full',
        step: 'expand, step 1',
        uses: 'k8s.expand-volume',
        checks: [{ state: 'warning', what: text, advice: null }],
      },
      {
        runbook: 'aureus/evidence-volume-full',
        step: 'archive, step 1',
        uses: 'volume.archive',
        checks: [{ state: 'unknown', what: 'its input is known only when it is asked for', advice: text }],
      },
    ],
  };
}
