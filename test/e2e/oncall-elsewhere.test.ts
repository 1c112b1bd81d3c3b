import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CalendarSimulator } from '../../simulators/calendar/index.ts';
import { calendarOf, stamp } from '../helpers/calendar.ts';
import { describeWorld } from './helpers/each.ts';
import { DEMO, declare, directMessages, lastTold, readable, type World, type WorldOptions, withMails } from './helpers/world.ts';

const HOUR = 3_600_000;
const START = Date.now();
const after = (hours: number) => START + hours * HOUR;

const calendar = await CalendarSimulator.start();
afterAll(() => calendar.stop());

const event = (from: number, until: number, ...lines: string[]) => [`DTSTART:${stamp(after(from))}`, `DTEND:${stamp(after(until))}`, ...lines];
const GRACE = event(-1, 8, 'SUMMARY:On call', 'ATTENDEE:mailto:grace@example.com');
/** Nobody from the 12th hour to the 14th, and then somebody who is not in Slack. */
const TURNS = [
  GRACE,
  event(8, 12, 'SUMMARY:On call - Linus P. - Platform'),
  event(14, 15, 'SUMMARY:Bob <!channel> Stranger'),
  event(15, 16, 'ATTENDEE:mailto:grace@example.com', 'RRULE:FREQ=DAILY'),
];

function configured(text: string): string {
  const rotas = `rotas:
  platform:
    name: Platform
    channel: ${DEMO.general}
    topic: true
    ical: { url_env: PLATFORM_CALENDAR }
    people: { "Linus P.": U0LINUS }
  databases:
    name: Databases
    channel: ${DEMO.vaultmeshOps}
    pagerduty: PI7DH85
`;
  return text
    .replace('rotas:\n', rotas)
    .replace(
      /( {2}aureus:\n[\s\S]*?) {4}responders: .*\n {4}escalation: .*/,
      '$1    responders: [{ rota: platform }]\n    escalation: [{ rota: platform }, { user: U0ALAN, after: 15m }]',
    )
    .replace(/( {2}sark:\n[\s\S]*?) {4}responders: .*/, '$1    responders: [{ rota: databases }]');
}

const OPTIONS: WorldOptions = {
  delivery: 'http',
  restarts: true,
  pagerduty: true,
  config: configured,
  seed: withMails,
  get variables() {
    return { PLATFORM_CALENDAR: calendar.url };
  },
};

describeWorld('Who is on call, kept elsewhere', OPTIONS, (world) => {
  beforeAll(async () => {
    calendar.fail(null);
    calendar.publish(calendarOf(TURNS));
    world().pagerduty.plan({
      id: 'PI7DH85',
      name: 'Databases',
      timeZone: 'Europe/Berlin',
      users: [
        { id: 'PADA001', name: 'Ada L.', email: 'ada@example.com' },
        { id: 'PJOAN01', name: 'Joan C.', email: 'joan@example.com' },
      ],
      entries: [
        { user: 'PADA001', start: after(-100), end: after(30) },
        { user: 'PJOAN01', start: after(30), end: after(2_000) },
      ],
    });
    // What was read when it started was not there yet.
    await world().later(6);
  });

  const said = (channel: string, what: string) =>
    world()
      .texts(channel)
      .filter((text) => text.includes(what));
  const oncall = async () => {
    await world().say('U0JOAN', DEMO.general, '/oncall');
    return lastTold(world(), 'U0JOAN');
  };
  const pagesOf = async (user: string, id: string) =>
    (await directMessages(world(), user)).filter((message) => readable(message).includes(id)).length;

  test('[VQ-25] /oncall names who is on call by a calendar and by PagerDuty, who comes next, and how old that is', async () => {
    const told = await oncall();
    expect(told).toMatch(/Platform: <@U0GRACE> until <!date\^\d+\^[^>]*>, then <@U0LINUS>\. Its calendar was last read at <!date/);
    expect(told).toMatch(/Databases: <@U0ADA> until <!date\^\d+\^[^>]*>, then <@U0JOAN>\. Its schedule in PagerDuty was last read at <!date/);
    expect(world().slack.channel(DEMO.general).topic).toContain('On call for Platform: <@U0GRACE>');
    // That it is read for the first time is no hand-over.
    expect(said(DEMO.general, 'is on call for')).toEqual([]);
  });

  test('[VQ-25] what of it cannot be used is said once, and what others wrote calls nobody', async () => {
    const [parts, ...more] = said(DEMO.general, 'cannot be used');
    expect([parts, more]).toEqual([expect.stringContaining('Slack knows nobody for 1 name'), []]);
    expect(parts).toContain('rotas.platform.people');
    expect(parts).not.toContain('<!channel>');
  });

  test('[VQ-25] an incident calls whoever is on call by the calendar', async () => {
    const { id } = await declare(world(), 'P1 aureus The site is slow');
    expect([await pagesOf('U0GRACE', id), await pagesOf('U0LINUS', id), await pagesOf('U0ALAN', id)]).toEqual([1, 0, 0]);
  });

  test('[VQ-25] a swap works over it, by those who are in it', async () => {
    await world().say('U0JOAN', DEMO.general, '/oncall swap @joan platform until 1h');
    expect(lastTold(world(), 'U0JOAN')).toContain('Only those who swap');
    await world().say('U0GRACE', DEMO.general, '/oncall swap @alan platform until 1h');
    expect(said(DEMO.general, 'is on call for').at(-1)).toMatch(/<@U0ALAN> is on call for \*Platform\*.*Before: <@U0GRACE>/);
    expect(await oncall()).toMatch(/Platform: <@U0ALAN> \(for <@U0GRACE>\)/);
    await world().say('U0GRACE', DEMO.general, '/oncall swap off platform');
    expect(said(DEMO.general, 'is on call for').at(-1)).toMatch(/<@U0GRACE> is on call for \*Platform\*.*Before: <@U0ALAN>/);
  });

  test('[VQ-25] a change of the calendar is announced when it is read; of two who are on at the same time the one counts whose turn began last', async () => {
    await afterLook(world());
    const before = calendar.requests.length;
    calendar.publish(calendarOf([...TURNS, event(-0.5, 1, 'ATTENDEE:mailto:joan@example.com')]));
    await world().later(5);
    expect(calendar.requests.slice(before).map(({ status }) => status)).toEqual([200]);
    expect(said(DEMO.general, 'is on call for').at(-1)).toMatch(/<@U0JOAN> is on call for \*Platform\*.*Before: <@U0GRACE>/);
    calendar.publish(calendarOf(TURNS));
    await world().later(5);
    expect(said(DEMO.general, 'is on call for').at(-1)).toMatch(/<@U0GRACE> is on call for \*Platform\*.*Before: <@U0JOAN>/);
  });

  test('[VQ-25] while the calendar is away its last good copy counts, /oncall says how old it is, and after an hour people are told once', async () => {
    calendar.fail({ kind: 'status', status: 503 });
    await world().later(6);
    const told = await oncall();
    expect(told).toMatch(/Platform: <@U0GRACE> until .* Its calendar cannot be read \(since <!date\^[^>]*>\): the calendar’s server answers 503/);
    expect(told).toMatch(/This is the copy of <!date/);
    expect(said(DEMO.general, 'cannot be read')).toEqual([]);
    await world().later(61);
    await world().later(30);
    expect(said(DEMO.general, 'cannot be read (since')).toEqual([expect.stringContaining('Pages follow the copy of <!date')]);
    const metrics = await (await fetch(`http://127.0.0.1:${world().tocsin.ops.port}/metrics`)).text();
    const age = Number(/^tocsin_rota_copy_oldest_seconds (\d+)/m.exec(metrics)?.[1]);
    expect([age >= 90 * 60, age < 120 * 60]).toEqual([true, true]);
    await world().tocsin.stop();
    await world().another();
    await world().later(6);
    expect(await oncall()).toMatch(/Platform: <@U0GRACE> until/);
    calendar.fail(null);
    await world().later(6);
    expect(said(DEMO.general, 'cannot be read (since')).toEqual([]);
    expect(said(DEMO.general, 'has been read again since')).toEqual([expect.stringMatching(/It could not be read from <!date\^[^>]*> on: /)]);
    expect(await oncall()).not.toContain('cannot be read');
  });

  test('[VQ-25] in a gap nobody is on call, which is said, and the next step of the line is called at once', async () => {
    await moveTo(world(), 8.2);
    expect(said(DEMO.general, 'is on call for').at(-1)).toMatch(/<@U0LINUS> is on call for \*Platform\*/);
    await moveTo(world(), 12.1);
    expect(said(DEMO.general, 'is on call for').at(-1)).toMatch(/:warning: Nobody is on call for \*Platform\* until .*Before: <@U0LINUS>/);
    expect(await oncall()).toMatch(/:warning: Platform: nobody is on call until <!date\^[^>]*>, then <@U0GRACE>/);
    expect(world().slack.channel(DEMO.general).topic).toContain('On call for Platform: nobody');
    const { id } = await declare(world(), 'P1 aureus Nobody is there', 'U0JOAN');
    expect(await pagesOf('U0ALAN', id)).toBe(1);
    await moveTo(world(), 14.1);
    expect(await oncall()).toMatch(/nobody is on call.* It is the turn of “Bob [^”]*Stranger”, whom Slack does not know/);
    await moveTo(world(), 15.1);
    expect(said(DEMO.general, 'is on call for').at(-1)).toMatch(/<@U0GRACE> is on call for \*Platform\*.*Before: nobody/);
  });

  test('[VQ-25] a calendar whose faults change each time is spoken of once a day, and then of what is wrong by then', async () => {
    await moveTo(world(), 50);
    const parts = () => said(DEMO.general, 'cannot be used');
    const before = parts().length;
    const stranger = async (name: string) => {
      calendar.publish(calendarOf([...TURNS, event(200, 201, `SUMMARY:${name} Stranger`)]));
      await world().later(5);
    };
    for (const name of ['Zoe', 'Yan', 'Xia']) await stranger(name);
    expect(parts().slice(before)).toEqual([expect.stringContaining('Zoe Stranger')]);
    await moveTo(world(), 76);
    expect(parts().slice(before + 1)).toEqual([expect.stringContaining('Xia Stranger')]);
    calendar.publish(calendarOf(TURNS));
    await world().later(5);
  });

  test('[VQ-25] no address of a calendar and no key is in what people read, or in the records', async () => {
    const channels = [DEMO.general, DEMO.vaultmeshOps, DEMO.incidents].flatMap((channel) => world().texts(channel));
    const records = JSON.stringify(await world().tocsin.store.records('system'));
    for (const secret of ['private-0f3c9a', 'pagerduty-api-key']) expect([...channels, records].some((text) => text.includes(secret))).toBe(false);
  });
});

/** Calendars are looked at when the clock strikes five minutes: moves it to a minute or two after that, so that a slow machine does not come to the next one. */
async function afterLook(world: World): Promise<void> {
  const minutes = (Date.now() + world.slack.clock.offsetMs) / 60_000;
  await world.later(6 - Math.floor(minutes % 5));
}

/** Moves the clock to so many hours after the start, in steps in which everything that waits gets its turn. */
async function moveTo(world: World, hours: number): Promise<void> {
  const now = () => Date.now() + world.slack.clock.offsetMs;
  await world.later(Math.max(1, (after(hours) - now()) / 60_000));
}
