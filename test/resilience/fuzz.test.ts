import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { demoSeed } from '../../demo/workspace.ts';
import { signature } from '../../simulators/slack/index.ts';
import type { Json } from '../../src/domain/record.ts';
import { describeWorld } from '../e2e/helpers/each.ts';
import { DEMO, declare, readable } from '../e2e/helpers/world.ts';

const TOTAL = Number(process.env.FUZZ_PAYLOADS ?? 1_000);
const SEED = 20_261_121;
const SECRET = demoSeed().bot.signingSecret;
const HOSTILE = [
  '<!channel>',
  '<!here|x>',
  '<!subteam^S0SRE>',
  '</script><img src=x>',
  '\u0000',
  '\ud800',
  '../../etc/passwd',
  "'; drop table record; --",
  '${process.env}',
  '{{7*7}}',
  '\u202egnp.exe',
];

interface Sent {
  readonly kind: string;
  readonly status: number;
}

/** A body with a signature that Slack would have made, or one that it would not. */
async function post(port: number, body: string, type: 'form' | 'json', sign: 'good' | 'bad' | 'old' | 'none'): Promise<number> {
  const now = Math.floor(Date.now() / 1_000);
  const timestamp = sign === 'old' ? now - 600 : now;
  const secret = sign === 'bad' ? 'not-the-secret' : SECRET;
  const headers: Record<string, string> = { 'content-type': type === 'form' ? 'application/x-www-form-urlencoded' : 'application/json' };
  if (sign !== 'none') Object.assign(headers, signature(secret, body, timestamp));
  try {
    const response = await fetch(`http://127.0.0.1:${port}/slack/events`, { method: 'POST', headers, body, signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    throw new Error(`${sign} ${type} ${body.slice(0, 200)}`, { cause: error });
  }
}

let counter = 0;

function command(text: string, change: Record<string, string> = {}): string {
  counter++;
  return new URLSearchParams({
    command: '/incident',
    text,
    team_id: DEMO.team,
    user_id: 'U0JOAN',
    channel_id: DEMO.general,
    trigger_id: `fuzz.${counter}`,
    response_url: 'http://127.0.0.1:9/closed',
    ...change,
  }).toString();
}

function interaction(payload: Json): string {
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

const word = fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom(...HOSTILE));
const json = fc.json({ maxDepth: 3 });
const who = { id: 'U0JOAN', team_id: DEMO.team };
const team = { id: DEMO.team };

/** Buttons that decide, run or revert something. */
const ACTIONS = [
  'plan.approve',
  'plan.reject',
  'plan.withdraw',
  'plan.revert',
  'plan.extend',
  'plan.keep',
  'plan.overwrite',
  'runbook.diagnose',
  'runbook.run',
];

/** Every kind of payload that must change nothing, by name; each gives what is posted. */
const KINDS: Record<string, fc.Arbitrary<{ body: string; type: 'form' | 'json'; sign: 'good' | 'bad' | 'old' | 'none' }>> = {
  'bad signature': word.map((text) => ({ body: command(`declare P1 aureus ${text}`), type: 'form', sign: 'bad' })),
  'no signature': word.map((text) => ({ body: command(`declare P1 aureus ${text}`), type: 'form', sign: 'none' })),
  'old timestamp': word.map((text) => ({ body: command(`declare P1 aureus ${text}`), type: 'form', sign: 'old' })),
  'foreign workspace': word.map((text) => ({ body: command(`declare P1 aureus ${text}`, { team_id: 'T0EVIL' }), type: 'form', sign: 'good' })),
  'a guest': word.map((text) => ({ body: command(`declare P1 aureus x${text}`, { user_id: 'U0GUEST' }), type: 'form', sign: 'good' })),
  'an unknown person': word.map((text) => ({ body: command(`declare P1 aureus x${text}`, { user_id: 'U0NOBODY' }), type: 'form', sign: 'good' })),
  'no such subcommand': word.map((text) => ({ body: command(`zz${text}`), type: 'form', sign: 'good' })),
  'an incident that is not there': fc.constantFrom('ack', 'note x', 'resolve x', 'close', 'merge INC-2026-0001').map((text) => {
    const [name = '', ...rest] = text.split(' ');
    return { body: command(`${name} INC-9999-0001 ${rest.join(' ')}`), type: 'form', sign: 'good' };
  }),
  'a huge text': fc.integer({ min: 3_000, max: 60_000 }).map((length) => ({ body: command(`zz${'A'.repeat(length)}`), type: 'form', sign: 'good' })),
  'a role that is missing': word.map((text) => ({ body: command(`severity INC-2026-0001 P0 r${text}`), type: 'form', sign: 'good' })),
  'a forged button': fc.tuple(word, word).map(([action, value]) => ({
    body: interaction({
      type: 'block_actions',
      team,
      user: who,
      container: { type: 'message', channel_id: DEMO.general },
      trigger_id: `t${counter++}`,
      actions: [{ action_id: action, block_id: 'b', action_ts: `${counter}.1`, value, type: 'button' }],
    }),
    type: 'form',
    sign: 'good',
  })),
  'a real button with a forged value': fc.tuple(fc.constantFrom(...ACTIONS), word).map(([action, value]) => ({
    body: interaction({
      type: 'block_actions',
      team,
      user: who,
      container: { type: 'message', channel_id: DEMO.general },
      trigger_id: `t${counter++}`,
      actions: [{ action_id: action, block_id: 'b', action_ts: `${counter}.1`, value: `INC-2026-0001:${value}`, type: 'button' }],
    }),
    type: 'form',
    sign: 'good',
  })),
  'a runbook, an approval or a bypass by somebody without a role': fc
    .tuple(
      fc.constantFrom('/runbook', '/bypass', '/approvals'),
      fc.constantFrom('run', 'diagnose', 'preflight', 'request', 'revert', 'extend', 'zz'),
      word,
    )
    .map(([name, subcommand, text]) => ({
      body: command(`${subcommand} aureus/frontend-down ${text}`, { command: name }),
      type: 'form',
      sign: 'good',
    })),
  'a forged form': fc.tuple(word, json, word).map(([callback, metadata, text]) => ({
    body: interaction({
      type: 'view_submission',
      team,
      user: who,
      view: {
        id: `V${counter++}`,
        callback_id: callback,
        private_metadata: metadata.slice(0, 3_000),
        state: { values: { [text]: { value: { type: 'plain_text_input', value: text } } } },
      },
    }),
    type: 'form',
    sign: 'good',
  })),
  'a real form with junk in it': json.map((metadata) => ({
    body: interaction({
      type: 'view_submission',
      team,
      user: who,
      view: {
        id: `V${counter++}`,
        callback_id: 'incident.declare',
        private_metadata: metadata.slice(0, 3_000),
        state: { values: { service: { value: { type: 'static_select', selected_option: { value: 'no-such-service' } } } } },
      },
    }),
    type: 'form',
    sign: 'good',
  })),
  'any JSON as an interaction': json.map((body) => ({ body: new URLSearchParams({ payload: body }).toString(), type: 'form', sign: 'good' })),
  'any JSON as an event': json.map((body) => ({ body, type: 'json', sign: 'good' })),
  'any event': fc.tuple(word, json).map(([type, more]) => ({
    body: JSON.stringify({
      type: 'event_callback',
      team_id: DEMO.team,
      event_id: `Ev${counter++}`,
      event: { type, user: 'U0JOAN', reaction: type, item: JSON.parse(more) as Json },
    }),
    type: 'json',
    sign: 'good',
  })),
  'no form at all': word.map((body) => ({ body, type: 'form', sign: 'good' })),
};

describeWorld('hostile payloads', { delivery: 'http' }, (theWorld) => {
  test(`${TOTAL} of them crash nothing, change nothing but refusals, and people get answers`, async () => {
    const world = theWorld();
    const { id } = await declare(world, 'P2 aureus The one that is there');
    // The canvas of its channel comes a moment later.
    await world.later(1);
    const before = await world.tocsin.incidents.find(id);
    const port = world.tocsin.slackPort ?? 0;
    const kinds = Object.keys(KINDS);
    const sent: Sent[] = [];
    const each = Math.ceil(TOTAL / kinds.length);
    for (const kind of kinds) {
      const samples = fc.sample(KINDS[kind] as fc.Arbitrary<{ body: string; type: 'form' | 'json'; sign: 'good' | 'bad' | 'old' | 'none' }>, {
        numRuns: each,
        seed: SEED,
      });
      for (let i = 0; i < samples.length; i += 20) {
        const statuses = await Promise.all(samples.slice(i, i + 20).map(({ body, type, sign }) => post(port, body, type, sign)));
        sent.push(...statuses.map((status) => ({ kind, status })));
      }
    }
    expect(sent.length).toBeGreaterThanOrEqual(TOTAL);
    await world.settled();

    const refused = new Set(['bad signature', 'no signature', 'old timestamp']);
    expect(new Set(sent.filter(({ kind }) => refused.has(kind)).map(({ status }) => status))).toEqual(new Set([401]));
    expect(sent.filter(({ kind, status }) => !refused.has(kind) && status >= 500)).toEqual([]);

    const after = await world.tocsin.incidents.find(id);
    expect({ ...after, seq: before?.seq }).toEqual(before);
    const records = await world.tocsin.store.records(id);
    expect(new Set(records.slice(before?.seq).map(({ type }) => type))).toEqual(new Set(['command.refused']));
    expect(await world.tocsin.store.incidents({})).toHaveLength(1);

    const outcomes = await world.outcomes();
    expect(outcomes.filter((outcome) => outcome === null)).toEqual([]);
    expect(outcomes.filter((outcome) => outcome?.outcome === 'failed')).toEqual([]);
    expect(outcomes.filter((outcome) => outcome?.outcome === 'done')).toHaveLength(1);
    const answers = await world.tocsin.store.messages({ templates: ['reply'] });
    const owed = outcomes.filter((outcome) => outcome?.outcome === 'refused' || outcome?.outcome === 'mistaken').length;
    expect(answers.length).toBeGreaterThanOrEqual(owed);
    expect(answers.map((answer) => JSON.stringify(answer.data)).join()).not.toMatch(/<!(channel|here|everyone|subteam)/);

    await world.say('U0ADA', world.room(id), 'note still here');
    expect((await world.tocsin.store.records(id)).at(-1)).toMatchObject({ type: 'note.added' });
  }, 1_800_000);

  test('markup in a summary reaches no channel as a broadcast, and the incident lives on', async () => {
    const world = theWorld();
    for (const text of HOSTILE.filter((one) => !one.includes('\u0000') && !one.includes('\ud800'))) {
      const { id, room } = await declare(world, `P3 sark x ${text}`);
      const shown = [...world.slack.messages(room), ...world.slack.messages(DEMO.incidents)].filter((message) => readable(message).includes(id));
      expect(
        shown
          .map(readable)
          .join()
          .replaceAll('<!subteam^S0SRE> ', '')
          .replaceAll(/<!date\^/g, ''),
      ).not.toContain('<!');
      await world.say('U0ADA', room, 'resolve done');
    }
  });
});
