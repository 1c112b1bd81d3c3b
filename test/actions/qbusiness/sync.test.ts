import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { qbusinessSchedule } from '../../../src/actions/qbusiness/schedule.ts';
import { qbusinessDocuments, qbusinessIndex } from '../../../src/actions/qbusiness/search-index.ts';
import { qbusinessStartSync } from '../../../src/actions/qbusiness/start-sync.ts';
import { qbusinessStopSync } from '../../../src/actions/qbusiness/stop-sync.ts';
import { causeOf } from '../../../src/actions/qbusiness/sync-cause.ts';
import { qbusinessSyncJobs } from '../../../src/actions/qbusiness/sync-jobs.ts';
import { AwsError } from '../../../src/ports/aws.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { losingAnswers, startWorld, type World } from '../aws/world.ts';
import { read, step } from '../helpers/context.ts';

let world: World;
const MINUTE = 60_000;
const KNOWLEDGE = { target: 'knowledge' };

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
/** Whatever ran before is over. */
beforeEach(async () => {
  for (const { id, active } of world.aws.faults.list()) if (active) await world.aws.faults.set(id, false);
  world.now += 30 * MINUTE;
});

const status = async (input: object = KNOWLEDGE) => (await read(qbusinessSyncJobs, input, world.context())).output;
const jobs = () => world.aws.vaultmesh.syncJobs();
const lost = (...names: string[]) => world.context({ wrap: losingAnswers(names, () => new AwsError('uncertain', 'No answer.')) });

describe('qbusiness.sync-jobs', () => {
  test('the last jobs, the last success, nothing wrong', async () => {
    const { output, table, summary } = await read(qbusinessSyncJobs, KNOWLEDGE, world.context());
    expect(output).toMatchObject({
      running: false,
      succeeded: true,
      failures: 0,
      cause: 'none',
      hours_since_success: 5,
      newest: { status: 'SUCCEEDED', error: '' },
    });
    expect(table?.rows).toHaveLength(5);
    expect(summary).toMatch(/^knowledge: the newest sync is SUCCEEDED; last success 5 h \d+ min ago\.$/);
    expect((await read(qbusinessSyncJobs, { ...KNOWLEDGE, limit: 2 }, world.context())).table?.rows).toHaveLength(2);
  });

  test.each([
    ['sync-access-denied', 'permissions'],
    ['sync-timeout', 'document-or-timeout'],
    ['sync-throttled', 'throttling'],
  ])('%s is judged to be %s', async (fault, cause) => {
    const before = await status();
    await world.aws.faults.set(fault, true);
    const after = await status();
    expect(after).toMatchObject({ running: false, succeeded: false, cause, newest: { status: 'FAILED' }, last_success: before['last_success'] });
    expect(after['failures']).toBe((before['failures'] as number) + 1);
    expect((after['failed_ids'] as string[])[0]).toBe((after['newest'] as { id: string }).id);
  });

  test('one that runs has no end, and is neither success nor failure', async () => {
    world.aws.vaultmesh.startSync();
    const { output, summary, table } = await read(qbusinessSyncJobs, KNOWLEDGE, world.context());
    expect(output).toMatchObject({ running: true, succeeded: false, newest: { status: 'SYNCING', ended: '' } });
    expect(summary).toContain('SYNCING for 0 s');
    expect(table?.rows[0]?.[1]).toBe('running');
    world.now += 5 * MINUTE;
    expect(await status()).toMatchObject({ running: false, succeeded: true, failures: 0, cause: 'none' });
  });

  test('a data source that is not there, and no permission', async () => {
    await expect(read(qbusinessSyncJobs, KNOWLEDGE, world.context({ as: 'nobody' }))).rejects.toThrow(/^qbusiness:ListDataSourceSyncJobs on /);
    expect(await preflightOf(qbusinessSyncJobs, KNOWLEDGE, world.context())).toMatchObject([{ state: 'ok' }]);
    expect(await preflightOf(qbusinessSyncJobs, KNOWLEDGE, world.context({ as: 'nobody' }))).toMatchObject([{ state: 'failure' }]);
  });

  const job = { status: 'FAILED', errorMessage: null, errorCode: null, dataSourceErrorCode: null, failed: 0 };
  test.each([
    [{ ...job, errorMessage: 'AccessDenied: s3:GetObject' }, 'permissions'],
    [{ ...job, errorMessage: 'Please check the IAM role trust policy' }, 'permissions'],
    [{ ...job, errorMessage: 'The document is too large' }, 'document-or-timeout'],
    [{ ...job, errorMessage: 'Crawl timed out after 24 hours' }, 'document-or-timeout'],
    [{ ...job, errorMessage: 'ThrottlingException: Rate exceeded, access denied for now' }, 'throttling'],
    [{ ...job, dataSourceErrorCode: 'NoSuchBucket' }, 'connector'],
    [{ ...job, errorCode: 'ResourceNotFound' }, 'connector'],
    [{ ...job, errorMessage: 'Something odd' }, 'unknown'],
    [{ ...job, status: 'INCOMPLETE', failed: 3 }, 'unknown'],
    [job, 'unknown'],
    [{ ...job, status: 'ABORTED', errorMessage: 'timed out' }, 'none'],
    [{ ...job, status: 'SUCCEEDED' }, 'none'],
  ])('the cause of %j', (given, cause) => {
    expect(causeOf(given).cause).toBe(cause);
    expect(causeOf(given).reason === '').toBe(cause === 'none');
  });
});

describe('qbusiness.start-sync', () => {
  const starting = step(qbusinessStartSync, KNOWLEDGE);

  test('starts one, and no second', async () => {
    const before = jobs().length;
    const plan = await starting.plan(world.context());
    expect(plan).toMatchObject({ summary: 'Starts a sync of knowledge (vaultmesh-s3)', changes: true });
    const started = await starting.apply(plan, world.context());
    expect(started).toEqual({ id: jobs()[0]?.executionId, started: true });
    expect(await starting.apply(plan, world.context())).toEqual({ id: started['id'], started: false });
    expect(jobs()).toHaveLength(before + 1);
    expect(await starting.plan(world.context())).toMatchObject({ changes: false, noPlan: 'Nothing would change.' });
  });

  test('a lost answer starts no second one', async () => {
    const before = jobs().length;
    const plan = await starting.plan(world.context());
    expect(await starting.apply(plan, lost('startSync'))).toMatchObject({ started: false, id: jobs()[0]?.executionId });
    expect(jobs()).toHaveLength(before + 1);
  });

  test('where a fresh one is needed, one from before is refused', async () => {
    world.aws.vaultmesh.startSync();
    const fresh = step(qbusinessStartSync, { ...KNOWLEDGE, fresh: true });
    const plan = await fresh.plan(world.context());
    expect(plan.changes).toBe(true);
    await expect(fresh.apply(plan, world.context())).rejects.toMatchObject({ code: 'sync-running' });
    world.now += 5 * MINUTE;
    expect(await fresh.apply(plan, world.context())).toMatchObject({ started: true });
    expect(await fresh.apply(plan, world.context())).toMatchObject({ started: false });
  });

  test('one named source of several', async () => {
    const before = jobs().length;
    const reports = step(qbusinessStartSync, { target: 'reports' });
    expect(await reports.apply(await reports.plan(world.context()), world.context())).toMatchObject({ started: true });
    expect(jobs()).toHaveLength(before);
    expect(world.aws.vaultmesh.syncJobs(world.aws.vaultmesh.names.reportsDataSourceId)[0]?.status).toBe('SYNCING');
  });
});

describe('qbusiness.stop-sync', () => {
  const stopping = step(qbusinessStopSync, KNOWLEDGE);

  test('stops the one that runs, once, and none that came later', async () => {
    world.aws.vaultmesh.startSync();
    const plan = await stopping.plan(world.context());
    expect(await stopping.apply(plan, world.context())).toMatchObject({ stopped: true });
    expect(await stopping.apply(plan, world.context())).toMatchObject({ stopped: false });
    world.now += MINUTE;
    expect(jobs()[0]?.status).toBe('ABORTED');
    world.aws.vaultmesh.startSync();
    expect(await stopping.apply(plan, world.context())).toMatchObject({ stopped: false });
    expect(jobs()[0]?.status).toBe('SYNCING');
  });

  test('none runs', async () => {
    expect(await stopping.plan(world.context())).toMatchObject({ changes: false, summary: 'No sync of knowledge runs.' });
  });
});

describe('qbusiness.schedule', () => {
  const schedule = () => world.aws.vaultmesh.dataSource(world.aws.vaultmesh.names.reportsDataSourceId).syncSchedule;

  test('that there is none is said', async () => {
    expect(await step(qbusinessSchedule, KNOWLEDGE).plan(world.context())).toMatchObject({
      changes: false,
      summary: 'knowledge has no schedule: there is nothing to turn off.',
    });
    expect(await preflightOf(qbusinessSchedule, KNOWLEDGE, world.context())).toMatchObject([
      { state: 'ok', what: 'knowledge has no schedule: there is nothing to turn off' },
      { state: 'ok', what: expect.stringContaining(':role/tocsin may qbusiness:UpdateDataSource on ') },
    ]);
  });

  test('off, and the old one back', async () => {
    const off = step(qbusinessSchedule, { target: 'reports' });
    const plan = await off.plan(world.context());
    expect(plan.diff).toBe('- schedule: cron(0 2 * * ? *)\n+ schedule: none (on demand only)');
    expect(await off.apply(plan, world.context())).toEqual({ schedule: '', before: 'cron(0 2 * * ? *)', already: false });
    expect(schedule()).toBe('');
    expect(await off.apply(plan, world.context())).toMatchObject({ already: true });
    expect(await off.revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect(schedule()).toBe('cron(0 2 * * ? *)');
    expect(await off.revert(plan, world.context())).toMatchObject({ kind: 'already' });
  });

  test('one that changed meanwhile: stale, conflict', async () => {
    const off = step(qbusinessSchedule, { target: 'reports' });
    const plan = await off.plan(world.context());
    const on = step(qbusinessSchedule, { target: 'reports', schedule: 'cron(0 6 * * ? *)' });
    const other = await on.plan(world.context());
    await on.apply(other, world.context());
    await expect(off.apply(plan, world.context())).rejects.toMatchObject({ code: 'plan-stale' });
    expect(await off.revert(plan, world.context())).toMatchObject({ kind: 'conflict' });
    expect(await on.revert(other, world.context())).toMatchObject({ kind: 'reverted' });
  });
});

describe('the index', () => {
  test('its figures', async () => {
    const { output } = await read(qbusinessIndex, KNOWLEDGE, world.context());
    expect(output).toMatchObject({ active: true, documents: world.aws.vaultmesh.documents().length, error: '' });
  });

  test('which documents are in it, and which are gone', async () => {
    const { knowledgeBucket, dataSourceId } = world.aws.vaultmesh.names;
    const all = world.aws.vaultmesh.documents().filter((document) => document.dataSourceId === dataSourceId);
    const key = all[0]?.id.replace(`s3://${knowledgeBucket}/`, '') ?? '';
    const there = await read(qbusinessDocuments, { ...KNOWLEDGE, keys: [key, 'never/was.md'] }, world.context());
    expect(there.output).toEqual({ total: all.length, present: [key], absent: false, failed: 0 });
    world.aws.vaultmesh.deleteObject(knowledgeBucket, key);
    world.aws.vaultmesh.startSync();
    world.now += 5 * MINUTE;
    const gone = await read(qbusinessDocuments, { ...KNOWLEDGE, keys: [key] }, world.context());
    expect(gone.output).toMatchObject({ total: all.length - 1, present: [], absent: true });
  });
});
