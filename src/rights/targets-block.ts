import { stringify } from 'yaml';
import type { NeededTarget } from '../engine/runbooks/preflight/needed-targets.ts';
import type { Target, TargetKind } from '../ports/targets.ts';

/** What a cluster has under names that a target could mean; empty where it could not be read. */
export interface Seen {
  readonly workloads: readonly { readonly kind: 'deployment' | 'statefulset' | 'daemonset'; readonly name: string }[];
  readonly claims: readonly string[];
}

export const NOTHING_SEEN: Seen = { workloads: [], claims: [] };

/** A setting of a service's runbooks, with its value here. */
export interface SettingShown {
  readonly name: string;
  readonly about: string;
  readonly value: string | number;
  readonly configured: boolean;
}

/** What a target says that this installation does not have. */
export const ABSENT = '{ absent: true }';

const CHANGE = 'change-me';
const ID = '00000000-0000-4000-8000-000000000000';

/**
 * The targets that a service's runbooks need, ready for tocsin.yml: what is configured as it is, workloads and volumes by what the cluster
 * has, the rest to be filled in or declared absent; and their settings. Each line says what it is for.
 */
export function targetsBlock(
  service: string,
  needed: readonly NeededTarget[],
  configured: Readonly<Record<string, Target>>,
  seen: Seen,
  settings: readonly SettingShown[] = [],
): string {
  const lines = needed.map((target) => {
    const known = configured[target.name];
    const guessed = known ?? fromCluster(target, seen);
    const value = guessed ?? sample(target.kind, needed);
    const mark = known !== undefined ? 'configured' : guessed !== null ? 'from the cluster: check it' : `TO DO, or ${ABSENT} if there is none here`;
    return `      ${target.name}: ${flow(value)} # ${mark}. ${purpose(target)}`;
  });
  return [
    `# The targets that the runbooks of ${service} need. docs/reference/targets.md says what else each may say.`,
    '# One that only remedies use may be left out: those remedies cannot run then.',
    'services:',
    `  ${service}:`,
    '    targets:',
    ...lines,
    ...(settings.length === 0 ? [] : ['    settings:', ...settings.map(settingLine)]),
    '',
  ].join('\n');
}

/** A setting that differs between installations, as it is or by default. */
function settingLine({ name, about, value, configured }: SettingShown): string {
  return `      ${name}: ${flow(value)} # ${configured ? 'configured' : 'the default'}. ${about}`;
}

function purpose({ diagnoses, remedies }: NeededTarget): string {
  if (diagnoses.length > 0) return `Needed by ${diagnoses.join(', ')}`;
  return `Only for ${remedies.join(', ')}`;
}

/** The object of that name: exactly, or with something before it, as in `shop-frontend`. */
function fromCluster({ name, kind }: NeededTarget, seen: Seen): object | null {
  const fits = (one: string) => one === name || one.endsWith(`-${name}`);
  if (kind === 'workload') {
    const found = seen.workloads.find((one) => fits(one.name));
    return found === undefined ? null : { [found.kind]: found.name };
  }
  const claim = kind === 'volume' ? seen.claims.find((one) => fits(one) || one.includes(name)) : undefined;
  return claim === undefined ? null : { pvc: claim };
}

/** A target of a kind that is valid, with what has to be filled in. */
function sample(kind: TargetKind, needed: readonly NeededTarget[]): object {
  const first = (wanted: TargetKind) => needed.find((one) => one.kind === wanted)?.name ?? CHANGE;
  const workload = first('workload');
  const samples: Readonly<Record<TargetKind, object>> = {
    workload: { deployment: CHANGE },
    volume: { pvc: CHANGE },
    http: { workload, port: 8080, path: '/change-me' },
    postgres: { postgres: { workload, user: CHANGE, database: CHANGE } },
    redis: { redis: { workload } },
    secret: { secret: CHANGE, key: CHANGE, workloads: [workload] },
    configmap: { configmap: CHANGE },
    helm: { helm: CHANGE },
    bucket: { bucket: CHANGE },
    application: { application: ID },
    'data-source': { data_source: ID, application: ID, index: ID },
    repository: { repository: 'change/me' },
    workflow: { workflow: 'change-me.yml', repository: first('repository') },
    file: { file: 'change/me.json', repository: first('repository') },
    alarm: { alarm: 'ChangeMe' },
    'log-group': { log_group: '/change/me' },
    topic: { topic: 'arn:aws:sns:eu-west-1:000000000000:change-me' },
    rule: { rule: CHANGE },
    role: { role: CHANGE },
  };
  return samples[kind];
}

function flow(value: object | string | number): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}
