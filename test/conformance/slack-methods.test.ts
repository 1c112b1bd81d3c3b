import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { methods } from '../../simulators/slack/api/registry.ts';
import { type SlackSimulator, startSlackSimulator } from '../../simulators/slack/index.ts';
import { tierOf } from '../../simulators/slack/rate-limits.ts';
import { allScopes, bot, seed } from '../../simulators/test/slack/seed.ts';
import { ROOT } from '../docs/files.ts';
import { attempts } from './slack/attempts.ts';

interface Facts {
  readonly bot_scopes: readonly string[];
  readonly required: readonly string[];
  readonly args: readonly string[];
  readonly errors: readonly string[];
  readonly rate_limit: string;
}

/** Slack's own words, kept beside the repository: they are not ours to ship. */
const FACTS = (
  JSON.parse(readFileSync(join(ROOT, '..', 'shared', 'slack', 'methods.json'), 'utf8')) as { methods: Record<string, Facts | undefined> }
).methods;

/** What any method may answer with, which not every page says. */
const COMMON = [
  'invalid_arguments',
  'invalid_auth',
  'missing_argument',
  'missing_scope',
  'not_allowed_token_type',
  'not_authed',
  'ratelimited',
  'team_not_found',
  'unknown_method',
];
/** What Slack answers with, and says elsewhere or nowhere. */
const UNLISTED: Readonly<Record<string, readonly string[]>> = {
  // docs.slack.dev/reference/block-kit/blocks/table-block: of a second table.
  'chat.postMessage': ['invalid_attachments'],
  // It takes attachments as chat.postMessage does.
  'chat.scheduleMessage': ['invalid_attachments'],
  // It takes metadata as chat.postMessage does, whose words these are.
  'chat.postEphemeral': ['invalid_metadata_format', 'invalid_metadata_schema'],
  // What the method has always said of bots, and what its predecessor im.open documented.
  'conversations.open': ['cannot_dm_bot'],
  // What its sister usergroups.users.list documents of a group that is not there.
  'usergroups.users.update': ['no_such_subteam'],
};
/** The Node SDK's own name for `alt_txt`. */
const OF_THE_SDK: Readonly<Record<string, readonly string[]>> = { 'files.getUploadURLExternal': ['alt_text'] };

type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean; readonly error?: string };

let simulator: SlackSimulator;

beforeEach(() => start(allScopes));
afterEach(() => simulator.close());

async function start(scopes: readonly string[]): Promise<void> {
  await simulator?.close();
  simulator = await startSlackSimulator({ seed: seed({ bot: { ...bot, scopes: [...scopes] } }) });
}

async function call(method: string, args: Readonly<Record<string, unknown>>): Promise<Answer> {
  const token = methods.get(method)?.token === 'app' ? bot.appToken : bot.token;
  const response = await fetch(`${simulator.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(args),
  });
  return (await response.json()) as Answer;
}

function factsOf(method: string): Facts {
  const facts = FACTS[method];
  if (facts === undefined) throw new Error(`Slack has no method ${method}.`);
  return facts;
}

function each<T>(check: (name: string, facts: Facts) => readonly T[]): readonly T[] {
  return [...methods.keys()].flatMap((name) => check(name, factsOf(name)));
}

test('every method that is played takes what Slack documents, and nothing else', () => {
  const wrong = each((name, { args }) =>
    Object.keys(methods.get(name)?.args.shape ?? {})
      .filter((arg) => !args.includes(arg) && OF_THE_SDK[name]?.includes(arg) !== true)
      .map((arg) => `${name} takes ${arg}`),
  );
  expect(wrong).toEqual([]);
});

test('every argument that Slack demands is demanded', () => {
  const wrong = each((name, { required }) =>
    required
      .filter((arg) => arg !== 'token' && methods.get(name)?.args.shape[arg]?.safeParse(undefined).success !== false)
      .map((arg) => `${name} does without ${arg}`),
  );
  expect(wrong).toEqual([]);
});

test('every method takes the scopes that Slack documents, and no other', () => {
  const wrong = each((name, { bot_scopes }) => {
    const played = methods.get(name)?.scopes ?? [];
    return [...played].sort().join() === [...bot_scopes].sort().join() ? [] : [`${name}: ${played.join()} instead of ${bot_scopes.join()}`];
  });
  expect(wrong).toEqual([]);
});

test('a token without any of the scopes that a method needs is refused by it', async () => {
  await start([]);
  for (const [name, { scopes, token }] of methods) {
    if (scopes.length === 0 || token === 'app') continue;
    expect([name, await call(name, {})]).toMatchObject([name, { ok: false, error: 'missing_scope' }]);
  }
});

test('calls are limited by the tiers that Slack documents', () => {
  expect(each((name, { rate_limit }) => (tierOf(name) === rate_limit ? [] : [`${name}: ${tierOf(name)} instead of ${rate_limit}`]))).toEqual([]);
});

test('every error is one that Slack documents for the method, whatever is asked', async () => {
  const wrong = new Set<string>();
  const silent: string[] = [];
  for (const name of methods.keys()) {
    await start([...allScopes, 'chat:write.customize']);
    const answers = new Set<string>();
    for (const args of await attempts(name, simulator, call)) {
      const { ok, error } = await call(name, args);
      answers.add(ok ? 'ok' : 'refused');
      if (error !== undefined && ![...COMMON, ...factsOf(name).errors, ...(UNLISTED[name] ?? [])].includes(error)) wrong.add(`${name}: ${error}`);
    }
    if (!answers.has('ok')) silent.push(name);
  }
  expect([...wrong]).toEqual([]);
  // Views need a person's click first.
  expect(silent).toEqual(['views.open', 'views.push', 'views.update']);
});
