import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { newest, recordsOf } from './helpers/records.ts';
import { DEMO, declare, directMessages, lastTold, readable, typesOf, type World } from './helpers/world.ts';

const ONE = 'ops@customer.example';
const TWO = 'it@other.example';
const FORM = {
  subject: 'Service Disruption Notice - SARK MCP Governance',
  facts: 'We are currently experiencing issues with SARK authorization services.',
  impact: 'MCP server registrations may be delayed\nTool invocations may experience increased latency',
  doing: 'We are actively working on resolution',
  eta: 'Approximately 2 hours',
};
/** SARK's template, word for word. */
const TEXT = `We are currently experiencing issues with SARK authorization services.

Impact:
- MCP server registrations may be delayed
- Tool invocations may experience increased latency

Status: We are actively working on resolution
ETA: Approximately 2 hours

We will provide updates every 30 minutes.

For urgent issues, please contact: support@example.com`;

/** Where the page of VaultMesh Oracle is. */
const FILES = mkdtempSync(join(tmpdir(), 'tocsin-status-page-'));

/** SARK's customers get notices by mail; Joan approves what they read. Two services have status pages. */
function configured(text: string): string {
  const notices = `notices: { name: SARK MCP Governance, contact: support@example.com, customers: [${ONE}, ${TWO}, OPS@customer.example], from: status@example.com }`;
  const page = 'notices: { name: Proofs, status_page: { kind: statuspage, page: tocsinpage01, components: [proofs01] } }';
  const files = `notices: { approval: false, status_page: { kind: files, directory: ${FILES}, url: https://status.example.com } }`;
  return text
    .replace(/^ {4}name: SARK$/m, `    name: SARK\n    ${notices}`)
    .replace(/^ {4}name: Provability-Fabric$/m, `    name: Provability-Fabric\n    ${page}`)
    .replace(/^ {4}name: VaultMesh Oracle$/m, `    name: VaultMesh Oracle\n    ${files}`)
    .replace(/^roles:$/m, 'roles:\n  communications: { users: [U0JOAN] }');
}

describeWorld('Notices to customers', { delivery: 'http', mail: true, statuspage: ['proofs01'], restarts: true, config: configured }, (world) => {
  afterAll(() => rmSync(FILES, { recursive: true, force: true }));

  test('[SK-71] a notice by the template goes to customers word for word once communications approved it, then every 30 minutes, and a last one at the end', async () => {
    const { id, room } = await declare(world(), 'P2 sark Policies are slow');
    await world().say('U0ADA', room, 'ack');
    await world().say('U0ADA', room, 'impact --customers Tool calls wait');
    await world().say('U0ADA', room, 'note the password of OPA was rotated');
    const form = await openForm(world(), 'U0ADA', room);
    expect(form).toContain('Tool calls wait');
    expect(form).toContain('We are currently experiencing issues with SARK MCP Governance.');
    expect(form).not.toContain('rotated');
    await submit(world(), 'U0ADA', { status: 'investigating', ...FORM });
    expect(mailsOf(world())).toEqual([]);
    const made = await newest(world(), id, 'plan.made');
    expect(made?.data).toMatchObject({ kind: 'notice', needs: ['communications', 'responder'], requester: 'U0ADA', requester_roles: ['responder'] });
    expect(made?.data.notice).toMatchObject({ text: TEXT, to: ['customers'], nth: 1, status: 'investigating' });

    // Who approves reads all of it, in a direct message.
    const asked = await newestDirect(world(), 'U0JOAN', 'Notice to customers');
    for (const line of TEXT.split('\n').filter((one) => one !== '')) expect(readable(asked)).toContain(line);
    await approve(world(), 'U0JOAN');
    expect(mailsOf(world()).map(({ to }) => to)).toEqual([ONE, TWO].map((to) => (to === ONE ? 'OPS@customer.example' : to)));
    const [mail] = mailsOf(world());
    expect(mail?.mail).toMatchObject({ subject: FORM.subject, text: `${TEXT}\n` });
    expect(mail?.mail.messageId).toMatch(new RegExp(`^<${id.toLowerCase()}\\.notice-1\\.[0-9a-f]{8}@example\\.com>$`));
    expect(mail?.mail.from?.value[0]).toEqual({ name: 'SARK MCP Governance', address: 'status@example.com' });
    expect(mail?.mail.html).toContain('<p>Impact:<br>- MCP server registrations may be delayed');
    const digest = made?.data.plan_hash;
    expect((await newest(world(), id, 'notice.due'))?.data).toMatchObject({ digest, nth: 1, late_ms: 0 });
    expect((await newest(world(), id, 'notice.published'))?.data).toMatchObject({ digest, place: 'customers', recipients: 2 });

    // The next one: asked for, reminded of, late, and the next in line is called.
    await world().later(24);
    expect(await typesOf(world(), id)).not.toContain('notice.offered');
    await world().later(1);
    expect(readable(await newestDirect(world(), 'U0ADA', 'notice to customers'))).toContain('incident.notice');
    await world().later(5);
    expect(await typesOf(world(), id)).toContain('notice.reminded');
    await world().later(5);
    const late = (await recordsOf(world(), id)).filter(({ type }) => type === 'breach.recorded').map(({ data }) => data);
    expect(late).toContainEqual(expect.objectContaining({ target: 'notice' }));
    expect((await newest(world(), id, 'incident.escalated'))?.data.reason).toBe('The notice to customers is 5 min late.');
    expect(mailsOf(world())).toHaveLength(2);

    // What customers read last is in the form again.
    expect(await openForm(world(), 'U0ADA', room)).toContain('Tool invocations may experience increased latency');
    await submit(world(), 'U0ADA', { status: 'monitoring', ...FORM, doing: 'A fix is in place', eta: '' });
    await approve(world(), 'U0JOAN');
    expect(mailsOf(world()).at(-1)?.mail).toMatchObject({ inReplyTo: mail?.mail.messageId });
    expect((await newest(world(), id, 'notice.due'))?.data.late_ms).toBeGreaterThanOrEqual(300_000);

    await world().say('U0ADA', room, 'resolve OPA has more memory');
    await world().later(1);
    const last = await newestDirect(world(), 'U0ADA', 'that it is resolved');
    expect(readable(last)).toContain('incident.notice');
    expect(await openForm(world(), 'U0ADA', room)).toContain('The issues with SARK MCP Governance are resolved.');
    const { eta: _, ...over } = FORM;
    await submit(world(), 'U0ADA', { ...over, facts: 'The issues are resolved.', doing: 'SARK works again' });
    await approve(world(), 'U0JOAN');
    expect(mailsOf(world())).toHaveLength(6);
    expect(mailsOf(world()).at(-1)?.mail.text).toContain('This is our last update on this issue.');
    const before = (await typesOf(world(), id)).length;
    await world().later(120);
    expect((await typesOf(world(), id)).slice(before).filter((type) => type.startsWith('notice.') || type.startsWith('breach.'))).toEqual([]);
    await world().say('U0ADA', room, 'close');
    expect((await typesOf(world(), id)).at(-1)).toBe('incident.closed');
  });

  test('[SK-71] nobody approves their own words alone, a newer text takes the place of one that waits, and what waits ends with the incident', async () => {
    const { id, room } = await declare(world(), 'P2 sark Slow again');
    const sent = mailsOf(world()).length;
    await write(world(), 'U0ADA', room, FORM);
    const first = await newest(world(), id, 'plan.made');
    await approveIn(world(), 'U0ADA', room, first?.data.plan ?? '');
    expect(lastTold(world(), 'U0ADA')).toContain('Still needed from somebody else: communications');
    await write(world(), 'U0ADA', room, { ...FORM, facts: 'Everything is slow.' });
    const second = await newest(world(), id, 'plan.made');
    expect((await newest(world(), id, 'plan.voided'))?.data).toMatchObject({ plan: first?.data.plan, reason: 'a newer text takes its place' });
    expect(second?.data.plan_hash).not.toBe(first?.data.plan_hash);
    await world().say('U0JOAN', DEMO.incidents, '/approvals');
    expect(lastTold(world(), 'U0JOAN')).toContain('Everything is slow.');
    await world().say('U0ADA', room, 'resolve done');
    const form = await openForm(world(), 'U0ADA', room, 'resolve done');
    expect(form).toContain('Notice to customers');
    await submit(world(), 'U0ADA', { text: 'done' });
    expect((await newest(world(), id, 'incident.resolved'))?.data.summary).toBe('done');
    expect(mailsOf(world())).toHaveLength(sent);
    // Customers heard nothing of it: they are owed no end.
    await world().later(30);
    expect((await typesOf(world(), id)).filter((type) => type.startsWith('notice.'))).toEqual([]);
  });

  test('[SK-71] a first notice of a P1 is owed ten minutes after the declaration; of a private one none, and it is told only when communications says so', async () => {
    const grave = await declare(world(), 'P1 sark Down');
    await world().later(10);
    expect(await typesOf(world(), grave.id)).toContain('notice.reminded');
    await world().say('U0ADA', grave.room, 'resolve done');

    const { id, room } = await declare(world(), 'P0 sark --private Leak');
    await world().later(15);
    expect((await typesOf(world(), id)).filter((type) => type.startsWith('notice.'))).toEqual([]);
    await world().say('U0ADA', room, 'notice');
    expect(lastTold(world(), 'U0ADA')).toContain('customers hear of it only when somebody with the role');
    expect((await newest(world(), id, 'command.refused'))?.data).toMatchObject({ code: 'notice-private' });
    await world().say('U0ADA', room, 'assign comms @joan');
    await write(world(), 'U0JOAN', room, FORM);
    expect(await typesOf(world(), id)).not.toContain('plan.made');
    await write(world(), 'U0JOAN', room, { ...FORM, flags: ['exposes'] });
    expect((await newest(world(), id, 'plan.made'))?.data.notice).toMatchObject({ to: ['customers'] });
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[SK-71] where nothing is configured the approved text is there to copy, and who sent it where is recorded', async () => {
    const { id, room } = await declare(world(), 'P3 aureus Slow');
    await world().say('U0ADA', room, 'ack');
    await write(world(), 'U0ADA', room, { ...FORM, subject: 'Slow answers' });
    await approve(world(), 'U0JOAN');
    const message = world()
      .slack.messages(room)
      .findLast((one) => readable(one).includes('incident.notice.sent'));
    expect(readable(message ?? { text: '' })).toContain('MCP server registrations may be delayed');
    expect((await typesOf(world(), id)).filter((type) => type === 'notice.published')).toEqual([]);
    await world()
      .slack.as('U0ADA')
      .click(room, message?.ts ?? '', 'incident.notice.sent');
    await submit(world(), 'U0ADA', { text: 'To 12 customers, from the support mailbox' });
    expect(await newest(world(), id, 'notice.published')).toMatchObject({
      actor: { kind: 'person', id: 'U0ADA' },
      data: { place: 'hand', where: 'To 12 customers, from the support mailbox' },
    });
    const after = world()
      .slack.messages(room)
      .find((one) => one.ts === message?.ts);
    expect(readable(after ?? { text: '' })).not.toContain('incident.notice.sent"');
    await world().later(25);
    expect(await typesOf(world(), id)).toContain('notice.offered');
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[SK-71] while the mail server is away the room is told once, and customers get the notice afterwards, once', async () => {
    await world().mail.away();
    const { id, room } = await declare(world(), 'P3 sark Away');
    const sent = mailsOf(world()).length;
    await write(world(), 'U0ADA', room, FORM);
    await approve(world(), 'U0JOAN');
    for (const minutes of [1, 3, 10]) await world().later(minutes);
    const told = () =>
      world()
        .texts(room)
        .filter((text) => text.includes('by mail to 2 customers yet'));
    expect(told()).toHaveLength(1);
    await world().mail.back();
    await world().later(16);
    expect(mailsOf(world())).toHaveLength(sent + 2);
    expect(
      world()
        .texts(room)
        .some((text) => /Tocsin mailed .* to 2 customers, \d+ min late/.test(text)),
    ).toBe(true);
    await world().say('U0ADA', room, 'resolve done');
    expect(await typesOf(world(), id)).toContain('notice.published');
  });

  test('customers whom the mail server refuses are said in the room, masked, and a notice that nobody gets is at its end', async () => {
    for (const to of ['OPS@customer.example', TWO]) world().mail.answers.set(to, 550);
    const { id, room } = await declare(world(), 'P3 sark Refused');
    await write(world(), 'U0ADA', room, FORM);
    await approve(world(), 'U0JOAN');
    world().mail.answers.clear();
    const failed = (await recordsOf(world(), id)).filter(({ type }) => type === 'notice.failed').map(({ data }) => data);
    expect(failed).toMatchObject([
      { waits: false, to: ['O…@customer.example', 'i…@other.example'] },
      { waits: false, error: 'nobody got it', recipients: 2 },
    ]);
    expect(JSON.stringify(await recordsOf(world(), id))).not.toContain(TWO);
    const plan = (await newest(world(), id, 'plan.made'))?.data.plan ?? '';
    expect((await world().tocsin.incidents.find(id))?.plans[plan]).toMatchObject({ status: 'failed', reason: 'nobody got it' });
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[AU-04] for a P1 the status page gets what was approved, with its component, then each further notice and the end, as one incident of the page', async () => {
    const page = world().statuspage;
    const { id, room } = await declare(world(), 'P1 provability-fabric Proofs fail');
    await world().say('U0ADA', room, 'ack');
    await world().say('U0ADA', room, 'note the token of the prover leaked');
    await world().say('U0ADA', room, 'update we restart prover-7 of customer X');
    await world().later(5);
    expect(await typesOf(world(), id)).toContain('notice.offered');
    await write(world(), 'U0ADA', room, { ...FORM, subject: 'Proofs fail' });
    expect(page.incidents).toEqual([]);
    await approve(world(), 'U0JOAN');
    expect(page.incidents).toHaveLength(1);
    const [shown] = page.incidents;
    expect(shown).toMatchObject({ name: 'Proofs fail', status: 'investigating', incident_updates: [{ body: expect.stringContaining(FORM.facts) }] });
    expect(page.components.get('proofs01')).toBe('partial_outage');
    expect((await newest(world(), id, 'notice.published'))?.data).toMatchObject({ place: 'status-page', url: shown?.shortlink });

    await write(world(), 'U0ADA', room, { ...FORM, subject: 'Proofs fail', status: 'monitoring', doing: 'A fix is in place' });
    await approve(world(), 'U0JOAN');
    await world().say('U0ADA', room, 'resolve the prover has a new token');
    const { eta: _, ...over } = FORM;
    await openForm(world(), 'U0ADA', room);
    await submit(world(), 'U0ADA', { ...over, subject: 'Proofs work again', facts: 'Proofs work again.' });
    await approve(world(), 'U0JOAN');
    expect(page.incidents).toHaveLength(1);
    expect(page.incidents[0]).toMatchObject({ name: 'Proofs work again', status: 'resolved' });
    expect(page.incidents[0]?.incident_updates.map(({ status }) => status)).toEqual(['resolved', 'monitoring', 'investigating']);
    expect(page.components.get('proofs01')).toBe('operational');
    // Nothing that people wrote for themselves is there.
    expect(JSON.stringify(page.incidents)).not.toMatch(/leaked|prover-7|new token|Ada|U0ADA/);
    await world().say('U0ADA', room, 'checklist');
    expect(lastTold(world(), 'U0ADA')).toContain('the status page says that it is resolved');
    await world().say('U0ADA', room, 'close');
  });

  test('[AU-04] while the page refuses, is away or loses its answers the room is told once, and the notice is there once, also by another bot', async () => {
    const page = world().statuspage;
    const before = page.incidents.length;
    page.refuses = 401;
    const { id, room } = await declare(world(), 'P1 provability-fabric Slow proofs');
    await world().say('U0ADA', room, 'ack');
    await write(world(), 'U0ADA', room, { ...FORM, subject: 'Slow proofs' });
    await approve(world(), 'U0JOAN');
    await world().later(1);
    page.refuses = 429;
    await world().later(3);
    const told = () =>
      world()
        .texts(room)
        .filter((text) => text.includes('on the status page'));
    expect(told().filter((text) => text.includes('is not out'))).toEqual([expect.stringContaining('Correct STATUSPAGE_API_KEY')]);
    await world().tocsin.stop();
    page.refuses = null;
    page.losesAnswers = 1;
    await world().another();
    for (const minutes of [6, 11, 16]) await world().later(minutes);
    expect(page.incidents).toHaveLength(before + 1);
    expect(page.incidents[0]?.incident_updates).toHaveLength(1);
    expect(told().filter((text) => /Tocsin published .* min late/.test(text))).toHaveLength(1);
    expect((await recordsOf(world(), id)).filter(({ type }) => type === 'notice.published')).toHaveLength(1);
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[AU-04] a page of our own is files for a web server; without approval a notice is there at once, and nothing of a private incident ever is', async () => {
    const { room } = await declare(world(), 'P1 vaultmesh-oracle Drift');
    await write(world(), 'U0ADA', room, { ...FORM, subject: 'Answers are <b>late</b>' });
    const read = (name: string) => readFileSync(join(FILES, name), 'utf8');
    expect(read('index.html')).toContain('Answers are &lt;b&gt;late&lt;/b&gt;');
    expect(read('feed.xml')).toContain('<title>Answers are &lt;b&gt;late&lt;/b&gt; (investigating)</title>');
    expect(JSON.parse(read('status.json'))).toMatchObject({ state: 'partial_outage', open: [{ status: 'investigating' }] });
    await world().say('U0ADA', room, 'resolve done');

    const hidden = await declare(world(), 'P0 vaultmesh-oracle --private Leak');
    await world().say('U0ADA', hidden.room, 'assign comms @joan');
    await write(world(), 'U0JOAN', hidden.room, { ...FORM, subject: 'A leak', flags: ['exposes'] });
    expect((await newest(world(), hidden.id, 'notice.due'))?.data).toMatchObject({ to: ['hand'] });
    expect(read('index.html')).not.toContain('A leak');
    await world().say('U0ADA', hidden.room, 'resolve done');
  });
});

/** What somebody fills in. */
type FormInput = NonNullable<Parameters<ReturnType<World['slack']['as']>['submitView']>[1]>;

function mailsOf(world: World) {
  return world.mail.taken;
}

/** Opens a form and returns all that it shows. */
async function openForm(world: World, user: string, room: string, command = 'notice'): Promise<string> {
  const person = world.slack.as(user);
  for (const { id } of world.slack.views(user)) await person.closeView(id);
  await person.command(room, '/incident', command);
  return JSON.stringify(await world.slack.waitFor(() => world.slack.views(user).at(-1)));
}

async function submit(world: World, user: string, values: FormInput): Promise<void> {
  const view = await world.slack.waitFor(() => world.slack.views(user).at(-1));
  await world.slack.as(user).submitView(view.id, values);
  await world.settled();
}

async function write(world: World, user: string, room: string, values: FormInput): Promise<void> {
  await openForm(world, user, room);
  await submit(world, user, { status: 'investigating', ...values });
}

async function newestDirect(world: World, user: string, words: string) {
  const found = (await directMessages(world, user)).findLast((message) => readable(message).includes(words));
  if (found === undefined) throw new Error(`${user} has no direct message with: ${words}`);
  return found;
}

/** Approves in the newest direct message that asks for it. */
async function approve(world: World, user: string): Promise<void> {
  const asked = await newestDirect(world, user, 'plan.approve');
  const { channel } = await world.slack.as(user).openDirect();
  await world.slack.as(user).click(channel ?? '', asked.ts, { action_id: 'plan.approve' });
  await world.settled();
}

/** Approves on the card in the room. */
async function approveIn(world: World, user: string, room: string, plan: string): Promise<void> {
  const card = world.slack.messages(room).findLast((message) => readable(message).includes('plan.approve') && readable(message).includes(plan));
  await world.slack.as(user).click(room, card?.ts ?? '', { action_id: 'plan.approve' });
  await world.settled();
}
