import { createHash, createHmac } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import { DEMO_VARIABLES } from '../../demo/platforms.ts';
import { CRAWLER, INVOICES } from '../../simulators/kubernetes/platforms/provability-fabric/state.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { ADA, breakIt, commanded, messageWith, type Situation } from '../e2e/helpers/remedies.ts';
import { admin, diagnosed, type Stored, stored } from '../e2e/helpers/runbooks.ts';
import { ALERTS, alertCards, alertOn } from '../e2e/helpers/vaultmesh.ts';
import { readable, type World } from '../e2e/helpers/world.ts';

const TRIAGE = 'provability-fabric/guard-trip';
const SECRET = DEMO_VARIABLES.GUARD_TRIP_SECRET ?? '';
/** The platform's signed events come in, and its alerts and resolutions have a channel. */
const CONFIG = (text: string) =>
  text.replace(
    /( {2}provability-fabric:\n {4}name: .*\n {4}channels: \{ incidents: C0INCIDENTS, updates: C0OPSESC)/,
    `$1, alerts: ${ALERTS}, resolutions: ${ALERTS}`,
  );

interface Picture {
  readonly name: string;
  readonly alt: string;
  readonly bytes: Buffer;
}

/** The pictures in the thread of the newest diagnosis of a channel. */
function pictures(world: World, channel: string): readonly Picture[] {
  const board = messageWith(world, channel, 'Diagnosis: ', TRIAGE);
  const files = world.slack.messages(channel, { thread_ts: board.ts }).flatMap((message) => message.files ?? []);
  return files
    .filter(({ mimetype }) => mimetype === 'image/png')
    .map(({ id, name, alt_txt: alt = '' }) => ({ name, alt, bytes: Buffer.from(world.slack.file(id)?.content ?? []) }));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describeWorld('Provability-Fabric: triage', { delivery: 'http', platforms: true, config: CONFIG }, (world) => {
  let sent = 0;

  /** The event as the platform publishes it, signed as its sender signs it. */
  async function trip(capsuleHash: string, tenantId: string, more: Record<string, unknown>): Promise<number> {
    const ts = new Date(Date.now() + world().slack.clock.offsetMs + ++sent).toISOString();
    const body = JSON.stringify({ capsuleHash, tenantId, ts, eventType: 'guard_trip', ...more });
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    const { status } = await fetch(`http://127.0.0.1:${world().tocsin.intakePort}/guard-trip`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-tocsin-signature': `sha256=${signature}` },
    });
    await world().settled();
    return status;
  }

  async function pressOnNewest(action: string): Promise<string> {
    const card = alertCards(world()).at(-1);
    await world()
      .slack.as(ADA)
      .click(ALERTS, card?.ts ?? '', { action_id: action });
    await world().settled();
    return card === undefined ? '' : alertOn(card);
  }

  async function newest(id: string, type: string): Promise<Stored | undefined> {
    return (await stored(world(), id)).findLast((record) => record.type === type);
  }

  afterEach(async () => {
    for (const fault of ['network-false-positive', 'maintenance-window', 'rollback-stuck']) await breakIt(world(), fault, false);
    for (const { id } of await world().tocsin.store.incidents({ open: true })) {
      await world().say(ADA, world().room(id), 'resolve over');
      await world().say(ADA, world().room(id), 'close');
    }
  });

  test('[PF-01] [PF-02] [PF-03] [PF-04] a signed GuardTrip opens an alert, and Investigate draws the branches that were taken', async () => {
    expect(await trip(CRAWLER, 'tenant-456', { riskScore: 0.62, heartbeatMisses: 2 })).toBe(200);
    const card = readable(alertCards(world()).at(-1) ?? { text: '' });
    for (const part of ['A guard tripped', '0.62', 'tenant-456']) expect(card).toContain(part);

    await pressOnNewest('alert.investigate');
    const board = readable(messageWith(world(), ALERTS, 'Diagnosis: ', TRIAGE));
    expect(board).toContain('False positive: network issue');
    expect(board).toContain('Treat it as an incident until somebody has confirmed that.');
    expect(board).toContain('the more serious reading counts');

    const step = (await stored(world(), 'system')).findLast(({ type, data }) => type === 'diagnosis.step' && data.step === 'triage');
    expect(step?.data).toMatchObject({ uses: 'fabric.triage', files: ['triage-tree.png'] });
    expect(step?.texts.join('\n')).toMatch(/risk\t0\.62\t0\.5 to below 0\.8: Investigate; false positive: low/);
    expect(step?.texts.join('\n')).toMatch(/misses\t2\t1 or 2 misses: Likely a network issue/);
    for (const branch of ['A-B', 'B-C', 'C-E', 'E-G', 'G-I', 'I-J', 'J-L']) expect(step?.texts.join('\n')).toContain(`branch\t${branch}\t`);

    // Of a log, what happened last.
    const log = (await stored(world(), 'system')).findLast(({ type, data }) => type === 'diagnosis.step' && data.step === 'attestor_log');
    const newest = /T(\d\d:\d\d:\d\d)/.exec(log?.texts.join('\n').trimEnd().split('\n').at(-1) ?? '')?.[1];
    expect(newest).toBeDefined();
    const { ts } = messageWith(world(), ALERTS, 'Diagnosis: ', TRIAGE);
    const thread = world()
      .slack.messages(ALERTS, { thread_ts: ts })
      .map((message) => readable(message));
    expect(thread.join('\n')).toContain(`${newest}Z`);

    const [picture, ...others] = pictures(world(), ALERTS);
    expect(others).toEqual([]);
    expect(picture?.name).toBe('triage-tree.png');
    expect(picture?.alt).toContain('Risk 0.62 is medium: Investigate further. 2 heartbeat misses: fewer than 3: False positive: network issue.');
    expect(picture?.bytes.subarray(1, 4).toString()).toBe('PNG');
    // What people saw is the evidence.
    const artifacts = (step as unknown as { artifacts: { sha256: string }[] }).artifacts;
    expect(artifacts.at(-1)?.sha256).toBe(sha256(picture?.bytes ?? Buffer.alloc(0)));
  });

  test('[PF-02] the platform rolls back what the playbook calls a false positive: both verdicts are said', async () => {
    await trip(CRAWLER, 'tenant-456', { riskScore: 0.3, heartbeatMisses: 4 });
    await pressOnNewest('alert.investigate');
    const board = readable(messageWith(world(), ALERTS, 'Diagnosis: ', TRIAGE));
    expect(board).toContain('The platform rolls back by itself; the playbook calls this a false positive.');
    expect(board).toContain('4 misses reach its threshold of 3');
  });

  test('[PF-02] where the risk is not known nothing is decided, and it is an incident until it is', async () => {
    await trip(CRAWLER, 'tenant-456', { heartbeatMisses: 1 });
    await pressOnNewest('alert.investigate');
    const board = readable(messageWith(world(), ALERTS, 'Diagnosis: ', TRIAGE));
    expect(board).toContain('Undecided. The risk score is missing. Treat it as an incident until that is known.');
  });

  async function triaged(situation: Situation, words: string) {
    return diagnosed(world(), situation, `/runbook diagnose ${TRIAGE} ${words}`, TRIAGE);
  }

  test('[PF-05] [PF-06] [PF-07] [PF-08] [PF-09] [PF-10] [PF-11] what is around the event is read, and is a reason beside the verdict', async () => {
    const situation = await commanded(world(), 'P2 provability-fabric A guard tripped');
    const { steps, findings } = await triaged(situation, `capsule=${INVOICES} tenant=tenant-123 risk=0.62 misses=2`);
    expect(steps.capsules?.data.summary).toContain('Capsule 3f3f3f3f3f3f is deployment/capsule-invoices in namespace tenant-123');
    expect(steps.deployments?.data.summary).toContain('provability-fabric is at revision 3');
    expect(findings.join('\n')).toContain('1 deployment within 24 h');
    expect(steps.releases?.data.summary).toContain('HelmRelease');
    expect(steps.maintenance?.data.summary).toContain('There is no configmap/maintenance-status');
    expect(steps.rollbacks?.outcome).toBe('done');
    expect(steps.similar?.outcome).toBe('done');
    expect(steps.ledger?.texts.join('\n')).toContain('tenant-123');
    for (const log of ['bot_log', 'attestor_log', 'watcher_log', 'pods', 'events']) expect(steps[log]?.outcome).toBe('done');
    expect(steps.pods?.texts.join('\n')).toContain('flux-system');
    expect(steps.liveness?.data.summary).toContain('1 of 1 capsule is alive');
    expect(steps.triage?.texts.join('\n')).toMatch(/The tenant is known/);

    await breakIt(world(), 'maintenance-window');
    await breakIt(world(), 'network-false-positive');
    await world().later(1);
    const again = await diagnosed(world(), situation, `/runbook diagnose ${TRIAGE}`, TRIAGE);
    const text = again.steps.triage?.texts.join('\n') ?? '';
    expect(text).toContain('A maintenance window is open (scenario 2 of the playbook).');
    expect(text).toContain('The attestor says that the capsule is not alive.');
    expect(text).toMatch(/[23] capsules send no heartbeat or tripped at once/);
    // It was asked again without arguments, and the verdict is the same.
    expect(again.findings[0]).toBe(findings[0]);
    expect(again.board).toContain('That speaks for the network.');
  });

  test('[PF-02] a capsule that does not run here is said, and a number that is none is not left out', async () => {
    const situation = await commanded(world(), 'P2 provability-fabric A guard tripped');
    const { findings, steps } = await triaged(situation, `capsule=sha256:${'0'.repeat(64)} tenant=nobody risk=high misses=2`);
    expect(findings[0]).toBe(
      'Undecided. The risk score is no number: “high”. Treat it as an incident until that is known. Diagnose provability-fabric/containment to contain it.',
    );
    expect(findings.join('\n')).toContain('The capsule does not run in this cluster');
    expect(steps.triage?.texts.join('\n')).toContain('speaks against');
  });

  test('[PF-02] thresholds of the bot that runs count, and a bot that is paused rolls nothing back', async () => {
    const situation = await commanded(world(), 'P2 provability-fabric A guard tripped');
    const high = await triaged(situation, `capsule=${INVOICES} tenant=tenant-123 risk=0.9 misses=0`);
    expect(high.findings[0]).toContain('Legitimate incident. Risk 0.9 is high.');
    expect(high.steps.triage?.data.summary).toContain('rolls back by itself. Risk 0.9 reaches its threshold of 0.8.');

    const monitoring = admin(world(), 'monitoring');
    const bot = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'incident-bot' } as const;
    const env = (value: string) => ({
      spec: { template: { spec: { containers: [{ name: 'incident-bot', env: [{ name: 'RISK_SCORE_THRESHOLD', value }] }] } } },
    });
    await monitoring.patch(bot, { type: 'strategic', body: env('0.95') });
    await world().later(1);
    const tuned = await triaged(situation, `capsule=${INVOICES} tenant=tenant-123 risk=0.9 misses=0`);
    expect(tuned.findings.join('\n')).toContain('The platform does not roll back by itself; the playbook calls this an incident.');

    await monitoring.patch(bot, { type: 'strategic', body: { ...env('0.8'), spec: { ...env('0.8').spec, replicas: 0 } } });
    await world().later(1);
    const paused = await triaged(situation, `capsule=${INVOICES} tenant=tenant-123 risk=0.9 misses=4`);
    expect(paused.findings.join('\n')).toContain('Its incident-bot is paused.');
    await monitoring.patch(bot, { type: 'strategic', body: { spec: { replicas: 1 } } });
    await world().later(1);
  });

  test('where Slack refuses the picture, the tree stands there as text', async () => {
    const situation = await commanded(world(), 'P2 provability-fabric A guard tripped');
    world().slack.faults.add({ kind: 'error', error: 'restricted_action', method: 'files.getUploadURLExternal' });
    await world().say(ADA, situation.room, `/runbook diagnose ${TRIAGE} risk=0.62 misses=4`);
    const said = readable(messageWith(world(), situation.room, 'triage-tree.png', 'could not be posted'));
    expect(said).toContain('[Risk 0.62 is medium]');
    expect(said).toContain('=&gt; 3 misses or more: Legitimate incident');
  });

  test('[PF-30] [PF-32] the report has the event, the timeline, the cause and what people noted; stakeholders get the summary', async () => {
    await trip(INVOICES, 'tenant-123', { riskScore: 0.92, heartbeatMisses: 4 });
    await pressOnNewest('alert.investigate');
    await pressOnNewest('alert.declare');
    const [index] = await world().tocsin.store.incidents({ open: true });
    const id = index?.id ?? '';
    const room = world().room(id);
    // The picture came along with the diagnosis.
    expect(new Set(pictures(world(), room).map(({ name }) => name))).toEqual(new Set(['triage-tree.png']));
    await world().say(ADA, room, 'ack');
    await world().say(ADA, room, 'note Lesson: The budget guard came too late');
    await world().say(ADA, room, 'note Action: Alert at 80 % of the budget');
    await world().say(ADA, room, 'resolve Release 0.2.0 spent without a limit; it was rolled back');
    await world().say(ADA, room, 'report');

    const file = world()
      .slack.messages(room)
      .flatMap((message) => message.files ?? [])
      .findLast(({ name }) => name.includes('-report-'));
    const text =
      world()
        .slack.file(file?.id ?? '')
        ?.content?.toString('utf8') ?? '';
    for (const line of [
      '# Incident Report',
      '**Incident detected**',
      '**Recovery completed**',
      'Release 0.2.0 spent without a limit; it was rolled back',
      '- The budget guard came too late',
      '- [ ] Update monitoring rules',
      '- [ ] Alert at 80 % of the budget',
    ])
      expect(text).toContain(line);
    // Alerts of earlier tests may belong to this incident too.
    for (const [name, value] of Object.entries({
      'Capsule Hash': INVOICES,
      'Tenant ID': 'tenant-123',
      'Risk Score': '0.92',
      'Heartbeat Misses': '4',
    }))
      expect(text).toMatch(new RegExp(String.raw`^\*\*${name}:\*\* .*${value}`, 'm'));

    await world().say(ADA, room, 'evidence');
    const made = await newest('system', 'pack.made');
    expect(made?.data.incident_id).toBe(id);
    const { DirectoryStore } = await import('../../src/adapters/evidence/directory.ts');
    const store = await DirectoryStore.openReadOnly(world().evidence);
    const packed = Buffer.from((await store.get(`${String(made?.data.path)}incident-report.md`)) ?? []).toString('utf8');
    expect(packed).toMatch(/^\*\*Risk Score:\*\* .*0\.92/m);

    const told = world()
      .texts(ALERTS)
      .filter((one) => one.includes('Resolved: ') && one.includes(id));
    expect(told.join('\n')).toContain(`/incident report ${id}`);
    expect(told.join('\n')).toContain('tenant-123');
  });
});
