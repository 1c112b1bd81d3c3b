import type { KubernetesSimulator } from '../../../simulators/kubernetes/index.ts';
import type { Message } from '../../../simulators/slack/index.ts';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import type { Plan } from '../../../src/domain/change/plans.ts';
import { artifactKey, streamPrefix } from '../../../src/evidence/layout.ts';
import type { Cluster, KubeObject } from '../../../src/ports/cluster.ts';
import type { EvidenceStore } from '../../../src/ports/evidence.ts';
import { evidenceOutbox } from '../../../src/store/outbox.ts';
import { ADA, approve, messageWith, planOf, request, type Situation } from './remedies.ts';
import { readable, type World } from './world.ts';

/** A record as it lies in the evidence store, with the texts of its artifacts. */
export interface Stored {
  readonly seq: number;
  readonly type: string;
  readonly outcome: string;
  readonly actor: { readonly id: string };
  readonly data: Readonly<Record<string, unknown>>;
  /** Of the first artifact, empty without one. */
  readonly text: string;
  readonly texts: readonly string[];
}

/** What a diagnosis showed and stored. */
export interface Diagnosed {
  /** Everything the message says, and what its thread says of what was seen. */
  readonly board: string;
  /** Records by step. */
  readonly steps: Readonly<Record<string, Stored>>;
  readonly findings: readonly string[];
  readonly suggests: readonly string[];
  /** What was uploaded to the message's thread, by file name. */
  readonly files: Readonly<Record<string, string>>;
}

export function kubernetes(world: World): KubernetesSimulator {
  if (world.platforms === null) throw new Error('This world has no platforms.');
  return world.platforms.kubernetes;
}

/** The simulated cluster as somebody with all rights has it: what people do beside the bot. */
export function admin(world: World, namespace = 'aureus'): Cluster {
  return createCluster({ kubeconfig: { text: kubernetes(world).kubeconfig('admin') }, namespace });
}

/** Records of an incident or of `system`, oldest first, read from the evidence directory itself, or from the bucket where it lies in one. */
export async function stored(world: World, id: string, bucket?: EvidenceStore): Promise<readonly Stored[]> {
  const outbox = evidenceOutbox(world.tocsin.database);
  await until(async () => (await outbox.depth()).records === 0, 'the evidence is stored');
  const store = bucket ?? (await DirectoryStore.openReadOnly(world.evidence));
  const records: Stored[] = [];
  for await (const key of store.list(`${streamPrefix(id)}records/`)) {
    const record = JSON.parse(Buffer.from((await store.get(key)) ?? []).toString('utf8')) as Stored & { artifacts?: { sha256: string }[] };
    const bytes = await Promise.all((record.artifacts ?? []).map(({ sha256 }) => store.get(artifactKey(id, sha256))));
    const texts = bytes.map((one) => Buffer.from(one ?? []).toString('utf8'));
    records.push({ ...record, text: texts[0] ?? '', texts });
  }
  return records;
}

/** Everything below a prefix of the evidence. */
export async function keysUnder(store: EvidenceStore, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of store.list(prefix)) keys.push(key.slice(prefix.length));
  return keys;
}

/** The stored records of one plan and type. */
export async function about(world: World, plan: Plan, id: string, type: string): Promise<readonly Stored[]> {
  return (await stored(world, id)).filter((record) => record.type === type && record.data.plan === plan.id);
}

/** Who approved a plan, by the record of its intent; sorted. */
export async function approversOf(world: World, plan: Plan, id: string): Promise<readonly string[]> {
  const [intent] = await about(world, plan, id, 'change.intended');
  const approvers = (intent?.data.approvers ?? []) as readonly { readonly user: string }[];
  return approvers.map(({ user }) => user).toSorted();
}

/** Asks for a diagnosis in the room, as ada, and waits for all of it. */
export function diagnose(world: World, situation: Situation, runbook: string, bucket?: EvidenceStore): Promise<Diagnosed> {
  return diagnosed(world, situation, `/runbook diagnose ${runbook}`, runbook, bucket);
}

/** The same by any command that diagnoses a runbook. */
export async function diagnosed(world: World, { id, room }: Situation, command: string, runbook: string, bucket?: EvidenceStore): Promise<Diagnosed> {
  const before = (await stored(world, id, bucket)).length;
  await world.say(ADA, room, command);
  const records = (await stored(world, id, bucket)).slice(before);
  const finished = records.find(({ type }) => type === 'diagnosis.finished');
  const findings = (finished?.data.findings ?? []) as { says: string; suggests: string[] }[];
  const board = messageWith(world, room, 'Diagnosis: ', runbook);
  return {
    board: [board, ...underOf(world, room, board)].map(readable).join('\n'),
    steps: Object.fromEntries(records.filter(({ type }) => type === 'diagnosis.step').map((record) => [String(record.data.step), record])),
    findings: findings.map(({ says }) => says),
    suggests: findings.flatMap(({ suggests }) => suggests),
    files: filesUnder(world, room, board),
  };
}

function underOf(world: World, room: string, board: Message): readonly Message[] {
  return world.slack.messages(room, { thread_ts: board.ts }).filter(({ ts, text }) => ts !== board.ts && text.startsWith('Results of '));
}

function filesUnder(world: World, room: string, board: Message): Record<string, string> {
  const files = world.slack.messages(room, { thread_ts: board.ts }).flatMap((message) => message.files ?? []);
  return Object.fromEntries(files.map(({ id, name }) => [name, world.slack.file(id)?.content?.toString('utf8') ?? '']));
}

/** Asks for a remedy, has it approved by each of `approvers`, and waits until it has come to its end. */
export async function remedy(world: World, situation: Situation, text: string, ...approvers: readonly string[]): Promise<Plan> {
  const plan = await request(world, situation, text);
  for (const user of approvers.length === 0 ? [ADA] : approvers) await approve(world, user, situation, plan);
  return planOf(world, situation.id);
}

/** A row of a table in a message, by the patterns of its cells: aligned with the others, or with its cells below its name as on a phone. */
export function row(...cells: readonly string[]): RegExp {
  return new RegExp(cells.join(String.raw`(?: +|\\n +| · )(?:[A-Za-z][^:·\\]*: )?`));
}

/** The card of a plan as the room shows it now. */
export function cardText(world: World, { room }: Situation, plan: Plan): string {
  return readable(messageWith(world, room, plan.id, '"type":"header"'));
}

/** An object of the simulated cluster. */
export function object<T extends object>(world: World, resource: string, name: string, namespace = 'aureus'): T {
  const found = kubernetes(world).cluster.get(resource, namespace, name);
  if (found === undefined) throw new Error(`There is no ${resource}/${name} in ${namespace}.`);
  return found as unknown as T;
}

interface PodLike {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: {
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** The live pods of a component. */
export function pods(world: World, component: string, namespace = 'aureus'): readonly PodLike[] {
  const all = kubernetes(world).cluster.list('pods', namespace) as unknown as readonly PodLike[];
  return all.filter(({ metadata }) => metadata.labels?.component === component && metadata.deletionTimestamp === undefined);
}

export function readyPods(world: World, component: string): readonly PodLike[] {
  return pods(world, component).filter(({ status }) => status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'));
}

/** Waits for what the simulated world does in its own time. @throws Error with `what` after 60 s */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const patience = performance.now() + 60_000;
  while (performance.now() < patience) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`It did not come to pass that ${what}.`);
}

/** Takes a rule of Tocsin's Role away and returns what puts it back. `resource` as RBAC names it, such as `pods/log`. */
export async function forbid(world: World, resource: string): Promise<() => Promise<void>> {
  const cluster = admin(world);
  const ref = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', name: 'tocsin' } as const;
  const role = (await cluster.get(ref)) as (KubeObject & { rules: { resources: string[] }[] }) | null;
  if (role === null) throw new Error('The cluster has no Role tocsin.');
  const { rules } = role;
  const fewer = rules
    .map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) }))
    .filter((rule) => rule.resources.length > 0);
  await cluster.patch(ref, { type: 'merge', body: { rules: fewer } });
  return async () => void (await cluster.patch(ref, { type: 'merge', body: { rules } }));
}
