import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PolicyDocument } from '../../../simulators/aws/index.ts';
import { cloudtrailEvents } from '../../../src/actions/cloudtrail/events.ts';
import { CLOUDWATCH_ACTIONS } from '../../../src/actions/cloudwatch/index.ts';
import { DRIFT_ACTIONS } from '../../../src/actions/drift/index.ts';
import { EVENTS_ACTIONS } from '../../../src/actions/events/index.ts';
import { iamDataSourceAccess } from '../../../src/actions/iam/data-source-access.ts';
import { QBUSINESS_ACTIONS } from '../../../src/actions/qbusiness/index.ts';
import { S3_ACTIONS } from '../../../src/actions/s3/index.ts';
import type { Action, ActionContext, Permission, ReadAction } from '../../../src/ports/action.ts';
import { read, step } from '../helpers/context.ts';
import { preflightOf } from './preflight-of.ts';
import { startWorld, type World } from './world.ts';

const ACTIONS = [
  ...QBUSINESS_ACTIONS,
  cloudtrailEvents,
  ...DRIFT_ACTIONS,
  ...S3_ACTIONS,
  ...EVENTS_ACTIONS,
  ...CLOUDWATCH_ACTIONS,
  iamDataSourceAccess,
];
const KEY = 'audit/drift/guardrail-drift-2026-10-19T09:00:00Z.json';

/** What each action is tried with. */
const INPUTS: Readonly<Record<string, object>> = {
  'qbusiness.chat-controls': { target: 'oracle' },
  'qbusiness.apply-chat-controls': { target: 'oracle', source: { blockedPhrases: { blockedPhrases: ['one'] }, topicConfigurations: [] } },
  'qbusiness.sync-jobs': { target: 'knowledge' },
  'qbusiness.start-sync': { target: 'knowledge' },
  'qbusiness.stop-sync': { target: 'knowledge' },
  'qbusiness.schedule': { target: 'reports', schedule: 'off' },
  'qbusiness.connector': { target: 'knowledge', source: { type: 'S3' } },
  'qbusiness.update-connector': {
    target: 'knowledge',
    source: { type: 'S3', syncMode: 'CHANGE_LOG', connectionConfiguration: { repositoryEndpointMetadata: { BucketName: '${BUCKET}' } } },
  },
  'qbusiness.support-case': { target: 'knowledge' },
  'qbusiness.index': { target: 'knowledge' },
  'qbusiness.documents': { target: 'knowledge', keys: ['README.md'] },
  'qbusiness.probe': { target: 'oracle', question: 'What is it?' },
  'cloudtrail.events': { target: 'oracle' },
  'drift.evidence': { target: 'audit' },
  'drift.verified': { target: 'audit' },
  's3.retention': { target: 'audit' },
  's3.unauthorised': { target: 'documents', allowed: ['x'] },
  's3.sync-danger': { target: 'audit', synced: ['documents'] },
  's3.tag-objects': { target: 'audit', keys: [KEY], tags: { incident_id: 'INC-2026-0042' } },
  's3.restore-prefix': { target: 'documents', prefix: 'r/', data_source: 'knowledge', remove_later: true },
  's3.remove-objects': { target: 'documents', keys: ['r/deleted.md'] },
  'events.alert-status': { target: 'rule', topic: 'topic' },
  'events.alert-on-call': { target: 'rule', topic: 'topic' },
  'cloudwatch.alarms': { targets: ['alarm'] },
  'logs.errors': { target: 'log' },
  'iam.data-source-access': { target: 'knowledge' },
};
/** Those that ask AWS nothing, or something else besides. */
const NOT_HERE = ['drift.compare', 'drift.verdict', 'drift.live'];

let world: World;

function permissionsOf(action: Action, context: ActionContext): readonly Permission[] {
  const known = action as unknown as ReadAction<unknown>;
  return known.permissions?.(known.input.parse(INPUTS[action.name]), context) ?? [];
}

/** Exactly what the action says that it needs; the account is known by now. */
function policyOf(permissions: readonly Permission[]): PolicyDocument {
  const Statement = permissions.flatMap((one) =>
    one.provider === 'aws' ? [{ Effect: 'Allow' as const, Action: one.action, Resource: one.resource.replace(/:\*:/, ':123456789012:') }] : [],
  );
  return { Version: '2012-10-17', Statement };
}

const principal = (name: string) => name.replaceAll('.', '-');

beforeAll(async () => {
  const first = await startWorld();
  const policies = Object.fromEntries(
    ACTIONS.filter(({ name }) => !NOT_HERE.includes(name)).map((action) => [
      principal(action.name),
      policyOf(permissionsOf(action, first.context())),
    ]),
  );
  await first.stop();
  world = await startWorld({ policies });
});
afterAll(() => world.stop());

describe('what actions say that they need', () => {
  test('there is a case for every action', () => {
    expect(Object.keys(INPUTS).sort()).toEqual(
      ACTIONS.map(({ name }) => name)
        .filter((name) => !NOT_HERE.includes(name))
        .sort(),
    );
  });

  test.each(Object.keys(INPUTS))('%s can do its work with just that', async (name) => {
    const action = ACTIONS.find((one) => one.name === name);
    if (action === undefined) throw new Error('no action');
    const as = principal(name);
    const context = () => world.context({ as });
    const { vaultmesh } = world.aws;
    const bucket = vaultmesh.names.knowledgeBucket;
    // Something for a rollback to do; what runs is over.
    world.now += 3_600_000;
    vaultmesh.putObject(bucket, 'r/changed.md', 'then', new Date(world.now - 86_400_000));
    vaultmesh.putObject(bucket, 'r/changed.md', `now ${name}`);
    vaultmesh.putObject(bucket, 'r/deleted.md', 'later');
    if (name === 'qbusiness.stop-sync') vaultmesh.startSync();
    const from = world.aws.calls.length;
    const checks = await preflightOf(action, INPUTS[name], context());
    expect(
      checks.filter(({ state, what }) => state !== 'ok' && !what.includes('iam:SimulatePrincipalPolicy') && !what.includes('cannot fire')),
    ).toEqual([]);
    if (action.effect === 'read') await read(action, INPUTS[name], context());
    else {
      const tried = step(action, INPUTS[name]);
      const plan = await tried.plan(context());
      expect(plan.changes).toBe(true);
      await tried.apply(plan, context());
      if ((action as { revert?: unknown }).revert !== undefined) expect(await tried.revert(plan, context())).toMatchObject({ kind: 'reverted' });
    }
    const denied = world.aws.calls.slice(from).filter(({ allowed, action: what }) => !allowed && what !== 'iam:SimulatePrincipalPolicy');
    expect(denied.map(({ action: what, resource }) => `${what} on ${resource}`)).toEqual([]);
  });
});
