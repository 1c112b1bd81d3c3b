import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUNBOOK = `
runbook: aureus/two-workloads
title: Two workloads
service: aureus
severity: P0
symptoms: [Both are slow]
diagnose:
  engine: { uses: k8s.pods, with: { target: policy-engine } }
remedies:
  both:
    title: Mark both workloads
    risk: emergency
    steps:
      - uses: k8s.set-env
        with: { target: frontend, env: { NOTE: =incident.impact, NOTE_LATE: =run.plan + " " + incident.impact } }
      - uses: k8s.set-env
        with: { target: elsewhere, env: { MARK: "set" } }
    approvals: { all: [{ role: incident-commander }, { role: security }], expire: 15m }
    revert: { after: 55m, remind: 45m }
  later:
    title: Mark the second two hours later
    risk: emergency
    steps:
      - uses: k8s.set-env
        with: { target: frontend, env: { FIRST: "set" } }
      - uses: k8s.set-env
        with: { target: redis, env: { SECOND: "set" } }
        after: 2h
    approvals: { all: [{ role: incident-commander }, { role: security }], expire: 15m }
    revert: { after: 4h, remind: 3h }
`;

/** A configuration with a runbook of its own, whose steps change two workloads; the second lives in another namespace than the service. */
export function withTwoWorkloads(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-runbooks-'));
  writeFileSync(join(folder, 'two-workloads.yml'), RUNBOOK);
  const target = '      elsewhere: { deployment: opa, selector: app=opa, namespace: sark-system }\n';
  return `runbooks: ${folder}\n${text.replace('      policy-engine: {', `${target}      policy-engine: {`)}`;
}
