import { describe, expect, test } from '@jest/globals';
import type { App, Receiver, ReceiverEvent } from '@slack/bolt';
import { pino } from 'pino';
import { COMMANDS } from '../../commands/registry.ts';
import { TocsinError } from '../../src/domain/errors.ts';
import type { Json } from '../../src/domain/record.ts';
import { durableReceiver } from '../../src/slack/receive/intake.ts';

const TEAM = 'T0TOCSIN';

/** A receiver that hands over what the test gives it, as Bolt's own do after they verified a payload. */
class GivenReceiver implements Receiver {
  app: App | null = null;
  init(app: App): void {
    this.app = app;
  }
  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async give(body: Json): Promise<unknown> {
    let acked: unknown = 'not acked';
    const ack = async (answer?: unknown) => {
      acked = answer ?? 'empty';
    };
    await this.app?.processEvent({ body, ack } as unknown as ReceiverEvent);
    return acked;
  }
}

function setUp(down: 'away' | 'full' | 'silent' | null = null): { given: GivenReceiver; stored: Json[]; rejected: string[] } {
  const stored: Json[] = [];
  const rejected: string[] = [];
  const keep = async ({ payload }: { payload: Json }) => {
    if (down === 'away') throw new TocsinError('database-unavailable', 'away');
    if (down === 'silent') await new Promise(() => undefined);
    stored.push(payload);
    return true;
  };
  const given = new GivenReceiver();
  const receiver = durableReceiver(given, {
    keep,
    isFull: async () => down === 'full',
    commands: COMMANDS,
    home: { teams: new Set([TEAM]), enterprise: null },
    logger: pino({ level: 'silent' }),
    onRejected: (reason) => rejected.push(reason),
  });
  receiver.init({} as App);
  return { given, stored, rejected };
}

const command = { command: '/incident', text: 'list', team_id: TEAM, user_id: 'U1', channel_id: 'C1', trigger_id: 't1' };
const event = { type: 'event_callback', team_id: TEAM, event_id: 'Ev1', event: { type: 'app_home_opened', user: 'U1', tab: 'home' } };

function submission(values: Json): Json {
  return {
    type: 'view_submission',
    team: { id: TEAM },
    user: { id: 'U1', team_id: TEAM },
    view: { id: 'V1', callback_id: 'incident.resolve', private_metadata: '{}', state: { values } },
  };
}

describe('a payload', () => {
  test('is stored before it is acked', async () => {
    const { given, stored } = setUp();
    expect(await given.give(command)).toBe('empty');
    expect(stored).toHaveLength(1);
  });

  test('of another workspace, or of no shape, is acked, counted and not stored', async () => {
    const { given, stored, rejected } = setUp();
    await given.give({ ...command, team_id: 'T0EVIL' });
    await given.give({ hello: 'world' });
    await given.give({ ...command, text: 'x'.repeat(50_000) });
    expect(rejected).toEqual(['foreign-team', 'malformed', 'malformed']);
    expect(stored).toEqual([]);
  });

  test('that closes a form is of no interest', async () => {
    const { given, stored, rejected } = setUp();
    expect(await given.give({ type: 'view_closed', team: { id: TEAM } })).toBe('empty');
    expect([stored, rejected]).toEqual([[], []]);
  });

  test('of a form with mistakes is answered under its fields', async () => {
    const { given, stored } = setUp();
    expect(await given.give(submission({ text: { value: { type: 'plain_text_input', value: '  ' } } }))).toEqual({
      response_action: 'errors',
      errors: { text: 'Please fill this in.' },
    });
    expect(stored).toEqual([]);
  });
});

describe('while the database is away', () => {
  test('a command is told so', async () => {
    expect(await setUp('away').given.give(command)).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining('cannot reach its database'),
    });
  });

  test('a form stays open with what was typed', async () => {
    const answer = await setUp('away').given.give(submission({ text: { value: { type: 'plain_text_input', value: 'fixed' } } }));
    expect(answer).toMatchObject({ response_action: 'errors', errors: { text: expect.stringContaining('database') } });
  });

  test('an event is not acked, so that Slack sends it again', async () => {
    await expect(setUp('away').given.give(event)).rejects.toThrow('not stored');
  });
});

describe('while the database’s disk is full', () => {
  test('a command and a form are told so at once, an event comes again', async () => {
    expect(await setUp('full').given.give(command)).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('disk') });
    const answer = await setUp('full').given.give(submission({ text: { value: { type: 'plain_text_input', value: 'fixed' } } }));
    expect(answer).toMatchObject({ response_action: 'errors', errors: { text: expect.stringContaining('disk') } });
    await expect(setUp('full').given.give(event)).rejects.toThrow('not stored');
  });
});

describe('while the database says nothing', () => {
  test('a command is told in time that it may still be done', async () => {
    const { given } = setUp('silent');
    expect(await given.give(command)).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('look before you try again') });
  });
});
