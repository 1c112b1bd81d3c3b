import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { SyncStatus } from '../../../simulators/aws/services/qbusiness/state.ts';
import { qbusinessSupportCase } from '../../../src/actions/qbusiness/support-case.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read } from '../helpers/context.ts';

const HOUR = 3_600_000;

let world: World;

beforeEach(async () => {
  world = await startWorld({ syncTakesMs: 0 });
  world.aws.vaultmesh.dataSource().jobs.length = 0;
});
afterEach(() => world.stop());

/** Jobs of these outcomes, the oldest first, an hour apart. */
function history(...outcomes: readonly SyncStatus[]): string[] {
  const { jobs } = world.aws.vaultmesh.dataSource();
  return outcomes.map((status) => {
    world.now += HOUR;
    world.aws.account.qbusiness.syncTakesMs = status === 'SYNCING' ? HOUR : 0;
    const { executionId } = world.aws.vaultmesh.startSync();
    const job = jobs.at(-1);
    if (job === undefined) throw new Error('There is no job.');
    Object.assign(job, { status, end: status === 'SYNCING' ? null : world.now });
    if (status === 'FAILED') job.error = { errorCode: 'InvalidRequest', errorMessage: 'Access Denied' };
    return executionId;
  });
}

const written = (more: object = {}) => read(qbusinessSupportCase, { target: 'knowledge', ...more }, world.context());

test('up to three failures in a row are no case', async () => {
  const [, ...ids] = history('SUCCEEDED', 'FAILED', 'FAILED', 'FAILED');
  const { output, summary, text } = await written();
  expect(output).toMatchObject({ due: false, failures: 3, execution_ids: ids.toReversed() });
  expect(summary).toBe('3 failures in a row: not more than 3, so no case for AWS Support yet.');
  expect(text).toBeUndefined();
});

test('more are: the text names every job with its error, the newest first, and what they are of', async () => {
  const [, ...ids] = history('SUCCEEDED', 'FAILED', 'INCOMPLETE', 'FAILED', 'FAILED');
  const { output, summary, text } = await written();
  const { applicationId, indexId, dataSourceId } = world.aws.vaultmesh.names;
  expect(output).toMatchObject({ due: true, failures: 4, execution_ids: ids.toReversed(), health: 'https://health.aws.amazon.com/health/status' });
  expect(summary).toContain('https://health.aws.amazon.com/health/status');
  expect(text).toEqual({ name: 'support-case.txt', content: output['text'] });
  const lines = String(output['text']).split('\n');
  expect(lines[0]).toBe('Subject: Amazon Q Business: data source sync has failed 4 times in a row');
  expect(lines).toEqual(expect.arrayContaining([`Application: ${applicationId}`, `Index: ${indexId}`, `Data source: ${dataSourceId}`]));
  expect(lines.filter((line) => line.startsWith('- '))).toEqual([
    expect.stringMatching(new RegExp(`^- ${ids[3]} {2}FAILED {2}started \\S+Z {2}InvalidRequest: Access Denied$`)),
    expect.stringMatching(new RegExp(`^- ${ids[2]} {2}FAILED `)),
    expect.stringMatching(new RegExp(`^- ${ids[1]} {2}INCOMPLETE {2}started \\S+Z {2}no error given$`)),
    expect.stringMatching(new RegExp(`^- ${ids[0]} {2}FAILED `)),
  ]);
});

test('a sync that somebody stopped is no failure, nor one that runs, and neither ends the row', async () => {
  const [first, , third] = history('FAILED', 'ABORTED', 'FAILED', 'SYNCING');
  const { output } = await written({ after: 1 });
  expect(output).toMatchObject({ due: true, failures: 2, execution_ids: [third, first] });
  expect(output['text']).toContain('Last success: none among the last 4 jobs');
});

test('a success ends the row', async () => {
  history('FAILED', 'FAILED', 'FAILED', 'FAILED', 'SUCCEEDED');
  expect((await written()).output).toMatchObject({ due: false, failures: 0, execution_ids: [] });
});
