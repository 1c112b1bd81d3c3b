import { beforeAll, expect, test } from '@jest/globals';
import { NAMES } from '../../simulators/aws/vaultmesh/names.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, breakIt, GRACE } from '../e2e/helpers/remedies.ts';
import { type Stored, stored } from '../e2e/helpers/runbooks.ts';
import {
  ALERTS,
  alertCard,
  alertCards,
  alertOn,
  blockPhrase,
  pressOnAlert,
  subscribed,
  told,
  vaultmesh,
  workflowsEnd,
} from '../e2e/helpers/vaultmesh.ts';
import { cardOf, readable } from '../e2e/helpers/world.ts';

describeWorld('VaultMesh: what its sync, its guardrails and its index tell', { delivery: 'http', platforms: true }, (world) => {
  const seen = () => vaultmesh(world()).aws.vaultmesh;
  beforeAll(() => subscribed(world()));

  /** The records of one alert, by type, as they lie in the evidence store; the one that opened it has its title. */
  async function recordsOf(title: string): Promise<Readonly<Record<string, Stored>>> {
    const id = alertOn(alertCard(world(), title));
    const records = (await stored(world(), 'system')).filter(({ seq, data }) => `ALR-${seq}` === id || data.alert === id);
    return Object.fromEntries(records.map((record) => [record.type, record]));
  }

  const shown = (title: string) => readable(alertCard(world(), title));
  const calls = (title: string) =>
    world()
      .texts(ALERTS)
      .filter((text) => text.includes(':rotating_light: *ALR-') && text.includes(title));

  test('[VQ-01] SyncFailed is watched for 15 minutes and looked at again before it counts and calls the responders; its recovery is looked for', async () => {
    await breakIt(world(), 'sync-failed-alarm');
    await told(world());
    expect(shown('Sync failed')).toContain(':hourglass_flowing_sand:');
    await world().later(14);
    expect(shown('Sync failed')).toContain(':hourglass_flowing_sand:');
    expect(calls('Sync failed')).toEqual([]);
    const asked = vaultmesh(world()).aws.calls.length;
    await world().later(1);
    const looked = vaultmesh(world())
      .aws.calls.slice(asked)
      .map(({ action }) => action);
    expect(looked).toEqual(expect.arrayContaining(['cloudwatch:DescribeAlarms', 'qbusiness:ListDataSourceSyncJobs']));
    expect(shown('Sync failed')).toContain('*State*\\nFiring');
    expect(calls('Sync failed')[0]).toMatch(
      /it has lasted long enough and is now an active alert: .*QBusinessSyncFailed fires for 15 min.*<!subteam\^S0SRE>/,
    );
    const records = await recordsOf('Sync failed');
    expect(records['alert.opened']?.data).toMatchObject({ service: 'vaultmesh-qbusiness', severity: 'P2', source: 'cloudwatch' });
    expect(records['alert.opened']?.data.watched_until).toBeTruthy();
    expect(records['alert.confirmed']?.data.summary).toContain('QBusinessSyncFailed fires');

    // The alarm has no action for OK: nothing is told when it is over.
    await breakIt(world(), 'sync-failed-alarm', false);
    await told(world());
    expect(shown('Sync failed')).toContain('*State*\\nFiring');
    await world().later(1);
    expect(shown('Sync failed')).toContain('*State*\\nRecovered');
    expect((await recordsOf('Sync failed'))['alert.recovered']?.data.summary).toContain('1 of 1 alarm OK');
  });

  test('[VQ-01] an alarm that is over within the 15 minutes is dismissed, and calls nobody; where the newest job failed, it counts all the same', async () => {
    const before = calls('Sync failed').length;
    await breakIt(world(), 'sync-failed-alarm');
    await told(world());
    await world().later(5);
    await breakIt(world(), 'sync-failed-alarm', false);
    await world().later(10);
    expect(shown('Sync failed')).toContain('*State*\\nDid not last');
    expect(calls('Sync failed')).toHaveLength(before);
    expect((await recordsOf('Sync failed'))['alert.dismissed']?.data.summary).toContain('the newest sync is SUCCEEDED');

    await breakIt(world(), 'sync-access-denied');
    await breakIt(world(), 'sync-failed-alarm');
    await told(world());
    await world().later(5);
    await breakIt(world(), 'sync-failed-alarm', false);
    await world().later(10);
    expect((await recordsOf('Sync failed'))['alert.confirmed']?.data.summary).toContain('the newest sync is FAILED');
    expect(calls('Sync failed')).toHaveLength(before + 1);
    await breakIt(world(), 'sync-access-denied', false);
    seen().startSync({ at: vaultmesh(world()).aws.account.now() - vaultmesh(world()).aws.account.qbusiness.syncTakesMs });
    await world().later(5);
    expect(shown('Sync failed')).toContain('*State*\\nRecovered');
  });

  test('[VQ-02] [VO-19] the NoSync message, and a failed no-sync-daily run with its own message, open P2 alerts; the same told again is counted', async () => {
    await breakIt(world(), 'no-sync-alert');
    await told(world());
    expect(shown('No sync for more than 24 hours')).toMatch(/No successful sync in &gt;24h \(Δ=\d+s\)/);
    const noSync = (await recordsOf('No sync for more than 24 hours'))['alert.opened'];
    expect(noSync?.data).toMatchObject({ source: 'sns', severity: 'P2', runbook: 'vaultmesh-qbusiness/sync-failed' });
    expect(noSync?.data.summary).toMatch(/^No successful sync in >24h \(Δ=\d+s\)$/);

    // The workflow goes by the newest job's end, whatever became of it.
    await world().later(60 * 25);
    const { github } = vaultmesh(world());
    github.repository.setSecret('ALERT_SNS_TOPIC_ARN', true);
    const run = github.repository.schedule('no-sync-daily.yml');
    await workflowsEnd(world());
    const stale = 'Sync failed for more than 24 hours';
    const opened = async () => (await stored(world(), 'system')).filter(({ type, data }) => type === 'alert.opened' && data.title === stale);
    const [byRun, byTopic, ...others] = (await opened()).toSorted((one, other) => (String(one.data.source) < String(other.data.source) ? -1 : 1));
    expect(others).toEqual([]);
    const shared = { service: 'vaultmesh-oracle', severity: 'P2', runbook: 'vaultmesh-oracle/sync-stale', component: 'connector docs' };
    expect(byRun?.data).toMatchObject({ ...shared, source: 'github' });
    expect(JSON.stringify(byRun?.data.links)).toContain(`/actions/runs/${run}`);
    expect(byTopic?.data).toMatchObject({ ...shared, source: 'sns' });
    expect(byTopic?.data.summary).toMatch(/^No successful sync in >24h \(Δ=\d+s\)$/);

    await world().later(60 * 6);
    github.repository.schedule('no-sync-daily.yml');
    await workflowsEnd(world());
    expect(await opened()).toHaveLength(2);
    const counted = alertCards(world()).filter((card) => readable(card).includes(stale));
    expect(counted.map((card) => readable(card).includes('*Seen*\\n2 times'))).toEqual([true, true]);

    await breakIt(world(), 'no-sync-alert', false);
    await world().later(10);
    for (const card of alertCards(world()).filter((one) => /24 hours/.test(readable(one)))) expect(readable(card)).toContain('*State*\\nRecovered');
    github.repository.setSecret('ALERT_SNS_TOPIC_ARN', false);
  });

  test('[VQ-03] an hourly probe question that a guardrail blocks opens an alert, which is over when it is answered', async () => {
    await world().later(60);
    expect(alertCards(world()).some((card) => readable(card).includes('Guardrails block'))).toBe(false);
    blockPhrase(world(), 'vacation');
    await world().later(60);
    expect(shown('Guardrails block')).toContain('*State*\\nFiring');
    const records = await recordsOf('Guardrails block');
    expect(records['alert.opened']?.data).toMatchObject({ source: 'schedule', severity: 'P2', runbook: 'vaultmesh-qbusiness/guardrail-blocking' });
    expect(records['alert.opened']?.data.summary).toMatch(/^assistant blocks the question: “I can't help with /);
    blockPhrase(world(), 'vacation', false);
    await world().later(60);
    expect(shown('Guardrails block')).toContain('*State*\\nRecovered');
    expect((await recordsOf('Guardrails block'))['alert.recovered']?.data.summary).toContain('assistant answers');
  });

  test('[VQ-04] a regular listing finds an object outside of the allowed prefixes and opens an alert, which is over when it is gone', async () => {
    seen().putObject(NAMES.knowledgeBucket, 'salaries/2026.md', '# Salaries\n\nAda earns more than Grace.\n');
    await world().later(360);
    expect(shown('Unauthorised content')).toContain('*State*\\nFiring');
    const opened = (await recordsOf('Unauthorised content'))['alert.opened'];
    expect(opened?.data).toMatchObject({ source: 'schedule', severity: 'P2', runbook: 'vaultmesh-qbusiness/unauthorised-content' });
    expect(opened?.data.summary).toMatch(/^1 of \d+ objects of s3:\/\/vaultmesh-knowledge-base\/ are outside README\.md/);
    seen().deleteObject(NAMES.knowledgeBucket, 'salaries/2026.md');
    // Long before the next listing somebody would be called; what is no alert any more calls nobody.
    await world().later(180);
    expect(shown('Unauthorised content')).toContain('*State*\\nRecovered');
    expect(calls('Unauthorised content')).toEqual([]);
    await world().later(180);
    expect(shown('Unauthorised content')).toContain('*State*\\nRecovered');
  });

  test('[VQ-05] [VQ-06] acknowledged in #ops-escalations with the time it took; the affected connector, guardrail and index are named, in the incident too', async () => {
    await breakIt(world(), 'no-sync-alert');
    await told(world());
    blockPhrase(world(), 'vacation');
    seen().putObject(NAMES.knowledgeBucket, 'salaries/2026.md', '# Salaries\n');
    await world().later(360);
    const affected = {
      'No sync for more than 24 hours': 'connector docs',
      'Guardrails block': 'guardrails of the assistant',
      'Unauthorised content': 'index of the assistant',
    };
    for (const [title, component] of Object.entries(affected)) {
      expect(shown(title)).toContain(`*Affected*\\n${component}`);
      expect((await recordsOf(title))['alert.opened']?.data.component).toBe(component);
    }

    await pressOnAlert(world(), GRACE, 'Unauthorised content', 'alert.acknowledge');
    const acknowledged = (await recordsOf('Unauthorised content'))['alert.acknowledged'];
    expect(acknowledged?.actor.id).toBe(GRACE);
    expect(acknowledged?.data.within_ms).toBeLessThan(60 * 60_000);
    expect(shown('Unauthorised content')).toMatch(/\*Acknowledged\*\\nby <@U0GRACE> after /);

    await pressOnAlert(world(), ADA, 'Guardrails block', 'alert.declare');
    const attached = (await recordsOf('Guardrails block'))['alert.attached'];
    const id = String(attached?.data.incident);
    expect(readable(cardOf(world(), world().room(id), id))).toContain('guardrails of the assistant');
    const records = await stored(world(), id);
    expect(records.find(({ type }) => type === 'incident.declared')?.data).toMatchObject({
      component: 'guardrails of the assistant',
      severity: 'P2',
    });
    expect(records.find(({ type }) => type === 'alert.attached')?.data.alert).toBe(alertOn(alertCard(world(), 'Guardrails block')));
    await world().later(3);
    await world().say(ADA, ALERTS, `/incident ack ${id}`);
    const took = (await stored(world(), id)).find(({ type }) => type === 'incident.acknowledged');
    expect(took?.data.within_ms).toBeGreaterThanOrEqual(3 * 60_000);
    expect(took?.data.within_ms).toBeLessThan(5 * 60_000);
  });
});
