import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'expected a Kubernetes name: lower-case letters, digits, dashes and dots');
const port = z.union([z.number().int().min(1).max(65_535), z.string().min(1)]);
/** The name of another target of the same service. */
const targetName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected the name of a target: lower-case letters, digits and dashes');
const environmentName = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'expected the name of an environment variable');

const place = { namespace: name.optional(), context: z.string().min(1).optional() };
const pods = { selector: z.string().min(1).optional(), container: name.optional(), ...place };

/** A workload: what owns pods. `selector` unset: the workload's own; `container` unset: its first. */
const workload = z.union([
  z.strictObject({ deployment: name, ...pods }),
  z.strictObject({ statefulset: name, ...pods }),
  z.strictObject({ daemonset: name, ...pods }),
]);

/** A persistent volume claim, and where a workload mounts it. */
const volume = z.strictObject({ pvc: name, workload: targetName.optional(), path: z.string().startsWith('/').optional(), ...place });

/** HTTP: `url` is asked by the bot; a `workload`'s port through the API server's proxy, or `from` inside of a container of another workload. */
const http = z.union([
  z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    token_env: environmentName.optional(),
    csrf_cookie: z.string().optional(),
    from: targetName.optional(),
  }),
  z.strictObject({
    workload: targetName,
    port,
    path: z.string().startsWith('/').default('/'),
    scheme: z.enum(['http', 'https']).default('http'),
    token_env: environmentName.optional(),
    csrf_cookie: z.string().optional(),
    inside: z.boolean().default(false),
  }),
]);

/** A PostgreSQL database asked by psql inside of its own container (`workload`), or over a connection (`url_env` names the variable). */
const postgres = z.strictObject({
  postgres: z.union([
    z.strictObject({ workload: targetName, user: z.string().min(1), database: z.string().min(1) }),
    z.strictObject({ url_env: environmentName }),
  ]),
});

/** A Redis asked by redis-cli inside of its own container; the password comes from a Secret and goes in by stdin. */
const redis = z.strictObject({
  redis: z.strictObject({
    workload: targetName,
    database: z.number().int().min(0).max(15).default(0),
    password: z.strictObject({ secret: name, key: z.string().min(1) }).optional(),
  }),
});

/** One key of a Secret, and the workloads that read it at start. */
const secret = z.strictObject({ secret: name, key: z.string().min(1), workloads: z.array(targetName).default([]), ...place });

/** A ConfigMap; `optional` where it is there at times only. */
const configMap = z.strictObject({ configmap: name, optional: z.boolean().optional(), ...place });

/** A Helm release, in the namespace that Helm keeps its history in. */
const helm = z.strictObject({ helm: name, ...place });

/** An S3 bucket, or what of it begins with `prefix`. */
const bucket = z.strictObject({
  bucket: z.string().min(3).max(63),
  prefix: z.string().default(''),
  /** What keys may begin with; anything else was put there by nobody who may. */
  allowed: z.array(z.string().min(1)).min(1).max(100).optional(),
  region: z.string().optional(),
  /** What its policy demands of every write. */
  encryption: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse']).optional(),
  kms_key_id: z.string().min(1).max(2048).optional(),
});

const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected an AWS region such as eu-west-1')
  .optional();
const qbusinessId = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9-]{35}$/, 'expected an id of Amazon Q Business: 36 letters, digits and dashes');

/** An Amazon Q Business application. */
const application = z.strictObject({
  application: qbusinessId,
  index: qbusinessId.optional(),
  /** The file that its chat controls come from. */
  controls: targetName.optional(),
  /** A harmless question that it has to answer. */
  probe: z.string().min(1).max(500).optional(),
  /** Who changes its chat controls by a pipeline: ARNs, `*` stands for anything. */
  pipelines: z.array(z.string().startsWith('arn:')).default([]),
  region,
});

/** A data source of an Amazon Q Business index. */
const dataSource = z.strictObject({
  data_source: qbusinessId,
  application: qbusinessId,
  index: qbusinessId,
  /** The bucket that it reads. */
  bucket: targetName.optional(),
  /** The file that its connector's configuration comes from. */
  connector: targetName.optional(),
  /** The role that it reads with. */
  role: targetName.optional(),
  region,
});

/** A GitHub repository. `branch` unset: its default branch. */
const repository = z.strictObject({
  repository: z.string().regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/, 'expected owner/name'),
  branch: z.string().min(1).max(250).optional(),
});

/** A workflow of GitHub Actions, by the name of its file. */
const workflow = z.strictObject({
  workflow: z.string().regex(/^[A-Za-z0-9._-]+\.ya?ml$/, 'expected the name of a workflow file such as guardrail-drift.yml'),
  repository: targetName,
});

/** A file of a GitHub repository. */
const file = z.strictObject({ file: z.string().min(1).max(500), repository: targetName });

/** A CloudWatch alarm. */
const alarm = z.strictObject({ alarm: z.string().min(1).max(255), region });

/** A log group of CloudWatch Logs. */
const logGroup = z.strictObject({ log_group: z.string().regex(/^[A-Za-z0-9._/#-]{1,512}$/, 'expected the name of a log group'), region });

/** An SNS topic. */
const topic = z.strictObject({
  topic: z.string().regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/, 'expected the ARN of an SNS topic'),
});

/** An EventBridge rule of the default event bus. */
const rule = z.strictObject({ rule: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected the name of a rule'), region });

/** An IAM role. */
const role = z.strictObject({ role: z.string().regex(/^[A-Za-z0-9+=,.@_-]{1,64}$/, 'expected the name of a role, without its path') });

/** What this installation does not have: what needs it is left out, and said to be. */
const absent = z.strictObject({ absent: z.literal(true) });

export const targetSchema = z.union(
  [
    workload,
    volume,
    http,
    postgres,
    redis,
    secret,
    configMap,
    helm,
    bucket,
    dataSource,
    application,
    workflow,
    file,
    repository,
    alarm,
    logGroup,
    topic,
    rule,
    role,
    absent,
  ],
  {
    error:
      'expected a target: { deployment | statefulset | daemonset: NAME }, { pvc: NAME }, { url: ... }, { workload: TARGET, port: N }, { postgres: ... }, { redis: ... }, { secret: NAME, key: KEY }, { configmap: NAME }, { helm: NAME }, { bucket: NAME }, { application: ID }, { data_source: ID, application: ID, index: ID }, { repository: OWNER/NAME }, { workflow: FILE, repository: TARGET }, { file: PATH, repository: TARGET }, { alarm: NAME }, { log_group: NAME }, { topic: ARN }, { rule: NAME }, { role: NAME } or { absent: true }',
  },
);

export type Target = z.infer<typeof targetSchema>;
export type WorkloadTarget = z.infer<typeof workload>;
export type VolumeTarget = z.infer<typeof volume>;
export type HttpTarget = z.infer<typeof http>;
export type PostgresTarget = z.infer<typeof postgres>;
export type RedisTarget = z.infer<typeof redis>;
export type SecretTarget = z.infer<typeof secret>;
export type ConfigMapTarget = z.infer<typeof configMap>;
export type HelmTarget = z.infer<typeof helm>;
export type BucketTarget = z.infer<typeof bucket>;
export type ApplicationTarget = z.infer<typeof application>;
export type DataSourceTarget = z.infer<typeof dataSource>;
export type RepositoryTarget = z.infer<typeof repository>;
export type WorkflowTarget = z.infer<typeof workflow>;
export type FileTarget = z.infer<typeof file>;
export type AlarmTarget = z.infer<typeof alarm>;
export type LogGroupTarget = z.infer<typeof logGroup>;
export type TopicTarget = z.infer<typeof topic>;
export type RuleTarget = z.infer<typeof rule>;
export type RoleTarget = z.infer<typeof role>;

/** Whether a target is a repository itself, and not something in one. */
export function isRepository(target: Target | undefined): target is RepositoryTarget {
  return target !== undefined && 'repository' in target && !('workflow' in target) && !('file' in target);
}

/** Each kind of target by its name, as actions ask for it. */
export interface TargetKinds {
  readonly workload: WorkloadTarget;
  readonly volume: VolumeTarget;
  readonly http: HttpTarget;
  readonly postgres: PostgresTarget;
  readonly redis: RedisTarget;
  readonly secret: SecretTarget;
  readonly configmap: ConfigMapTarget;
  readonly helm: HelmTarget;
  readonly bucket: BucketTarget;
  readonly application: ApplicationTarget;
  readonly 'data-source': DataSourceTarget;
  readonly repository: RepositoryTarget;
  readonly workflow: WorkflowTarget;
  readonly file: FileTarget;
  readonly alarm: AlarmTarget;
  readonly 'log-group': LogGroupTarget;
  readonly topic: TopicTarget;
  readonly rule: RuleTarget;
  readonly role: RoleTarget;
}
export type TargetKind = keyof TargetKinds;

/** The key by which a kind is known, the more particular ones first: a data source names its application too. */
const KNOWN_BY: readonly (readonly [string, TargetKind | 'absent'])[] = [
  ['absent', 'absent'],
  ['deployment', 'workload'],
  ['statefulset', 'workload'],
  ['daemonset', 'workload'],
  ['pvc', 'volume'],
  ['url', 'http'],
  ['port', 'http'],
  ['postgres', 'postgres'],
  ['redis', 'redis'],
  ['secret', 'secret'],
  ['configmap', 'configmap'],
  ['helm', 'helm'],
  ['data_source', 'data-source'],
  ['application', 'application'],
  ['workflow', 'workflow'],
  ['file', 'file'],
  ['repository', 'repository'],
  ['alarm', 'alarm'],
  ['log_group', 'log-group'],
  ['topic', 'topic'],
  ['rule', 'rule'],
  ['role', 'role'],
];

/** Which kind a configured target is. */
export function kindOf(target: Target): TargetKind | 'absent' {
  return KNOWN_BY.find(([key]) => key in target)?.[1] ?? 'bucket';
}
