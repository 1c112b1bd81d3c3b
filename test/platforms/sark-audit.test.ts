import { beforeEach, expect, test } from '@jest/globals';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, approve, breakIt, commanded, GRACE, MARIE, nothingChanged, planOf, request, type Situation } from '../e2e/helpers/remedies.ts';
import { about, admin, cardText, diagnose, kubernetes, object, remedy, row, stored, until } from '../e2e/helpers/runbooks.ts';
import { lastTold, type World } from '../e2e/helpers/world.ts';

const AUDIT = 'sark/audit-events-missing';
const SECURITY = 'sark/security-incident';
const NAMESPACE = 'sark-system';
const COMPROMISED = '550e8400-e29b-41d4-a716-446655440000';

interface Claim {
  readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
}
interface Secret {
  readonly data: Readonly<Record<string, string>>;
}
interface PodObject {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>>; readonly deletionTimestamp?: string };
}

function broken(world: World, fault: string): boolean {
  return kubernetes(world)
    .faults.list()
    .some(({ id, active }) => id === fault && active);
}

async function psql(world: World, sql: string): Promise<string> {
  const { stdout } = await admin(world, NAMESPACE).exec({
    pod: 'timescaledb-0',
    container: 'timescaledb',
    argv: ['psql', '-U', 'sark', '-d', 'sark_audit', '-t', '-A', '-c', sql],
    timeoutMs: 30_000,
    maxBytes: 65_536,
  });
  return Buffer.from(stdout).toString('utf8').trim();
}

function apiPods(world: World): readonly string[] {
  const pods = kubernetes(world).cluster.list('pods', NAMESPACE) as unknown as readonly PodObject[];
  return pods
    .filter(({ metadata }) => metadata.labels?.app === 'sark-api' && metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => metadata.name);
}

describeWorld('SARK: audit and security', { delivery: 'http', platforms: true }, (world) => {
  let situation: Situation;

  beforeEach(async () => {
    situation = await commanded(world(), 'P0 sark Audit events are missing');
  });

  async function full(): Promise<void> {
    await breakIt(world(), 'timescale-disk-full');
    const complains = async () =>
      (await admin(world(), NAMESPACE).logs({ pod: apiPods(world())[0] ?? '', container: 'api', tail: 50 })).text.includes('audit_batch_failed');
    await until(complains, 'the API cannot write audit events');
  }

  test('[SK-40] [SK-41] [SK-42] the volume is full: pods, connection and batch lines, disk; the volume is extended', async () => {
    await full();
    const { board, steps, findings, suggests, files } = await diagnose(world(), situation, AUDIT);
    expect(steps.pods?.data.summary).toMatch(/^1 of 1 pod ready/);
    expect(board).toMatch(row('timescaledb-0', 'yes'));
    expect(steps.connection?.data.summary).toMatch(/^[1-9]\d* of \d+ lines match \(\?i\)timescale/);
    expect(files).toMatchObject({
      'connection-api.log': expect.stringContaining('timescale_connected'),
      'batches-api.log': expect.stringContaining('audit_batch_failed'),
    });
    expect(steps.batches?.data.summary).toMatch(/^[1-9]\d* of \d+ lines match audit_batch/);
    expect(steps.disk?.data.summary).toContain('(pvc/timescaledb-data) is 100% full');
    expect(findings).toContain('The volume of TimescaleDB is 100 % full.');
    expect(suggests).toEqual(['extend-volume', 'compress']);

    const plan = await remedy(world(), situation, `${AUDIT} extend-volume size=120Gi No room for audit events`, GRACE);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    expect(object<Claim>(world(), 'persistentvolumeclaims', 'timescaledb-data', NAMESPACE).spec.resources.requests.storage).toBe('120Gi');
    expect(broken(world(), 'timescale-disk-full')).toBe(false);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toBe(
      'persistentvolumeclaim/timescaledb-data asks for 120Gi instead of 50Gi',
    );
  });

  test('[SK-42] or old audit events are compressed, from then on by a policy, and the space comes free', async () => {
    await full();
    const plan = await remedy(world(), situation, `${AUDIT} compress No room for audit events`);
    expect(plan).toMatchObject({ status: 'applied' });
    expect(cardText(world(), situation, plan)).toContain('compress_after: 7 days');
    expect(await psql(world(), "SELECT config->>'compress_after' FROM timescaledb_information.jobs")).toBe('604800 seconds');
    expect(broken(world(), 'timescale-disk-full')).toBe(false);
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data).toMatchObject({ uses: 'postgres.compress' });
  });

  test('[SK-43] audit events an hour of the last 24, drawn, and the hours without any pointed out', async () => {
    await breakIt(world(), 'audit-gap');
    const { board, steps, findings } = await diagnose(world(), situation, AUDIT);
    const empty = /(\d) hours? without any: ([-\dTZ:, ]+)/.exec(String(steps.hours?.data.summary));
    const hours = (empty?.[2] ?? '').split(', ').map((moment) => moment.slice(11, 16));
    expect(hours.length).toBeGreaterThanOrEqual(2);
    for (const hour of hours) {
      expect(findings.join(' ')).toContain(`T${hour}:00Z`);
      expect(
        await psql(
          world(),
          `SELECT count(*) FROM audit_events WHERE severity <> 'CRITICAL' AND timestamp >= now() - interval '24 hours' AND to_char(timestamp, 'HH24:MI') LIKE '${hour.slice(0, 2)}:%'`,
        ),
      ).toBe('0');
    }
    expect(board).toContain('Rows of audit_events per hour (UTC)');
    const bars = /\|([ ▁-█]{24})\| {2}\d\d:00 to \d\d:00/.exec(board)?.[1] ?? '';
    // The hour that runs has none either, and is no gap yet.
    expect(bars.trimEnd()).toHaveLength(24 - hours.length - 1);
    expect(board).toContain(`gaps: ${hours.map((hour) => `${hour} (none)`).join(', ')}`);
  });

  test('[SK-50] [SK-51] CRITICAL events of the last hour name a server; two people have it set inactive', async () => {
    await breakIt(world(), 'compromised-server');
    const { board, steps, findings, suggests } = await diagnose(world(), situation, SECURITY);
    const count = await psql(world(), "SELECT count(*) FROM audit_events WHERE severity = 'CRITICAL' AND timestamp > now() - interval '1 hour'");
    expect(Number(count)).toBeGreaterThan(0);
    expect(steps.critical?.data.summary).toBe(`${count} CRITICAL events in audit_events within 1h.`);
    expect(board).toContain(COMPROMISED);
    expect(steps.critical?.text.split('\n').filter((line) => line.includes('"severity":"CRITICAL"'))).toHaveLength(Number(count));
    expect(findings.join(' ')).toContain(`${count} CRITICAL audit events within 1 hour`);
    expect(suggests).toEqual(['disable-server', 'rotate-key']);

    const plan = await request(world(), situation, `${SECURITY} disable-server server=${COMPROMISED} It is compromised`);
    const card = cardText(world(), situation, plan);
    expect(card).toContain('crawler-mcp');
    // Who decides sees who it was, and from where.
    const [, user = '?', address = '?'] = / user \(([^)]+)\) and 1 source address \(([^)]+)\)/.exec(findings.join(' ')) ?? [];
    for (const name of [user, address]) expect(card).toContain(`\`${name}\``);
    await approve(world(), ADA, situation, plan);
    expect(lastTold(world(), ADA)).toContain('Still needed from somebody else');
    expect(await nothingChanged(world(), situation.id)).toBe(true);
    expect(broken(world(), 'compromised-server')).toBe(true);
    await approve(world(), MARIE, situation, plan);
    expect(await planOf(world(), situation.id)).toMatchObject({ status: 'applied' });
    expect(broken(world(), 'compromised-server')).toBe(false);
    const [applied] = await about(world(), plan, situation.id, 'change.applied');
    expect(applied?.data.summary).toBe(`server crawler-mcp (${COMPROMISED}) is inactive now; it was active.`);
  });

  test('[SK-52] the secret key gets a new value and the API restarts; neither value is anywhere, and other keys stay', async () => {
    const secret = () => object<Secret>(world(), 'secrets', 'sark-secrets', NAMESPACE).data;
    const [before, running] = [secret(), apiPods(world())];
    const plan = await remedy(world(), situation, `${SECURITY} rotate-key It may be known`, ADA, MARIE);
    expect(plan).toMatchObject({ status: 'applied', verified: true });
    const after = secret();
    expect(after['secret-key']).not.toBe(before['secret-key']);
    expect(Buffer.from(after['secret-key'] ?? '', 'base64').toString()).toHaveLength(43);
    expect({ ...after, 'secret-key': '' }).toEqual({ ...before, 'secret-key': '' });
    await until(
      () => apiPods(world()).length === running.length && apiPods(world()).every((name) => !running.includes(name)),
      'all pods of the API are new',
    );
    const said = [
      JSON.stringify(await stored(world(), situation.id)),
      JSON.stringify(world().slack.calls()),
      JSON.stringify(await world().tocsin.database.db.selectFrom('stream').selectAll().execute()),
    ].join('\n');
    for (const value of [before['secret-key'], after['secret-key']].map(String)) {
      expect(said).not.toContain(value);
      expect(said).not.toContain(Buffer.from(value, 'base64').toString());
    }
    expect((await about(world(), plan, situation.id, 'change.applied'))[0]?.data.summary).toContain(
      'Key secret-key of secret/sark-secrets has a new value',
    );
  });

  // The last one: the database does not come back.
  test('without the database nothing is known of its events, and nothing is said to be well', async () => {
    await admin(world(), NAMESPACE).delete({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'timescaledb' });
    const security = await diagnose(world(), situation, SECURITY);
    expect(security.findings.join(' ')).not.toContain('CRITICAL');
    expect(security.board).toContain(':grey_question: *CRITICAL audit events* is *unknown*: There is no such workload in this cluster');
    expect(security.board).toContain('*1 of 3 checks could not be read*: CRITICAL audit events.');
    const missing = await diagnose(world(), situation, AUDIT);
    expect(missing.findings).toEqual([expect.stringContaining('There is no TimescaleDB workload in this cluster.')]);
    expect(missing.board).not.toContain(':white_check_mark: *TimescaleDB pods*');
  });
});
