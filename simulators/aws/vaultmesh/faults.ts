import type { Account } from '../account.ts';
import { type PolicyDocument, type Statement, some } from '../services/iam/policy.ts';
import { NAMES } from './names.ts';
import type { VaultMesh } from './world.ts';

/** Something that can be wrong with the platform, and whether it is. */
export interface AwsFault {
  readonly id: string;
  readonly platform: string;
  readonly title: string;
  readonly active: boolean;
}

/** What people may break and mend, shaped like the platforms of the workspace's page. */
export interface AwsFaults {
  list(): readonly AwsFault[];
  /** Breaks (`on`) or mends. Rejects for an unknown fault. */
  set(id: string, on: boolean): Promise<void>;
}

interface Fault {
  readonly id: string;
  readonly title: string;
  /** Read off the account, so that whoever mends it there has mended it. */
  active(): boolean;
  start(): void;
  end(): void;
}

const MINUTE = 60_000;
/** Throttling is over by itself after a while. */
const THROTTLED_FOR = 10 * MINUTE;
const LARGE = 'archive/full-export.json';
const LARGE_SIZE = 180 * 1024 * 1024;

export function vaultMeshFaults(account: Account, vaultmesh: VaultMesh): AwsFaults {
  /** A sync that was started a while ago, and has had the time to fail. */
  const failSync = (): void => void vaultmesh.startSync({ at: account.now() - account.qbusiness.syncTakesMs / 2 });
  const managed = `arn:aws:iam::${account.id}:policy/${NAMES.rolePolicy}`;
  let taken: { readonly managed: PolicyDocument; readonly inline: PolicyDocument } | undefined;

  const faults: readonly Fault[] = [
    {
      id: 'guardrail-console-change',
      title: 'Somebody changed the chat controls in the console',
      active: () => vaultmesh.isChangedInConsole(),
      start() {
        vaultmesh.startConsoleChange();
        vaultmesh.recordDrift();
      },
      end: () => vaultmesh.endConsoleChange(),
    },
    {
      id: 'sync-access-denied',
      title: 'The sync fails: its role may not read the bucket any more',
      active() {
        const question = { action: 's3:GetObject', resource: `arn:aws:s3:::${NAMES.knowledgeBucket}/README.md` };
        const roleArn = account.iam.roleArn(NAMES.role);
        const policies = (account.iam.policiesOf(roleArn) ?? []).map(([, policy]) => policy);
        return account.decide({ arn: roleArn, policies }, question) !== 'allowed';
      },
      start() {
        const role = account.iam.roles.get(NAMES.role);
        const policy = account.iam.policies.get(managed);
        const inline = role?.inline.get(NAMES.inlinePolicy);
        if (role === undefined || policy === undefined || inline === undefined) return;
        taken = { managed: policy.document, inline };
        policy.document = without(policy.document, 's3:GetObject');
        role.inline.set(NAMES.inlinePolicy, without(inline, 's3:GetObject'));
        failSync();
      },
      end() {
        if (taken === undefined) return;
        account.iam.roles.get(NAMES.role)?.inline.set(NAMES.inlinePolicy, taken.inline);
        const policy = account.iam.policies.get(managed);
        if (policy !== undefined) policy.document = taken.managed;
      },
    },
    {
      id: 'sync-timeout',
      title: 'The sync fails: a document is too large and times out',
      active: () => vaultmesh.objects(NAMES.knowledgeBucket, LARGE).length > 0,
      start() {
        vaultmesh.putSparseObject(NAMES.knowledgeBucket, LARGE, LARGE_SIZE);
        failSync();
      },
      end: () => vaultmesh.deleteObject(NAMES.knowledgeBucket, LARGE),
    },
    {
      id: 'sync-throttled',
      title: 'The sync fails: Q Business throttles it for ten minutes',
      active: () => account.qbusiness.throttledUntil > account.now(),
      start() {
        account.qbusiness.throttledUntil = account.now() + THROTTLED_FOR;
        failSync();
      },
      end: () => void (account.qbusiness.throttledUntil = 0),
    },
    {
      id: 'sync-failed-alarm',
      title: `The alarm ${NAMES.alarm} fires`,
      active: () => account.cloudwatch.alarms.get(NAMES.alarm)?.state === 'ALARM',
      start: () => vaultmesh.holdAlarm(NAMES.alarm, 'ALARM'),
      end: () => vaultmesh.holdAlarm(NAMES.alarm, null),
    },
    {
      id: 'no-sync-alert',
      title: 'No sync has succeeded for more than 24 hours',
      active: () => newestSuccess(vaultmesh) < account.now() - 24 * 60 * MINUTE,
      start() {
        const { jobs } = vaultmesh.dataSource();
        const late = account.now() - 26 * 60 * MINUTE;
        for (const job of jobs.slice()) if (job.status === 'SUCCEEDED' && (job.end ?? 0) > late) jobs.splice(jobs.indexOf(job), 1);
        const delta = Math.round((account.now() - newestSuccess(vaultmesh)) / 1000);
        vaultmesh.publish('Q Business NoSync Alert', `No successful sync in >24h (Δ=${delta}s)`);
      },
      end: () => void vaultmesh.startSync({ at: account.now() - account.qbusiness.syncTakesMs }),
    },
  ];

  return {
    list: () => faults.map(({ id, title, active }) => ({ id, platform: 'VaultMesh', title, active: active() })),
    async set(id, on) {
      const fault = faults.find((one) => one.id === id);
      if (fault === undefined) throw new Error(`There is no fault ${id}.`);
      account.advance();
      if (fault.active() === on) return;
      if (on) fault.start();
      else fault.end();
      await account.settle();
    },
  };
}

function newestSuccess(vaultmesh: VaultMesh): number {
  return vaultmesh.syncJobs().find(({ status }) => status === 'SUCCEEDED')?.end ?? 0;
}

/** A policy that grants everything but this action. */
function without(policy: PolicyDocument, action: string): PolicyDocument {
  const Statement = some(policy.Statement).map(
    (statement): Statement =>
      statement.Action === undefined ? statement : { ...statement, Action: some(statement.Action).filter((one) => one !== action) },
  );
  return { ...policy, Statement };
}
