import { expect, test } from '@jest/globals';
import { NAMES } from '../../simulators/aws/vaultmesh/names.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, commanded, GRACE, incidentOf, MARIE, planOf, type Situation } from '../e2e/helpers/remedies.ts';
import { about, approversOf, cardText, diagnosed, stored } from '../e2e/helpers/runbooks.ts';
import { ALERTS, told, vaultmesh } from '../e2e/helpers/vaultmesh.ts';
import { lastTold, readable } from '../e2e/helpers/world.ts';

const MINUTE = 60_000;

describeWorld('VaultMesh: syncs, their schedule and their watches', { delivery: 'http', platforms: true, restarts: true }, (world) => {
  const aws = () => vaultmesh(world()).aws;
  const seen = () => aws().vaultmesh;
  /** A sync that takes no time of the test's, or as long as in the workspace. */
  const syncTakes = (ms: number) => void (aws().account.qbusiness.syncTakesMs = ms);
  const calls = (action: string) => aws().calls.filter((call) => call.action === action && call.principal === 'tocsin').length;

  /** Messages that show how far something is. */
  const progress = (channel: string) =>
    world()
      .slack.messages(channel)
      .filter(({ metadata }) => /:(progress|board)"/.test(JSON.stringify(metadata ?? {})));

  /** The bot dies, and one that knows nothing of it takes its place. */
  async function restart(): Promise<void> {
    await world().tocsin.stop();
    await world().another();
    vaultmesh(world()).tell(world().tocsin.intakePort ?? 0);
    await world().settled();
  }

  test('[VO-24] a sync is started, its progress shown in one message until it ends, though the bot is stopped meanwhile and another takes over', async () => {
    syncTakes(90 * MINUTE);
    const situation = await commanded(world(), 'P2 vaultmesh-oracle The knowledge base is stale');
    await world().say(ADA, situation.room, '/sync start it is stale');
    const plan = await planOf(world(), situation.id);
    expect(cardText(world(), situation, plan)).toContain('+ sync of vaultmesh-s3');
    const before = seen().syncJobs().length;
    await approve(world(), ADA, situation, plan);
    const [job] = seen().syncJobs();
    expect(job?.status).toBe('SYNCING');
    const [board, ...more] = progress(situation.room);
    expect(more).toEqual([]);
    const shown = () =>
      readable(
        world()
          .slack.messages(situation.room)
          .find(({ ts }) => ts === board?.ts) ?? { text: '' },
      );
    expect(shown()).toMatch(/Waiting: docs: SYNCING for \d+ s/);
    await world().later(20);
    expect(shown()).toContain('Waiting: docs: SYNCING for 20 min');
    await restart();
    await world().later(25);
    expect(shown()).toMatch(/SYNCING_INDEXING for 45 min: \d+ scanned/);
    expect((await planOf(world(), situation.id)).status).toBe('applying');
    await world().later(60);
    expect(seen().syncJobs()).toHaveLength(before + 1);
    expect(seen().syncJobs()[0]).toMatchObject({ executionId: job?.executionId, status: 'SUCCEEDED' });
    expect(calls('qbusiness:StartDataSourceSyncJob')).toBe(1);
    expect(shown()).toContain('Done');
    const [applied, ...others] = await about(world(), plan, situation.id, 'change.applied');
    expect(others).toEqual([]);
    expect(applied?.data.summary).toBe(`Started a sync of docs (${job?.executionId}).`);
    const [verified] = await about(world(), plan, situation.id, 'change.verified');
    expect(verified?.data).toMatchObject({ passed: true, summary: expect.stringContaining('the newest sync is SUCCEEDED') });
    expect((await planOf(world(), situation.id)).status).toBe('applied');
    expect(progress(situation.room)).toHaveLength(1);
    syncTakes(0);
  });

  test('[VQ-20] timeline, impact and remediation are added to the operations runbook by a pull request that people merge', async () => {
    const { github } = vaultmesh(world());
    const FILE = 'OPERATIONS-RUNBOOK.md';
    const before = github.repository.file(FILE) ?? '';
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Answers are *out* of date');
    await world().say(ADA, situation.room, 'impact Questions about vacations get the answers of last year');
    await world().say(ADA, situation.room, 'note the vendor’s number is secret');
    await world().say(ADA, situation.room, 'status identified The connector lost its role');
    await world().say(ADA, situation.room, 'resolve The role is back');
    // What changes something comes to an end with the incident; what only proposes does not.
    await world().say(ADA, situation.room, '/runbook run vaultmesh-qbusiness/sync-failed start-sync once more');
    expect(lastTold(world(), ADA)).toContain(`${situation.id} is resolved`);
    expect(Object.values((await incidentOf(world(), situation.id)).plans)).toEqual([]);
    const looked = await diagnosed(world(), situation, '/runbook diagnose vaultmesh-qbusiness/runbook-entry', 'vaultmesh-qbusiness/runbook-entry');
    expect(looked.suggests).toEqual(['add-entry']);
    const plan = await planBy(situation, 'add-entry');
    expect(cardText(world(), situation, plan)).toContain('Questions about vacations');
    expect(github.repository.pulls().filter(({ title }) => title.includes(situation.id))).toEqual([]);
    // What has nothing to do with the entry does not make its plan stale.
    await world().say(ADA, situation.room, 'note one more that is nobody’s business');
    await approve(world(), ADA, situation, plan);
    const pull = github.repository.pulls().at(-1);
    expect(pull).toMatchObject({ title: `Operations runbook: ${situation.id}: Answers are *out* of date`, base: 'master', state: 'open' });
    expect([...(pull?.requestedTeams ?? [])]).toContain('sovereign-ops');
    const proposed = github.repository.file(FILE, pull?.head ?? '') ?? '';
    expect(proposed.startsWith(before)).toBe(true);
    const entry = proposed.slice(before.length);
    expect(entry).toMatch(new RegExp(`^\\n### \\d{4}-\\d\\d-\\d\\d ${situation.id}: Answers are .\\*out.\\* of date\\n`));
    expect(entry).toContain('- **Impact:** Questions about vacations get the answers of last year');
    expect(entry).toContain('- **Cause:** The connector lost its role');
    expect(entry).toContain('- **Remediation:** The role is back');
    expect(entry).toMatch(/resolved the incident|The role is back/);
    expect(entry).toMatch(/ {2}- \d{4}-\d\d-\d\d \d\d:\d\d UTC: .*declared P2 for VaultMesh Q Business/);
    expect(entry).not.toMatch(/secret|nobody’s business|<@|vaultmesh-qbusiness\/runbook-entry/);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toContain(`Pull request #${pull?.number} is open`);
    await world().say(ADA, situation.room, 'close');
    expect((await incidentOf(world(), situation.id)).status).toBe('closed');
    await world().say(ADA, situation.room, '/runbook run vaultmesh-qbusiness/runbook-entry add-entry too late');
    expect(lastTold(world(), ADA)).toContain(`${situation.id} is closed`);
  });

  test('[VQ-20] a private incident is added only as one, with what that means, by two people', async () => {
    const { github } = vaultmesh(world());
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness --private Documents of others');
    const looked = await diagnosed(world(), situation, '/runbook diagnose vaultmesh-qbusiness/runbook-entry', 'vaultmesh-qbusiness/runbook-entry');
    expect(looked.findings.join()).toContain('This incident is private. Everybody who reads the repository reads');
    expect(looked.suggests).toEqual(['add-private-entry']);
    const pulls = github.repository.pulls().length;
    await world().say(ADA, situation.room, '/runbook run vaultmesh-qbusiness/runbook-entry add-entry by mistake');
    expect(lastTold(world(), ADA)).toContain('is not for a private incident');
    expect(Object.values((await incidentOf(world(), situation.id)).plans)).toEqual([]);
    const plan = await planBy(situation, 'add-private-entry');
    expect(cardText(world(), situation, plan)).toContain('what was private is not any more');
    await approve(world(), MARIE, situation, plan);
    expect(github.repository.pulls()).toHaveLength(pulls + 1);
    await world().say(ADA, situation.room, 'resolve done');
  });

  async function planBy(situation: Situation, remedy: string): Promise<Plan> {
    await world().say(ADA, situation.room, `/runbook run vaultmesh-qbusiness/runbook-entry ${remedy} it belongs there`);
    return planOf(world(), situation.id);
  }

  test('[VQ-13] [VQ-15] forced resync that is waited for; of several data sources, the one that is named', async () => {
    syncTakes(0);
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Answers are out of date');
    const [docs, reports] = [seen().syncJobs().length, seen().syncJobs(NAMES.reportsDataSourceId).length];
    await world().say(ADA, situation.room, '/sync start force it');
    const forced = await planOf(world(), situation.id);
    await approve(world(), ADA, situation, forced);
    expect(seen().syncJobs()).toHaveLength(docs + 1);
    expect(seen().syncJobs()[0]?.status).toBe('SUCCEEDED');
    expect((await about(world(), forced, situation.id, 'change.verified'))[0]?.data.summary).toContain('docs: the newest sync is SUCCEEDED');

    await world().say(ADA, situation.room, '/sync start source=reports the reports are old');
    const named = await planOf(world(), situation.id);
    await approve(world(), ADA, situation, named);
    const [newest] = seen().syncJobs(NAMES.reportsDataSourceId);
    expect(seen().syncJobs(NAMES.reportsDataSourceId)).toHaveLength(reports + 1);
    expect(seen().syncJobs()).toHaveLength(docs + 1);
    expect((await about(world(), named, situation.id, 'change.applied'))[0]?.data.summary).toBe(
      `Started a sync of reports (${newest?.executionId}).`,
    );
  });

  test('[VQ-08] the schedule is taken away and kept, and brought back; where there is none, that is said', async () => {
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Reports fail again and again');
    const reports = () => seen().dataSource(NAMES.reportsDataSourceId).syncSchedule;
    await world().say(ADA, situation.room, '/sync schedule off source=reports failures recur');
    const off = await planOf(world(), situation.id);
    expect(cardText(world(), situation, off)).toContain('- schedule: cron(0 2 * * ? *)\\n+ schedule: none (on demand only)');
    expect(reports()).toBe('cron(0 2 * * ? *)');
    await approve(world(), ADA, situation, off);
    expect(reports()).toBe('');
    expect((await about(world(), off, situation.id, 'change.applied'))[0]?.data.summary).toContain('it was cron(0 2 * * ? *)');

    await world().say(GRACE, situation.room, '/sync schedule on source=docs mended');
    expect(lastTold(world(), GRACE)).toContain('No open incident that you can see has taken the schedule of docs away');
    await world().say(GRACE, situation.room, '/sync schedule on source=reports mended');
    expect(reports()).toBe('cron(0 2 * * ? *)');
    const [reverted] = await about(world(), off, situation.id, 'change.reverted');
    expect(reverted?.data.summary).toBe('The schedule of reports is cron(0 2 * * ? *) again.');
    expect((await planOf(world(), situation.id)).status).toBe('reverted');

    await world().say(ADA, situation.room, '/sync schedule off failures recur');
    const [refused] = (await stored(world(), situation.id)).filter(({ type }) => type === 'remedy.failed');
    expect(refused?.data.reason).toBe('Nothing to change: docs has no schedule: there is nothing to turn off.');
    expect(
      world()
        .texts(situation.room)
        .some((text) => text.includes('docs has no schedule: there is nothing to turn off.')),
    ).toBe(true);
  });

  test('[VO-32] a connector that drifted: the diff first, two people, and then it is equal to its source', async () => {
    const situation = await commanded(world(), 'P2 vaultmesh-oracle The connector was changed');
    const source = seen().dataSource();
    const { configuration } = source;
    source.configuration = { ...configuration, syncMode: 'FORCED_FULL_CRAWL' };
    const look = await diagnosed(world(), situation, '/sync status', 'vaultmesh-oracle/sync-stale');
    expect(look.suggests).toContain('update-connector');
    await world().say(ADA, situation.room, '/runbook run sync-stale update-connector it drifted');
    const plan = await planOf(world(), situation.id);
    const card = cardText(world(), situation, plan);
    expect(card).toMatch(/-[^\n]*FORCED_FULL_CRAWL/);
    await approve(world(), ADA, situation, plan);
    expect(source.configuration).toMatchObject({ syncMode: 'FORCED_FULL_CRAWL' });
    await approve(world(), MARIE, situation, plan);
    expect(source.configuration).toEqual(configuration);
    const [captured] = await about(world(), plan, situation.id, 'evidence.captured');
    expect(captured?.text).toContain('FORCED_FULL_CRAWL');
    expect((await about(world(), plan, situation.id, 'change.verified'))[0]?.data).toMatchObject({
      passed: true,
      summary: 'The connector of docs matches its source.',
    });
    expect(await approversOf(world(), plan, situation.id)).toEqual([ADA, MARIE]);
  });

  test('/sync watch: one message until the sync ends, which another bot goes on with', async () => {
    syncTakes(90 * MINUTE);
    seen().startSync();
    await world().say(ADA, ALERTS, '/sync watch vaultmesh-qbusiness docs');
    const [board] = progress(ALERTS).slice(-1);
    const shown = () =>
      readable(
        world()
          .slack.messages(ALERTS)
          .find(({ ts }) => ts === board?.ts) ?? { text: '' },
      );
    expect(shown()).toMatch(/Sync for \d+ s: docs: SYNCING/);
    const boards = progress(ALERTS).length;
    await restart();
    await world().later(45);
    expect(shown()).toMatch(/Sync for 45 min: docs: SYNCING_INDEXING for 45 min: \d+ scanned/);
    await world().later(50);
    expect(shown()).toMatch(/Sync: over after 1 h 3\d min\. docs: the newest sync is SUCCEEDED/);
    expect(progress(ALERTS)).toHaveLength(boards);
    syncTakes(0);
  });

  test('[VQ-14] the SyncFailed alarm is watched until it clears', async () => {
    seen().holdAlarm(NAMES.alarm, 'ALARM');
    await told(world());
    await world().say(ADA, ALERTS, '/sync watch vaultmesh-qbusiness alarm');
    const board = () => readable(progress(ALERTS).findLast((message) => readable(message).includes('SyncFailed alarm')) ?? { text: '' });
    expect(board()).toMatch(/SyncFailed alarm for \d+ s: QBusinessSyncFailed fires for \d+ s/);
    await world().later(3);
    expect(board()).toContain('SyncFailed alarm for 3 min: QBusinessSyncFailed fires for 3 min');
    seen().holdAlarm(NAMES.alarm, null);
    await world().later(1);
    expect(board()).toMatch(/SyncFailed alarm: over after 4 min\. 1 of 1 alarm OK/);
  });

  test('words: an unknown source, no prefix, a schedule that is neither off nor on', async () => {
    const situation = await commanded(world(), 'P2 vaultmesh-qbusiness Words');
    const unknown = await diagnosed(world(), situation, '/sync status nope', 'vaultmesh-qbusiness/sync-status');
    expect(unknown.board).toContain('nope');
    expect(unknown.findings).toEqual([]);
    await world().say(ADA, situation.room, '/sync start source=nope why');
    expect((await stored(world(), situation.id)).findLast(({ type }) => type === 'remedy.failed')?.data.reason).toContain('nope');
    for (const [words, answer] of [
      ['rollback', 'Which prefix?'],
      ['schedule maybe', 'not “maybe”'],
      ['status ../etc', 'is not the name of a data source'],
    ] as const) {
      await world().say(ADA, situation.room, `/sync ${words}`);
      expect(lastTold(world(), ADA)).toContain(answer);
    }
  });
});
