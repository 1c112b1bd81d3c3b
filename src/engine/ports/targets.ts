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

/** A ConfigMap. */
const configMap = z.strictObject({ configmap: name, ...place });

/** A bucket to archive into. */
const bucket = z.strictObject({ bucket: z.string().min(3).max(63), prefix: z.string().default(''), region: z.string().optional() });

export const targetSchema = z.union([workload, volume, http, postgres, redis, secret, configMap, bucket], {
  error:
    'expected a target: { deployment | statefulset | daemonset: NAME }, { pvc: NAME }, { url: ... }, { workload: TARGET, port: N }, { postgres: ... }, { redis: ... }, { secret: NAME, key: KEY }, { configmap: NAME } or { bucket: NAME }',
});

export type Target = z.infer<typeof targetSchema>;
export type WorkloadTarget = z.infer<typeof workload>;
export type VolumeTarget = z.infer<typeof volume>;
export type HttpTarget = z.infer<typeof http>;
export type PostgresTarget = z.infer<typeof postgres>;
export type RedisTarget = z.infer<typeof redis>;
export type SecretTarget = z.infer<typeof secret>;
export type ConfigMapTarget = z.infer<typeof configMap>;
export type BucketTarget = z.infer<typeof bucket>;

/** Each kind of target by its name, as actions ask for it. */
export interface TargetKinds {
  readonly workload: WorkloadTarget;
  readonly volume: VolumeTarget;
  readonly http: HttpTarget;
  readonly postgres: PostgresTarget;
  readonly redis: RedisTarget;
  readonly secret: SecretTarget;
  readonly configmap: ConfigMapTarget;
  readonly bucket: BucketTarget;
}
export type TargetKind = keyof TargetKinds;

/** Which kind a configured target is. */
export function kindOf(target: Target): TargetKind {
  if ('deployment' in target || 'statefulset' in target || 'daemonset' in target) return 'workload';
  if ('pvc' in target) return 'volume';
  if ('url' in target || 'port' in target) return 'http';
  if ('postgres' in target) return 'postgres';
  if ('redis' in target) return 'redis';
  if ('secret' in target) return 'secret';
  return 'configmap' in target ? 'configmap' : 'bucket';
}
