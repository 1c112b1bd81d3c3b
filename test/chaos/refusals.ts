import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { FaultInput } from '../../simulators/slack/faults.ts';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import type { IncidentRecord } from '../../src/domain/incident/events.ts';
import { verdict } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { SCOPES_OF } from '../docs/slack-methods.ts';
import { DEMO, readable, startWorld, type World } from '../e2e/helpers/world.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { messageProblems } from './judge.ts';

/** Slack's methods with the errors that its documentation lists for each. */
const METHODS = new URL('../../../shared/slack/methods.json', import.meta.url);

/** What any method may answer (docs.slack.dev, the common errors), the token's and the workspace's troubles among them. */
const COMMON = [
  'account_inactive',
  'access_denied',
  'ekm_access_denied',
  'enterprise_is_restricted',
  'fatal_error',
  'internal_error',
  'invalid_auth',
  'missing_scope',
  'not_authed',
  'org_login_required',
  'ratelimited',
  'request_timeout',
  'service_unavailable',
  'team_access_not_granted',
  'team_added_to_org',
  'token_expired',
  'token_revoked',
] as const;

/** Not an error of Slack's: no answer, a wrong one, or one that got lost after the call was applied. */
const WEATHER = [
  { kind: 'torn' },
  { kind: 'refused_connection' },
  { kind: 'http_error', status: 500 },
  { kind: 'http_error', status: 503 },
  { kind: 'rate_limited', retry_after: 1 },
] as const;

const methodsSchema = z.object({ methods: z.record(z.string(), z.object({ errors: z.array(z.string()).nullable() })) });

export interface RefusalsOutcome {
  /** P0 incidents that were lived through, one refusal each. */
  readonly nights: number;
  /** In how many of them the refusal struck: a method that a P0 never calls refuses nothing. */
  readonly struck: number;
  readonly problems: readonly string[];
}

/** One thing that goes wrong in one night. */
interface Refusal {
  readonly name: string;
  readonly method: string;
  readonly fault: FaultInput;
}

/**
 * A whole P0 for each documented refusal of each method that the bot calls, and for each lost or wrong answer. Judged from outside: it was
 * declared, somebody was reached, what was said is recorded once, no message is lost or doubled, the card ends closed, the evidence is valid.
 * Takes every `of`-th refusal, from `part` on, so that each database has its own, of those whose name holds `match`.
 *
 * @throws Error when Slack's facts are not there.
 */
export async function refusalsChaos(
  database: { url: string } | null,
  nights: number,
  { match, ...share }: { readonly part: number; readonly of: number; readonly match: string },
  random: () => number,
  say: (line: string) => void,
): Promise<RefusalsOutcome> {
  const all = allRefusals();
  const world = await startWorld({ delivery: 'http', ...(database === null ? {} : { database }) });
  const problems: string[] = [];
  let refusals: readonly Refusal[] = [];
  const replaced: string[] = [];
  let struck = 0;
  let failed = 0;
  try {
    // A quiet night first: it shows which methods a P0 calls, and a method that it never calls refuses nothing.
    const quiet = await liveThrough(world, { name: 'nothing', method: 'none', fault: { kind: 'slow', ms: 0, method: 'none' } }, 0);
    problems.push(...quiet.problems.map((problem) => `a quiet night: ${problem}`));
    const called = new Set(world.slack.calls().map(({ method }) => method));
    refusals = sample(
      all.filter(({ method, name }) => called.has(method) && name.includes(match)),
      nights,
      random,
    ).filter((_, index) => index % share.of === share.part);
    for (const [index, refusal] of refusals.entries()) {
      const night = await liveThrough(world, refusal, index + 1);
      struck += night.struck ? 1 : 0;
      if (night.id !== null && endsEdits(refusal.fault)) replaced.push(night.id);
      const failures = await internalErrors(world);
      for (const problem of [...night.problems, ...failures.slice(failed)]) {
        problems.push(`${refusal.name}: ${problem}`);
        say(`${refusal.name}: ${problem}`);
      }
      failed = failures.length;
      if ((index + 1) % 50 === 0) say(`${index + 1} of ${refusals.length} nights, ${problems.length} problems`);
    }
    // The played refusal takes the message from nobody, so the card that stands for it is beside it.
    const twice = messageProblems(world.slack).filter((problem) => !replaced.some((id) => problem.startsWith(`posted twice: ${id}:card:`)));
    problems.push(...twice, ...(await payloadProblems(world)));
    await world.tocsin.stop();
    const evidence = await DirectoryStore.openReadOnly(world.evidence);
    const report = await verifyEvidence(evidence, { strict: true, ...(await ownPins(evidence)) });
    if (verdict(report) !== 'valid') {
      problems.push(...report.findings.filter(({ severity }) => severity !== 'note').map(({ says }) => `evidence: ${says}`));
    }
  } finally {
    await world.stop();
  }
  return { nights: refusals.length, struck, problems };
}

function allRefusals(): Refusal[] {
  if (!existsSync(METHODS)) throw new Error(`Slack's methods and errors are not at ${METHODS.pathname}.`);
  const { methods } = methodsSchema.parse(JSON.parse(readFileSync(METHODS, 'utf8')));
  return Object.keys(SCOPES_OF).flatMap((method) => [
    ...[...new Set([...(methods[method]?.errors ?? []), ...COMMON])].map((error) => ({
      name: `${method} ${error}`,
      method,
      fault: { kind: 'error', error, method } as const,
    })),
    ...WEATHER.map((fault) => ({
      name: `${method} ${fault.kind}${'status' in fault ? ` ${fault.status}` : ''}`,
      method,
      fault: { ...fault, method },
    })),
  ]);
}

function sample(all: readonly Refusal[], count: number, random: () => number): readonly Refusal[] {
  if (count >= all.length) return all;
  const left = [...all];
  return Array.from({ length: count }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
}

/** A P0 that nobody acknowledges in time, escalated, worked on, resolved and closed, with the refusal armed from the start. */
async function liveThrough(world: World, { fault }: Refusal, night: number): Promise<{ id: string | null; struck: boolean; problems: string[] }> {
  const title = `Night ${night} of many`;
  const note = `note of night ${night}`;
  world.slack.faults.add(fault);
  await insist(world, 'U0ADA', DEMO.incidents, `declare P0 aureus ${title}`, async () => (await idOf(world, title)) !== null);
  const id = await idOf(world, title);
  if (id === null) {
    world.slack.faults.clear();
    return { id, struck: true, problems: ['the incident was not declared'] };
  }
  await world.later(6);
  const recorded = (type: string) => async () => (await world.tocsin.store.records(id)).some((record) => record.type === type);
  const grace = world.slack.as('U0GRACE');
  await grace.openHome();
  await world.settled();
  for (const [text, type] of [
    [`ack ${id}`, 'incident.acknowledged'],
    [`assign ${id} commander <@U0GRACE>`, 'role.assigned'],
    [`note ${id} ${note}`, 'note.added'],
    [`update ${id} we are on it`, 'update.posted'],
  ] as const) {
    await insist(world, 'U0GRACE', DEMO.incidents, text, recorded(type));
  }
  await world.say('U0GRACE', DEMO.incidents, `update ${id}`);
  for (const view of world.slack.views('U0GRACE')) await grace.closeView(view.id);
  await world.say('U0GRACE', DEMO.incidents, `pack ${id}`);
  const struck = world.slack.faults.list().length === 0;
  world.slack.faults.clear();
  await world.later(1);
  await insist(world, 'U0GRACE', DEMO.incidents, `resolve ${id} it is over`, recorded('incident.resolved'));
  await insist(world, 'U0GRACE', DEMO.incidents, `close ${id}`, recorded('incident.closed'));
  await world.later(1);
  return { id, struck, problems: await judgeNight(world, id, note, fault) };
}

/** Says it until it is done, as somebody would who was told that it did not work. */
async function insist(world: World, user: string, channel: string, text: string, done: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 4 && !(await done()); i++) await world.say(user, channel, text);
}

async function idOf(world: World, title: string): Promise<string | null> {
  const indexes = await world.tocsin.store.incidents({});
  for (const { id } of indexes.toReversed()) if ((await world.tocsin.incidents.find(id))?.title === title) return id;
  return null;
}

/** What Slack says of a message that takes no edit ever again: another stands for it, and it stays as it was. */
const NO_MORE_EDITS: readonly string[] = ['message_not_found', 'cant_update_message', 'edit_window_closed'];

function endsEdits(fault: FaultInput): boolean {
  return 'error' in fault && NO_MORE_EDITS.includes(fault.error);
}

async function judgeNight(world: World, id: string, note: string, fault: FaultInput): Promise<string[]> {
  const records = (await world.tocsin.store.records(id)) as IncidentRecord[];
  const count = (type: string) => records.filter((record) => record.type === type).length;
  const once = ['incident.acknowledged', 'note.added', 'update.posted', 'incident.resolved', 'incident.closed']
    .filter((type) => count(type) !== 1)
    .map((type) => `${type} is recorded ${count(type)} times`);
  const shown = everythingShown(world).filter(({ text }) => text.includes(id));
  // Without a channel of its own the incident's updates stand there, too.
  const isCard = (text: string) => text.includes('"header"') && text.includes('Severity') && !text.includes('Incident Update');
  const card = shown.filter(({ channel, text }) => channel === DEMO.incidents && isCard(text));
  const current = endsEdits(fault) ? card.slice(-1) : card;
  return [
    ...once,
    ...(reached(world, id) ? [] : ['nobody was reached']),
    ...(card.length === 0 ? ['there is no card in #incidents'] : []),
    ...(current.every(({ text }) => /closed/i.test(text)) ? [] : ['the card does not say that the incident is closed']),
    ...(everythingShown(world).some(({ text }) => text.includes(note)) ? [] : ['the note was shown nowhere']),
    ...(await messagesUnsent(world, id, records)).map((template) => `a message was lost: ${template}`),
  ];
}

/** A responder other than the reporter reads of it in a direct message, or is named in a channel that they are in. */
function reached(world: World, id: string): boolean {
  return world.slack.channels().some((channel) => {
    if (!channel.members.includes('U0GRACE')) return false;
    const told = world.slack.messages(channel.id).map(readable);
    if (channel.id.startsWith('D')) return told.some((text) => text.includes(id));
    return channel.name.startsWith(id.toLowerCase())
      ? told.some((text) => text.includes('S0SRE') || text.includes('U0GRACE'))
      : told.some((text) => text.includes(id) && (text.includes('S0SRE') || text.includes('U0GRACE')));
  });
}

function everythingShown(world: World): { channel: string; text: string }[] {
  return world.slack
    .channels()
    .flatMap((channel) => world.slack.messages(channel.id).map((message) => ({ channel: channel.id, text: readable(message) })));
}

/** What was to be told and never was, although a way was left. A page that found its person another way was told. */
async function messagesUnsent(world: World, id: string, records: readonly IncidentRecord[]): Promise<string[]> {
  const rows = await world.tocsin.database.db.selectFrom('message').select(['key', 'template', 'state']).where('stream', '=', id).execute();
  const reachedOtherwise = (key: string) =>
    records.some(({ type, data }) => type === 'person.reached' && data.way !== null && key === `${data.page}:${data.user}:direct-message`);
  return rows.filter(({ key, state }) => state !== 'sent' && !reachedOtherwise(key)).map(({ template, state }) => `${template} (${state})`);
}

/** Every payload that was taken has an outcome. */
async function payloadProblems(world: World): Promise<string[]> {
  const open = (await world.outcomes()).filter((outcome) => outcome === null).length;
  return open === 0 ? [] : [`${open} payloads have no outcome`];
}

/** Payloads that ended in the bot's own failure, in the order in which they came. */
async function internalErrors(world: World): Promise<string[]> {
  const outcomes = await world.outcomes();
  return outcomes.flatMap((outcome) => (outcome?.code === 'internal' ? [`${outcome.name} ended in an internal error`] : []));
}
