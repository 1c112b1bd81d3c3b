import { ACCOUNT_ID, ADMIN, type AwsSimulator, type PolicyDocument, startAwsSimulator } from '../../../simulators/aws/index.ts';
import { closeAws, openAws } from '../../../src/adapters/aws/index.ts';
import { UserError } from '../../../src/domain/errors.ts';
import type { ActionContext } from '../../../src/ports/action.ts';
import type { Aws } from '../../../src/ports/aws.ts';
import { kindOf, type Target, type TargetKind, type TargetKinds, targetSchema } from '../../../src/ports/targets.ts';
import { sameThread } from '../../helpers/threads.ts';

export const TOCSIN_ROLE = 'tocsin';
const APPLICATION = '00000000-0000-4000-8000-000000000001';
const INDEX = '00000000-0000-4000-8000-000000000002';

/** The platform as a configuration would name it. */
const TARGETS = {
  oracle: {
    application: APPLICATION,
    index: INDEX,
    pipelines: [`arn:aws:iam::${ACCOUNT_ID}:role/vmq-oracle-*`],
  },
  knowledge: {
    data_source: '00000000-0000-4000-8000-000000000003',
    application: APPLICATION,
    index: INDEX,
    bucket: 'documents',
    connector: 'connector-file',
    role: 'reader',
  },
  reports: {
    data_source: '00000000-0000-4000-8000-000000000004',
    application: APPLICATION,
    index: INDEX,
    bucket: 'reports-bucket',
  },
  gone: { application: '00000000-0000-4000-8000-0000000000ff' },
  audit: { bucket: 'vaultmesh-audit' },
  documents: { bucket: 'vaultmesh-knowledge-base' },
  'reports-bucket': { bucket: 'vaultmesh-reports' },
  'no-bucket': { bucket: 'vaultmesh-nowhere' },
  alarm: { alarm: 'QBusinessSyncFailed' },
  'pipeline-alarm': { alarm: 'vaultmesh-qbusiness-Failed' },
  'no-alarm': { alarm: 'NoSuchAlarm' },
  log: { log_group: '' },
  'no-log': { log_group: '/aws/nothing' },
  topic: { topic: `arn:aws:sns:eu-west-1:${ACCOUNT_ID}:vaultmesh-qbusiness-alarms` },
  rule: { rule: 'guardrail-changes' },
  reader: { role: 'vaultmesh-qbusiness-datasource' },
  'no-role': { role: 'nobody' },
};

export interface World {
  readonly aws: AwsSimulator;
  /** The account's clock, ms; moved by hand. */
  now: number;
  /** What a step works with; `as` is one of the principals. */
  context(options?: {
    readonly as?: string;
    readonly incident?: string;
    readonly wrap?: (aws: Aws) => Aws;
  }): ActionContext & { readonly said: string[] };
  stop(): Promise<void>;
}

/** Who may call: an administrator, Tocsin by a role, and somebody who may nothing but what a test says. */
export async function startWorld(
  options: { readonly policies?: Readonly<Record<string, PolicyDocument>>; readonly syncTakesMs?: number } = {},
): Promise<World> {
  const extra = Object.entries({ nobody: { Version: '2012-10-17' as const, Statement: [] }, ...options.policies }).map(([name, policy], index) => [
    name,
    {
      accessKeyId: `AKIASIMULATED0000${String(index).padStart(3, '0')}`,
      secretAccessKey: `secret of ${name}`,
      arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${name}/session`,
      policy,
    },
  ]);
  const tocsin = {
    accessKeyId: 'ASIASIMULATEDTOCSIN0',
    secretAccessKey: 'secret of tocsin',
    sessionToken: 'token of tocsin',
    arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${TOCSIN_ROLE}/bot`,
    policy: 'admin',
  } as const;
  const world = { now: Date.parse('2026-10-19T12:00:00Z') };
  const aws = await startAwsSimulator({
    now: () => world.now,
    principals: { tocsin, admin: ADMIN, ...Object.fromEntries(extra) },
    ...(options.syncTakesMs === undefined ? {} : { syncTakesMs: options.syncTakesMs }),
  });
  const configured = { ...TARGETS, log: { log_group: aws.vaultmesh.names.logGroup } };
  const targets = new Map<string, Target>(Object.entries(configured).map(([name, target]) => [name, targetSchema.parse(target)]));
  return Object.assign(world, {
    aws,
    context({ as = 'tocsin', incident, wrap = (given: Aws) => given }: Parameters<World['context']>[0] = {}) {
      const said: string[] = [];
      const { signal } = new AbortController();
      return {
        service: 'vaultmesh',
        incident: incident ?? null,
        newerThan: null,
        mendedAt: null,
        incidents: () => Promise.resolve([]),
        entry: () => Promise.resolve(null),
        target<K extends TargetKind>(name: string, kind: K): TargetKinds[K] {
          const target = targets.get(name);
          if (target === undefined) throw new UserError('unknown-target', `There is no target ${name}.`);
          if (kindOf(target) !== kind) throw new UserError('wrong-target', `The target ${name} is no ${kind}.`);
          return target as TargetKinds[K];
        },
        targetNames: (kind: TargetKind) => [...targets].filter(([, target]) => kindOf(target) === kind).map(([name]) => name),
        aws: (region: string | undefined) =>
          wrap(openAws({ region: region ?? aws.region, environment: aws.environment(as), service: 'vaultmesh', signal })),
        cluster: absent,
        github: absent,
        http: absent,
        secret: absent,
        bucket: absent,
        now: () => Promise.resolve(world.now),
        signal,
        say: (text: string) => void said.push(text),
        hide: () => undefined,
        threads: sameThread,
        said,
      };
    },
    async stop() {
      closeAws();
      await aws.stop();
    },
  });
}

function absent(): never {
  throw new Error('Nothing of the kind in this test.');
}

/** AWS that does what it is asked and then loses the answer, once for each of these operations. */
export function losingAnswers(lost: readonly string[], error: () => Error): (aws: Aws) => Aws {
  const left = new Set(lost);
  const wrapService = <T extends object>(service: T): T =>
    new Proxy(service, {
      get(target, name: string) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function' || !left.has(name)) return method;
        return async (...given: unknown[]) => {
          const answer: unknown = await Reflect.apply(method, target, given);
          if (!left.delete(name)) return answer;
          throw error();
        };
      },
    });
  return (aws) => ({ ...aws, qbusiness: wrapService(aws.qbusiness), s3: wrapService(aws.s3), events: wrapService(aws.events) });
}
