import type { Cluster } from '../../../ports/cluster.ts';
import type { TargetKind, TargetKinds } from '../../../ports/targets.ts';
import type { RunbookDeps, StepContext } from '../deps.ts';
import type { Runbook } from '../load/runbook.ts';
import { stepsOf } from '../load/steps.ts';

/** A target that runbooks use, and what for. */
export interface NeededTarget {
  readonly name: string;
  readonly kind: TargetKind;
  /** Runbooks that look at it: their diagnosis cannot do without. */
  readonly diagnoses: readonly string[];
  /** Remedies that use it, as `runbook remedy`. */
  readonly remedies: readonly string[];
}

/** A target of each kind, as far as actions look into it to say what they need. */
const SAMPLES: { readonly [K in TargetKind]: TargetKinds[K] } = {
  workload: { deployment: 'sample' },
  volume: { pvc: 'sample', workload: 'a-workload', path: '/sample' },
  http: { workload: 'a-workload', port: 80, path: '/', scheme: 'http', inside: false },
  postgres: { postgres: { workload: 'a-workload', user: 'sample', database: 'sample' } },
  redis: { redis: { workload: 'a-workload', database: 0 } },
  secret: { secret: 'sample', key: 'sample', workloads: [] },
  configmap: { configmap: 'sample' },
  helm: { helm: 'sample' },
  bucket: { bucket: 'sample', prefix: '' },
  application: { application: '0'.repeat(36), pipelines: [] },
  'data-source': { data_source: '0'.repeat(36), application: '0'.repeat(36), index: '0'.repeat(36) },
  repository: { repository: 'sample/sample' },
  workflow: { workflow: 'sample.yml', repository: 'a-repository' },
  file: { file: 'sample', repository: 'a-repository' },
  alarm: { alarm: 'sample' },
  'log-group': { log_group: 'sample' },
  topic: { topic: 'arn:aws:sns:eu-west-1:000000000000:sample' },
  rule: { rule: 'sample' },
  role: { role: 'sample' },
};

/** Every target that these runbooks name, with its kind: by asking each step what it needs, without any configuration. */
export function neededTargets(actions: RunbookDeps['actions'], runbooks: readonly Runbook[]): readonly NeededTarget[] {
  const found = new Map<string, { kind: TargetKind; diagnoses: Set<string>; remedies: Set<string> }>();
  for (const runbook of runbooks) {
    for (const step of stepsOf(runbook)) {
      const action = actions.get(step.uses);
      const input = action?.input.safeParse(step.input);
      if (action === undefined || input?.success !== true) continue;
      const named = new Set(Object.values(step.input).flat());
      for (const [name, kind] of askedFor(
        (context) => action.rights(input.data, context),
        (context) => action.permissions?.(input.data, context),
      )) {
        if (!named.has(name)) continue;
        const one = found.get(name) ?? { kind, diagnoses: new Set<string>(), remedies: new Set<string>() };
        found.set(name, one);
        const { remedy } = step;
        if (remedy === null) one.diagnoses.add(runbook.id);
        else one.remedies.add(`${runbook.id} ${remedy}`);
      }
    }
  }
  return [...found].map(([name, { kind, diagnoses, remedies }]) => ({ name, kind, diagnoses: [...diagnoses], remedies: [...remedies] }));
}

/** The targets that a step asks for, by name. What else it asks for is not there: the names come first. */
function askedFor(...asks: readonly ((context: StepContext) => unknown)[]): ReadonlyMap<string, TargetKind> {
  const asked = new Map<string, TargetKind>();
  const context = {
    service: 'sample',
    incident: null,
    target<K extends TargetKind>(name: string, kind: K): TargetKinds[K] {
      asked.set(name, kind);
      return SAMPLES[kind];
    },
    targetNames: () => [],
    cluster: () => ({ context: '', namespace: 'sample' }) as Cluster,
    aws: () => ({ region: 'eu-west-1' }),
    hide: () => undefined,
    say: () => undefined,
    redact: (text: string) => text,
  } as unknown as StepContext;
  for (const ask of asks) {
    try {
      ask(context);
    } catch {
      // A step that needs more than names to say what it needs has said its names by then.
    }
  }
  return asked;
}
