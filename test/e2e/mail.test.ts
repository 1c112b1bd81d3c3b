import { expect, test } from '@jest/globals';
import { describeWorld } from './helpers/each.ts';
import { DEMO, declare, type World } from './helpers/world.ts';

const BOARD = 'board@example.com';
const OPS = 'ops@example.com';
const AUREUS = /name: AUREUS Platform\n {4}time_zone: Europe\/Berlin\n {4}channels: \{ incidents: C0INCIDENTS, security: C0SECINC, updates: C0OPSESC/;

/** Two stakeholders and one who wants no mail, for every service; AUREUS has a channel of its stakeholders. */
function configured(text: string): string {
  const mail = `mail: { from: tocsin@example.com, stakeholders: [${BOARD}, ${OPS}, left@example.com], opt_out: [Left@example.com] }\n`;
  return `${mail}${text.replace(AUREUS, (found) => `${found}, stakeholders: ${DEMO.general}`)}`;
}

/** The written matrix of AUREUS by mail: who hears of what. */
function matrix(text: string): string {
  return `mail:
  from: tocsin@example.com
  stakeholders:
    - { to: cto@example.com, types: [platform-outage, security-breach, data-loss], severities: [P0] }
    - { to: [compliance@example.com, left@example.com], types: [data-loss] }
    - { to: risk@example.com, types: [policy-failure], severities: [P1] }
    - { to: support@example.com, mails: [declared, resolved] }
  opt_out: [Left@example.com]
${text}`;
}

describeWorld('Mail by the matrix of who hears what', { delivery: 'http', mail: true, config: matrix }, (world) => {
  const mails = (id: string) =>
    world()
      .mail.taken.filter(({ mail }) => mail.subject?.includes(id))
      .map(({ to, mail }) => `${to.split('@')[0]} ${mail.subject?.split(':')[0]}`)
      .toSorted();

  test('[AU-05] each type and severity has its readers; who was told of it hears the end; of a type that it gets later they hear then', async () => {
    const outage = await declare(world(), 'P0 type:platform-outage aureus Down');
    await world().later(1);
    expect(mails(outage.id)).toEqual(['cto Incident', 'support Incident']);
    await world().say('U0ADA', outage.room, 'severity P2 half of it is back');
    await world().say('U0ADA', outage.room, 'resolve all of it is back');
    expect(mails(outage.id)).toEqual(['cto Incident', 'cto Resolved', 'support Incident', 'support Resolved']);
    const policy = await declare(world(), 'P1 type:policy-failure aureus Denies everything');
    await world().later(1);
    expect(mails(policy.id)).toEqual(['risk Incident', 'support Incident']);
    await world().say('U0ADA', policy.room, 'type data-loss rows are gone');
    expect(mails(policy.id)).toEqual(['compliance Type changed', 'risk Incident', 'support Incident']);
    expect(world().mail.taken.at(-1)?.mail.text).toContain('is an incident of the type “Data loss” now.');
    await world().say('U0ADA', policy.room, 'resolve restored');
    expect(mails(policy.id).filter((one) => one.endsWith('Resolved'))).toEqual(['compliance Resolved', 'risk Resolved', 'support Resolved']);
    const light = await declare(world(), 'P3 type:performance-degradation aureus Slow');
    await world().later(1);
    await world().say('U0ADA', light.room, 'resolve done');
    expect(mails(light.id)).toEqual([]);
  });
});

describeWorld('Mail to stakeholders', { delivery: 'http', mail: true, restarts: true, config: configured }, (world) => {
  const mails = (id: string) => world().mail.taken.filter(({ mail }) => mail.subject?.includes(id));
  /** Mails in their order; who gets one of them first is not said. */
  const subjects = (id: string) => {
    const got = mails(id).map(({ to, mail }) => ({ to, subject: mail.subject?.split(':')[0] ?? '' }));
    const order = [...new Set(got.map(({ subject }) => subject))];
    return got
      .toSorted((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject) || a.to.localeCompare(b.to))
      .map(({ to, subject }) => `${to} ${subject}`);
  };
  const both = (what: string) => [`${BOARD} ${what}`, `${OPS} ${what}`];
  const data = async (id: string, type: string) => (await recordsOf(world(), id)).filter((one) => one.type === type).map((one) => one.data);

  test('[VQ-17] an incident that lasts longer than two hours is mailed once, whatever its severity; then its end is, in the same thread', async () => {
    const { id, room } = await declare(world(), 'P3 aureus Slow <b>pages</b> & "more"');
    await world().say('U0ADA', room, 'assign commander @ada');
    await world().later(119);
    expect(subjects(id)).toEqual([]);
    await world().later(2);
    expect(subjects(id)).toEqual(both('Not over yet'));
    await world().later(180);
    expect(subjects(id)).toHaveLength(2);
    await world().say('U0ADA', room, 'resolve the cache was too small');
    expect(subjects(id)).toEqual([...both('Not over yet'), ...both('Resolved')]);

    const [long, , resolved] = mails(id).map(({ mail }) => mail);
    expect(long?.from?.value[0]).toEqual({ name: 'Tocsin', address: 'tocsin@example.com' });
    expect(long?.messageId).toMatch(new RegExp(`^<${id.toLowerCase()}\\.long\\.[0-9a-f]{8}@example\\.com>$`));
    expect(resolved).toMatchObject({
      messageId: long?.messageId?.replace('.long.', '.resolved.'),
      inReplyTo: long?.messageId,
      references: long?.messageId,
    });
    expect(long?.text).toMatch(new RegExp(`^${id} has lasted 2 h .*and is not over yet\\.`));
    for (const line of [
      'What: Slow <b>pages</b> & "more"',
      'Severity: P3 (Low)',
      'Impact: Not known yet',
      'Next update: ',
      `Room: https://slack.com/app_redirect?channel=${room}`,
    ])
      expect(long?.text).toContain(line);
    expect(long?.html).toContain('Slow &lt;b&gt;pages&lt;/b&gt; &amp; &quot;more&quot;');
    expect(long?.html).not.toContain('<b>');
    expect(resolved?.text).toContain('Resolution: the cache was too small');
    expect(await data(id, 'mail.sent')).toMatchObject([
      { kind: 'long', recipients: 2, message_id: long?.messageId, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { kind: 'resolved', recipients: 2 },
    ]);
    await world().say('U0ADA', room, 'timeline');
    expect(JSON.stringify(world().slack.messages(room)) + JSON.stringify(world().slack.ephemerals('U0ADA'))).toContain(
      'Tocsin mailed 2 stakeholders that the incident is not over yet',
    );
  });

  test('[AU-05] stakeholders hear of a P0 or P1 at once, and when one is raised to that; a short P2 is not mailed, a private one never', async () => {
    const grave = await declare(world(), 'P1 sark Down');
    const light = await declare(world(), 'P2 sark Slow');
    const hidden = await declare(world(), 'P0 sark --private Leak');
    await world().later(1);
    expect(subjects(grave.id)).toEqual(both('Incident'));
    expect(subjects(light.id)).toEqual([]);
    await world().say('U0ADA', light.room, 'severity P1 everybody sees it');
    expect(subjects(light.id)).toEqual(both('Severity raised'));
    await world().later(125);
    await world().say('U0ADA', grave.room, 'resolve done');
    await world().say('U0ADA', grave.room, 'reopen it came back');
    await world().say('U0ADA', grave.room, 'resolve really done');
    expect(new Set(subjects(grave.id).map((one) => one.split(' ').slice(1).join(' ')))).toEqual(
      new Set(['Incident', 'Not over yet', 'Resolved', 'Open again']),
    );
    expect(new Set(mails(grave.id).map(({ mail }) => mail.messageId)).size * 2).toBe(mails(grave.id).length);
    await world().say('U0ADA', hidden.room, 'resolve done');
    expect(subjects(hidden.id)).toEqual([]);
    expect((await recordsOf(world(), hidden.id)).filter(({ type }) => type.startsWith('mail.'))).toEqual([]);
    await world().say('U0ADA', light.room, 'resolve done');
  });

  test('while the mail server is away the room is told once, and every mail goes out afterwards, once, also by another bot', async () => {
    await world().mail.away();
    const { id, room } = await declare(world(), 'P1 sark Away');
    for (const minutes of [1, 3, 10, 20]) await world().later(minutes);
    const told = () =>
      world()
        .texts(room)
        .filter((text) => text.includes('mail'));
    expect(told()).toHaveLength(1);
    expect(told()[0]).toContain(`could not be sent to 2 stakeholders yet: the mail server 127.0.0.1:${world().mail.port} cannot be reached`);
    await world().tocsin.stop();
    await world().mail.back();
    await world().another();
    await world().later(61);
    expect(subjects(id)).toEqual(both('Incident'));
    expect(told()).toHaveLength(2);
    expect(told()[1]).toMatch(/Tocsin mailed 2 stakeholders that the incident was declared, 1 h \d+ min late/);
    await world().say('U0ADA', room, 'resolve done');
  });

  test('a recipient that the server refuses is said in the room with the address masked, and the others get theirs', async () => {
    world().mail.answers.set(BOARD, 550);
    const { id, room } = await declare(world(), 'P1 sark Refused');
    await world().later(1);
    expect(subjects(id)).toEqual([`${OPS} Incident`]);
    const said = world()
      .texts(room)
      .find((text) => text.includes('refused'));
    expect(said).toContain('refused the mail that the incident was declared for b…@example.com: the mail server said 550 ');
    expect(JSON.stringify(await recordsOf(world(), id))).not.toContain(BOARD);
    expect(await data(id, 'mail.failed')).toMatchObject([{ recipients: 1, waits: false, to: ['b…@example.com'] }]);
    expect(await data(id, 'mail.sent')).toMatchObject([{ recipients: 1 }]);
    world().mail.answers.clear();
    await world().say('U0ADA', room, 'resolve done');
  });

  test('a recipient that the server puts off is tried again, and nobody gets two for it', async () => {
    world().mail.answers.set(OPS, 451);
    const { id, room } = await declare(world(), 'P1 sark Put off');
    await world().later(1);
    expect(subjects(id)).toEqual([`${BOARD} Incident`]);
    world().mail.answers.clear();
    await world().later(5);
    expect(subjects(id)).toEqual(both('Incident'));
    await world().say('U0ADA', room, 'resolve done');
  });

  test('where the answer to a mail is lost, it is sent again under the same Message-ID, and the record says who may have it twice', async () => {
    world().mail.losesAnswers = 1;
    const { id, room } = await declare(world(), 'P1 sark Lost answer');
    await world().later(1);
    await world().later(5);
    expect(subjects(id).toSorted()).toEqual([`${BOARD} Incident`, `${BOARD} Incident`, `${OPS} Incident`]);
    expect(new Set(mails(id).map(({ mail }) => mail.messageId)).size).toBe(1);
    expect(await data(id, 'mail.sent')).toMatchObject([{ recipients: 2, again: 1 }]);
    await world().say('U0ADA', room, 'resolve done');
  });

  test('[PF-32] [VO-18] at the end the stakeholders’ channel gets a summary with the timeline, without commands', async () => {
    const { id, room } = await declare(world(), 'P2 aureus Disk full');
    await world().say('U0ADA', room, 'ack');
    await world().say('U0ADA', room, 'resolve a full disk was emptied');
    const shown = () =>
      world()
        .texts(DEMO.general)
        .filter((text) => text.includes(id));
    expect(shown()).toHaveLength(1);
    for (const part of ['Resolved: Disk full', 'a full disk was emptied', '*Declared*', '*Acknowledged*', '*Resolved*'])
      expect(shown()[0]).toContain(part);
    expect(shown()[0]).not.toContain('/incident');
    await world().say('U0ADA', room, 'reopen it came back');
    expect(shown()).toHaveLength(2);
  });
});

interface Stored {
  readonly type: string;
  readonly data: unknown;
}

async function recordsOf(world: World, id: string): Promise<readonly Stored[]> {
  return world.tocsin.store.records(id);
}
