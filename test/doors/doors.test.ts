import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask, type DoorName, type OpenBot, signed, startOpenBot } from './bot.ts';
import { dial, eachOf, send } from './client.ts';
import { type Hostile, hostileRequests } from './hostile.ts';

const TOTAL = Number(process.env.FUZZ_REQUESTS ?? 10_000);
const BATCH = 1_000;
const WIDTH = 60;
const SLOW = 60;
const DOORS: readonly [DoorName, number][] = [
  ['slack', 200],
  ['webhooks', 200],
  ['operations', 200],
  ['control', 400],
];

let open: OpenBot;
beforeAll(async () => {
  open = await startOpenBot();
});
afterAll(async () => {
  await open.stop();
});

describe.each(DOORS)('The %s door', (name, welcome) => {
  test(`answers ${TOTAL} hostile requests, the process lives, and what is genuine is served in between`, async () => {
    const requests = hostileRequests(TOTAL, 20_261_121);
    const unanswered: string[] = [];
    const failed: string[] = [];
    for (let i = 0; i < requests.length; i += BATCH) {
      await eachOf(requests.slice(i, i + BATCH), WIDTH, async (request) => {
        const answer = await send(open.doors[name], request);
        if (answer === 'none' || (answer === null && request.after === 'waits')) unanswered.push(`${answer} ${show(request)}`);
        if (typeof answer === 'number' && answer >= 500) failed.push(`${answer} ${show(request)}`);
      });
      expect({ ended: open.hasEnded(), genuine: await open.genuine(name), unanswered, failed }).toEqual({
        ended: false,
        genuine: welcome,
        unanswered: [],
        failed: [],
      });
    }
  }, 900_000);
});

describe('Slow clients', () => {
  test('are cut off at every door, and keep nobody else waiting', async () => {
    const heads = ['GET /readyz HTTP/1.1\r\nhost: x\r\nx-slow: ', 'POST /slack/events HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{', ''];
    const closed = DOORS.flatMap(([name]) =>
      heads.flatMap((head) =>
        Array.from(
          { length: SLOW },
          () =>
            new Promise<void>((done) => {
              const socket = dial(open.doors[name]);
              socket.on('connect', () => socket.write(head));
              // Whoever answers reads what comes, or the end of the connection is not seen.
              socket.resume().on('error', () => undefined);
              socket.on('close', () => done());
            }),
        ),
      ),
    );
    for (const [name, welcome] of DOORS) expect([name, await open.genuine(name)]).toEqual([name, welcome]);
    await Promise.all(closed);
    expect(open.hasEnded()).toBe(false);
    for (const [name, welcome] of DOORS) expect([name, await open.genuine(name)]).toEqual([name, welcome]);
  }, 600_000);
});

function show({ bytes, after, cut }: Hostile): string {
  return `${after} ${cut ?? ''} ${JSON.stringify(bytes.toString('latin1', 0, 200))}`;
}

describe('Where nobody says otherwise', () => {
  test('every port listens on the loopback interface only', async () => {
    const outside = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4'));
    for (const { address } of outside) {
      for (const door of Object.values(open.doors))
        if ('port' in door) expect([address, await connects(address, door.port)]).toEqual([address, false]);
    }
    for (const door of Object.values(open.doors)) if ('port' in door) expect(await connects('127.0.0.1', door.port)).toBe(true);
  });
});

describe('What Slack has signed', () => {
  test.each([
    ['null, called a form with a character set', 'null', 'application/x-www-form-urlencoded; charset=utf-8', 200],
    ['a form whose payload is null, with a character set', 'payload=null', 'Application/X-WWW-Form-Urlencoded; charset=utf-8', 400],
    ['an event that is nested 5,000 deep', nested(5_000), 'application/json', 200],
    ['a list', '[1]', 'application/json', 400],
    ['a text', '"x"', 'application/json', 400],
    ['nothing', '', 'application/json', 400],
    ['a form whose payload is null', 'payload=null', 'application/x-www-form-urlencoded', 400],
    ['a form with two payloads', 'payload={}&payload=null', 'application/x-www-form-urlencoded', 200],
    ['a challenge that is an object', '{"type":"url_verification","challenge":{}}', 'application/json', 200],
    ['an empty object', '{}', 'application/json', 200],
  ])('%s is answered', async (_what, body, type, status) => {
    expect((await ask(open.doors.slack, signed(body, type))).status).toBe(status);
    expect([open.hasEnded(), await open.genuine('slack')]).toEqual([false, 200]);
  });
});

function nested(depth: number): string {
  return `{"type":"event_callback","team_id":"T0TOCSIN","event_id":"Ev1","event":{"type":"message","x":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host, port }, () => {
      socket.destroy();
      done(true);
    }).on('error', () => done(false));
  });
}
