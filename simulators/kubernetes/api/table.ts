import type {
  Autoscaler,
  Claim,
  ConfigMap,
  CronJob,
  Deployment,
  DisruptionBudget,
  Job,
  KubeEvent,
  KubeObject,
  Pod,
  ReplicaSet,
  Secret,
  Service,
  StatefulSet,
  StorageClass,
} from '../kinds.ts';
import { humanDuration } from './duration.ts';
import { selectorText } from './selectors.ts';

type Cell = string | number;

interface Column<T> {
  readonly name: string;
  readonly type?: 'integer' | 'string';
  /** Shown only by `-o wide`. */
  readonly wide?: boolean;
  readonly cell: (object: T, now: number) => Cell;
}

export const TABLE = 'as=Table';

const age = (time: string | undefined, now: number): string => (time === undefined ? '<unknown>' : humanDuration(now - Date.parse(time)));
const AGE: Column<KubeObject> = { name: 'Age', cell: (object, now) => age(object.metadata.creationTimestamp, now) };
const images = (object: { spec: { template: { spec: { containers: { name: string; image: string }[] } } } }): { names: string; images: string } => ({
  names: object.spec.template.spec.containers.map((container) => container.name).join(','),
  images: object.spec.template.spec.containers.map((container) => container.image).join(','),
});

function podReason(pod: Pod): string {
  const statuses = pod.status.containerStatuses ?? [];
  let reason = pod.status.reason ?? pod.status.phase;
  for (const status of statuses.toReversed()) {
    if (status.state.waiting?.reason !== undefined) reason = status.state.waiting.reason;
    else if (status.state.terminated !== undefined) reason = status.state.terminated.reason;
  }
  if (reason === 'Completed' && statuses.some((status) => status.ready && status.state.running)) reason = 'Running';
  if (pod.metadata.deletionTimestamp !== undefined) reason = 'Terminating';
  return reason;
}

function restarts(pod: Pod, now: number): Cell {
  const statuses = pod.status.containerStatuses ?? [];
  const count = statuses.reduce((sum, status) => sum + status.restartCount, 0);
  const last =
    statuses
      .map((status) => status.lastState.terminated?.finishedAt ?? '')
      .sort()
      .at(-1) ?? '';
  return count > 0 && last !== '' ? `${count} (${age(last, now)} ago)` : String(count);
}

const POD: Column<Pod>[] = [
  {
    name: 'Ready',
    cell: (pod) => `${(pod.status.containerStatuses ?? []).filter((status) => status.ready).length}/${pod.spec.containers.length}`,
  },
  { name: 'Status', cell: podReason },
  { name: 'Restarts', cell: restarts },
  AGE,
  { name: 'IP', wide: true, cell: (pod) => pod.status.podIP ?? '<none>' },
  { name: 'Node', wide: true, cell: (pod) => pod.spec.nodeName ?? '<none>' },
  { name: 'Nominated Node', wide: true, cell: () => '<none>' },
  { name: 'Readiness Gates', wide: true, cell: () => '<none>' },
];

const DEPLOYMENT: Column<Deployment>[] = [
  { name: 'Ready', cell: (object) => `${object.status?.readyReplicas ?? 0}/${object.spec.replicas}` },
  { name: 'Up-to-date', type: 'integer', cell: (object) => object.status?.updatedReplicas ?? 0 },
  { name: 'Available', type: 'integer', cell: (object) => object.status?.availableReplicas ?? 0 },
  AGE,
  { name: 'Containers', wide: true, cell: (object) => images(object).names },
  { name: 'Images', wide: true, cell: (object) => images(object).images },
  { name: 'Selector', wide: true, cell: (object) => selectorText(object.spec.selector) },
];

const REPLICA_SET: Column<ReplicaSet>[] = [
  { name: 'Desired', type: 'integer', cell: (object) => object.spec.replicas },
  { name: 'Current', type: 'integer', cell: (object) => object.status?.replicas ?? 0 },
  { name: 'Ready', type: 'integer', cell: (object) => object.status?.readyReplicas ?? 0 },
  AGE,
  { name: 'Containers', wide: true, cell: (object) => images(object).names },
  { name: 'Images', wide: true, cell: (object) => images(object).images },
  { name: 'Selector', wide: true, cell: (object) => selectorText(object.spec.selector) },
];

const STATEFUL_SET: Column<StatefulSet>[] = [
  { name: 'Ready', cell: (object) => `${object.status?.readyReplicas ?? 0}/${object.spec.replicas}` },
  AGE,
  { name: 'Containers', wide: true, cell: (object) => images(object).names },
  { name: 'Images', wide: true, cell: (object) => images(object).images },
];

const MODES: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

const CLAIM: Column<Claim>[] = [
  { name: 'Status', cell: (object) => (object.metadata.deletionTimestamp === undefined ? object.status.phase : 'Terminating') },
  { name: 'Volume', cell: (object) => object.spec.volumeName ?? '' },
  { name: 'Capacity', cell: (object) => object.status.capacity?.['storage'] ?? '' },
  { name: 'Access Modes', cell: (object) => (object.status.accessModes ?? []).map((mode) => MODES[mode] ?? mode).join(',') },
  { name: 'StorageClass', cell: (object) => object.spec.storageClassName ?? '' },
  { name: 'VolumeAttributesClass', cell: () => '<unset>' },
  AGE,
  { name: 'VolumeMode', wide: true, cell: (object) => object.spec.volumeMode ?? '' },
];

const EVENT: Column<KubeEvent>[] = [
  { name: 'Last Seen', cell: (object, now) => age(object.lastTimestamp, now) },
  { name: 'Type', cell: (object) => object.type },
  { name: 'Reason', cell: (object) => object.reason },
  { name: 'Object', cell: (object) => `${object.involvedObject.kind.toLowerCase()}/${object.involvedObject.name}` },
  { name: 'Subobject', wide: true, cell: (object) => object.involvedObject.fieldPath ?? '' },
  { name: 'Source', wide: true, cell: (object) => [object.source.component, object.source.host].filter(Boolean).join(', ') },
  { name: 'Message', cell: (object) => object.message.trim() },
  { name: 'First Seen', wide: true, cell: (object, now) => age(object.firstTimestamp, now) },
  { name: 'Count', wide: true, type: 'integer', cell: (object) => object.count },
  { name: 'Name', wide: true, cell: (object) => object.metadata.name },
];

const SERVICE: Column<Service>[] = [
  { name: 'Type', cell: (object) => object.spec.type ?? 'ClusterIP' },
  { name: 'Cluster-IP', cell: (object) => object.spec.clusterIP ?? '<none>' },
  { name: 'External-IP', cell: (object) => (object.spec.type === 'LoadBalancer' ? '<pending>' : '<none>') },
  {
    name: 'Port(s)',
    cell: (object) =>
      (object.spec.ports ?? [])
        .map((port) => `${port.port}${port.nodePort === undefined ? '' : `:${port.nodePort}`}/${port.protocol ?? 'TCP'}`)
        .join(','),
  },
  AGE,
  { name: 'Selector', wide: true, cell: (object) => selectorText({ matchLabels: object.spec.selector ?? {} }) || '<none>' },
];

function targets(object: Autoscaler): string {
  const current = (object.status?.currentMetrics ?? []) as { resource?: { name: string; current?: { averageUtilization?: number } } }[];
  const parts = (object.spec.metrics ?? []).map(({ resource }) => {
    const found = current.find((metric) => metric.resource?.name === resource?.name)?.resource?.current?.averageUtilization;
    return `${resource?.name}: ${found === undefined ? '<unknown>' : `${found}%`}/${resource?.target.averageUtilization}%`;
  });
  return parts.length === 0 ? '<none>' : parts.join(', ');
}

const AUTOSCALER: Column<Autoscaler>[] = [
  { name: 'Reference', cell: (object) => `${object.spec.scaleTargetRef.kind}/${object.spec.scaleTargetRef.name}` },
  { name: 'Targets', cell: targets },
  { name: 'MinPods', cell: (object) => String(object.spec.minReplicas ?? '<unset>') },
  { name: 'MaxPods', type: 'integer', cell: (object) => object.spec.maxReplicas },
  { name: 'Replicas', type: 'integer', cell: (object) => object.status?.currentReplicas ?? 0 },
  AGE,
];

interface Node extends KubeObject {
  status: { conditions?: { type: string; status: string }[]; nodeInfo?: { kubeletVersion?: string } };
}

const NODE: Column<Node>[] = [
  {
    name: 'Status',
    cell: (object) => ((object.status.conditions ?? []).some((each) => each.type === 'Ready' && each.status === 'True') ? 'Ready' : 'NotReady'),
  },
  { name: 'Roles', cell: () => '<none>' },
  AGE,
  { name: 'Version', cell: (object) => object.status.nodeInfo?.kubeletVersion ?? '' },
];

const BUDGET: Column<DisruptionBudget>[] = [
  { name: 'Min Available', cell: (object) => String(object.spec.minAvailable ?? 'N/A') },
  { name: 'Max Unavailable', cell: (object) => String(object.spec.maxUnavailable ?? 'N/A') },
  { name: 'Allowed Disruptions', type: 'integer', cell: (object) => object.status?.disruptionsAllowed ?? 0 },
  AGE,
];

const JOB: Column<Job>[] = [
  {
    name: 'Status',
    cell: (object) =>
      (object.status?.conditions ?? []).find((each) => each.status === 'True' && each.type !== 'SuccessCriteriaMet')?.type ?? 'Running',
  },
  { name: 'Completions', cell: (object) => `${object.status?.succeeded ?? 0}/${object.spec.completions ?? 1}` },
  {
    name: 'Duration',
    cell: (object, now) =>
      object.status?.startTime === undefined
        ? ''
        : humanDuration(
            (object.status.completionTime === undefined ? now : Date.parse(object.status.completionTime)) - Date.parse(object.status.startTime),
          ),
  },
  AGE,
];

const CRON_JOB: Column<CronJob>[] = [
  { name: 'Schedule', cell: (object) => object.spec.schedule },
  { name: 'Timezone', cell: (object) => object.spec.timeZone ?? '<none>' },
  { name: 'Suspend', cell: (object) => (object.spec.suspend === true ? 'True' : 'False') },
  { name: 'Active', type: 'integer', cell: (object) => object.status?.active?.length ?? 0 },
  {
    name: 'Last Schedule',
    cell: (object, now) => (object.status?.lastScheduleTime === undefined ? '<none>' : age(object.status.lastScheduleTime, now)),
  },
  AGE,
];

const NAME: Column<KubeObject> = { name: 'Name', cell: (object) => object.metadata.name };

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}

const COLUMNS: Readonly<Record<string, Column<never>[]>> = {
  Pod: [NAME, ...POD] as Column<never>[],
  Deployment: [NAME, ...DEPLOYMENT] as Column<never>[],
  ReplicaSet: [NAME, ...REPLICA_SET] as Column<never>[],
  StatefulSet: [NAME, ...STATEFUL_SET] as Column<never>[],
  PersistentVolumeClaim: [NAME, ...CLAIM] as Column<never>[],
  Event: EVENT,
  Service: [NAME, ...SERVICE] as Column<never>[],
  HorizontalPodAutoscaler: [NAME, ...AUTOSCALER] as Column<never>[],
  Node: [NAME, ...NODE] as Column<never>[],
  PodDisruptionBudget: [NAME, ...BUDGET] as Column<never>[],
  Job: [NAME, ...JOB] as Column<never>[],
  CronJob: [NAME, ...CRON_JOB] as Column<never>[],
  ConfigMap: [NAME, { name: 'Data', type: 'integer', cell: (object: ConfigMap) => Object.keys(object.data ?? {}).length }, AGE] as Column<never>[],
  Secret: [
    NAME,
    { name: 'Type', cell: (object: Secret) => object.type ?? '' },
    { name: 'Data', type: 'integer', cell: (object: Secret) => Object.keys(object.data ?? {}).length },
    AGE,
  ] as Column<never>[],
  Namespace: [NAME, { name: 'Status', cell: (object: Pod) => object.status.phase }, AGE] as Column<never>[],
  ServiceAccount: [NAME, { name: 'Secrets', type: 'integer', cell: () => 0 }, AGE] as Column<never>[],
  StorageClass: [
    NAME,
    { name: 'Provisioner', cell: (object: StorageClass) => object.provisioner },
    { name: 'ReclaimPolicy', cell: (object: KubeObject) => textOf(object['reclaimPolicy'], 'Delete') },
    { name: 'VolumeBindingMode', cell: (object: KubeObject) => textOf(object['volumeBindingMode'], 'Immediate') },
    { name: 'AllowVolumeExpansion', cell: (object: StorageClass) => String(object.allowVolumeExpansion ?? false) },
    AGE,
  ] as Column<never>[],
  ControllerRevision: [
    NAME,
    {
      name: 'Controller',
      cell: (object: KubeObject) =>
        (object.metadata.ownerReferences ?? []).map((owner) => `${owner.kind.toLowerCase()}.apps/${owner.name}`)[0] ?? '<none>',
    },
    { name: 'Revision', type: 'integer', cell: (object: KubeObject) => Number(object['revision'] ?? 0) },
    AGE,
  ] as Column<never>[],
};

const DEFAULT: Column<never>[] = [NAME, { name: 'Created At', cell: (object: KubeObject) => object.metadata.creationTimestamp }] as Column<never>[];

/** How much of each object a table's rows carry: the query's `includeObject`. */
export type IncludeObject = 'Metadata' | 'Object' | 'None';

/** The server's own picture of objects, which `kubectl get` prints (meta.k8s.io/v1 Table). */
export function table(
  kind: string,
  objects: readonly KubeObject[],
  options: { now: number; resourceVersion: string; include: IncludeObject; continueToken?: string; remaining?: number; header?: boolean },
): object {
  const columns = COLUMNS[kind] ?? DEFAULT;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {
      resourceVersion: options.resourceVersion,
      ...(options.continueToken === undefined ? {} : { continue: options.continueToken, remainingItemCount: options.remaining }),
    },
    columnDefinitions:
      options.header === false
        ? null
        : columns.map((column) => ({
            name: column.name,
            type: column.type ?? 'string',
            format: column.name === 'Name' ? 'name' : '',
            description: column.name,
            priority: column.wide === true ? 1 : 0,
          })),
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.cell(object as never, options.now)),
      ...(options.include === 'None' ? {} : { object: options.include === 'Object' ? object : partial(object) }),
    })),
  };
}

function partial(object: KubeObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
