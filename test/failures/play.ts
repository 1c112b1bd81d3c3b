import { setTimeout as pause } from 'node:timers/promises';
import type { Demo } from '../../src/demo.ts';
import type { Platforms } from '../../src/demo/platforms.ts';
import { DEMO } from '../../src/demo/workspace.ts';
import type { Plan } from '../../src/domain/plans.ts';
import type { Message, Outcome, SlackSimulator } from '../../src/simulators/slack/index.ts';
import { until } from '../e2e/helpers/runbooks.ts';
import { moveClock, settle } from '../e2e/helpers/world.ts';
import { claimsIn } from './claims.ts';
import { buttonsOf, fieldsOf, headlineOf, offersOf, readMessage, textOf } from './messages.ts';
import { judged, type Row } from './report.ts';
import { ADA, allReady, type Expected } from './table.ts';

/** How long (ms of real time) anything is waited for. */
const PATIENCE = 60_000;
/** How long (ms of real time) the simulated cluster gets for what it does in its own time. */
const CLUSTER = 5_000;
/** Minutes from the failure until somebody looks, unless the table says otherwise. */
const LOOKS_AFTER = 6;
/** Minutes that a remedy may take. */
const REMEDY_MINUTES = 45;
/** What is watched for is watched for half an hour at most, in at most 15 looks. */
const WATCH = { looks: 17, minutes: 2 } as const;
/** Who else may approve, where the bot asks for other people than the table does. */
const EVERYBODY = [ADA, 'U0GRACE', 'U0MARIE', 'U0LINUS'];
const ENDED: ReadonlySet<Plan['status']> = new Set(['applied', 'reverted', 'kept', 'failed', 'rejected', 'expired', 'voided']);
const WHY = 'It is what the runbook says';

/** What is played on. */
interface Stage {
  readonly demo: Demo;
  readonly slack: SlackSimulator;
  readonly platforms: Platforms;
  readonly id: string;
  readonly room: string;
  readonly expected: Expected;
  /** Whether the failure bites. */
  readonly broken: () => boolean;
  /** Lets minutes of the workspace's clock pass, reads what was said meanwhile, and waits until the bot is at rest. */
  readonly pass: (minutes: number) => Promise<void>;
  /** Says what falls short. */
  readonly fault: (why: string) => void;
  /** Reads a text as somebody sees it. */
  readonly read: (text: string) => void;
}

/** Plays one failure in a fresh workspace, from the declaration until the watch over its remedy has ended. Never throws: what goes wrong is in the row. */
export async function playFailure(demo: Demo, failure: string, expected: Expected, tell: (doing: string) => void): Promise<Row> {
  const why: string[] = [];
  const claims = new Set<string>();
  let row: Row = { failure, cause: false, remedy_first: false, mended: false, nothing_to_mend: expected.remedy === null, messages: 0, false_claims: 0, why };
  try {
    const { slack, platforms } = demo;
    if (slack === null || platforms === null) throw new Error('A workspace of its own is needed.');
    tell('declaring');
    const { id, room } = await declare(demo, slack, expected);
    tell('breaking');
    const broken = () => !isAsItShouldBe(slack, platforms, failure, expected);
    await slack.setPlatformFault(failure, true);
    await until(() => expected.bites?.(platforms) ?? true, 'people notice the failure');
    for (let minute = 0; minute < (expected.after ?? LOOKS_AFTER); minute += 1) {
      await later(demo, slack, 1);
      // The cluster's controllers go by the machine's time.
      await pause(minute < LOOKS_AFTER ? 700 : 50);
    }
    if (!broken()) throw new Error('The failure was switched on, and the platform is well.');
    const before = new Set(slack.messages(room).map(({ ts }) => ts));
    const mine = () => slack.messages(room).filter((message) => message.bot_id !== undefined && !before.has(message.ts));
    const seen = new Set<string>();
    const read = (text: string) => {
      for (const claim of claimsIn(text, { broken: broken() })) claims.add(claim);
    };
    const readRoom = () => {
      for (const message of mine()) {
        const text = readMessage(message);
        if (seen.has(`${message.ts}${text}`)) continue;
        seen.add(`${message.ts}${text}`);
        read(text);
      }
    };
    const pass = async (minutes: number) => {
      if (minutes > 0) await later(demo, slack, minutes);
      else await workDone(demo);
      readRoom();
    };
    const stage: Stage = { demo, slack, platforms, id, room, expected, broken, pass, read, fault: (one) => why.push(one) };

    tell('diagnosing');
    const board = await diagnose(stage, mine);
    const headline = headlineOf(board.blocks);
    const cause = expected.cause.test(headline);
    if (!cause) why.push(`The headline does not name the cause (${expected.cause.source}): “${oneLine(headline)}”`);
    const untrue = expected.never?.exec(headline)?.[0];
    if (untrue !== undefined) claims.add(`it is not so that “${untrue}”: “${oneLine(headline)}”`);
    const offers = offersOf(board.blocks);
    const remedy_first = isRight(expected, offers[0]?.remedy);
    if (!remedy_first) why.push(`First offered is ${offers[0]?.remedy ?? 'nothing'}; right is ${expected.remedy ?? 'nothing'}.`);
    row = { ...row, cause, remedy_first };

    const [first] = offers;
    if (expected.remedy !== null && first !== undefined) {
      tell(`carrying out ${first.remedy}`);
      await carryOut(stage, board, first.value);
      row = { ...row, mended: await isWell(broken) };
      tell('watching');
      for (let look = 0; look < WATCH.looks; look += 1) await pass(WATCH.minutes);
      row = { ...row, mended: row.mended && (await isWell(broken)) };
    }
    row = { ...row, messages: mine().filter(({ ts, thread_ts }) => thread_ts === undefined || thread_ts === ts).length };
  } catch (error) {
    why.push(error instanceof Error ? error.message : String(error));
  }
  return judged({ ...row, false_claims: claims.size, why: [...why, ...claims] });
}

/** Somebody on call declares an incident, acknowledges it, and asks not to be reminded of updates: they are no matter of this. */
async function declare(demo: Demo, slack: SlackSimulator, { severity, service, symptom }: Expected): Promise<{ readonly id: string; readonly room: string }> {
  const ada = slack.as(ADA);
  took(await ada.command(DEMO.incidents, '/incident', `declare ${severity} ${service} ${symptom}`), '/incident declare');
  const room = await slack.waitFor(() => slack.channels().find(({ name, members }) => name.startsWith('inc-') && members.includes(ADA)), {
    timeoutMs: PATIENCE,
    what: 'The incident’s channel',
  });
  await workDone(demo);
  took(await ada.command(room.id, '/incident', 'ack'), '/incident ack');
  took(await ada.command(room.id, '/incident', 'snooze 120m It is being worked on'), '/incident snooze');
  await workDone(demo);
  return { id: room.name.toUpperCase(), room: room.id };
}

/** Asks for the diagnosis and reads its message once it is done. */
async function diagnose({ slack, room, expected, pass }: Stage, mine: () => readonly Message[]): Promise<Message> {
  took(await slack.as(ADA).command(room, '/runbook', `diagnose ${expected.runbook}`), '/runbook diagnose');
  const done = () => mine().findLast(({ text, blocks }) => text.startsWith('Diagnosis of ') && !/checks done$/.test(text) && buttonsOf(blocks).length > 0);
  await slack.waitFor(done, { timeoutMs: 2 * PATIENCE, what: 'The diagnosis' });
  await pass(0);
  const board = done();
  if (board === undefined) throw new Error('The diagnosis has gone.');
  return board;
}

/** Presses the button of a remedy, fills in its form, has it approved, and waits until it is over. */
async function carryOut(stage: Stage, board: Message, value: string): Promise<void> {
  const { slack, room, expected, pass } = stage;
  for (let minute = 0; minute < (expected.waits ?? 0); minute += 1) await pass(1);
  took(await slack.as(ADA).click(room, board.ts, { action_id: 'runbook.run', value }), 'The button of the remedy');
  const view = await slack.waitFor(() => slack.views(ADA).at(-1), { timeoutMs: PATIENCE, what: 'The form of the remedy' });
  stage.read(textOf(view.blocks));
  const fields = fieldsOf(view.blocks);
  const filled = Object.entries(expected.fills?.(readMessage(board)) ?? {}).map(([name, filling]) => [`arg_${name}`, filling] as const);
  const values = Object.fromEntries([...filled, ['reason', WHY] as const].filter(([field]) => field in fields));
  took(await slack.as(ADA).submitView(view.id, values), 'The form of the remedy');
  await pass(0);
  for (let minute = 0; minute < REMEDY_MINUTES; minute += 1) {
    const plan = await newestPlan(stage);
    if (plan === undefined) throw new Error(`The remedy has no plan: ${oneLine(lastSaid(stage))}`);
    if (plan.status === 'waiting') await approve(stage, plan);
    else if (ENDED.has(plan.status)) return tellEnd(stage, plan);
    else {
      expected.others?.(stage.platforms);
      await pass(1);
    }
  }
  stage.fault(`The remedy was not over after ${REMEDY_MINUTES} minutes.`);
}

/** The people who must approve do so, each where they were asked. */
async function approve(stage: Stage, plan: Plan): Promise<void> {
  for (const user of new Set([...stage.expected.approvers, ...EVERYBODY])) {
    await pressApprove(stage, plan, user);
    await stage.pass(0);
    if ((await newestPlan(stage))?.status !== 'waiting') return;
    if (stage.expected.approvers.at(-1) === user) stage.fault('Those who approve by the written runbook have, and more approvals were asked for.');
  }
  throw new Error(`Nobody could approve: ${oneLine(lastSaid(stage))}`);
}

async function pressApprove({ slack, room }: Stage, plan: Plan, user: string): Promise<void> {
  const { channel: direct } = await slack.as(user).openDirect();
  for (const place of [...(direct === undefined ? [] : [direct]), room]) {
    const card = slack.messages(place).findLast(({ blocks }) => buttonsOf(blocks).some(({ action, value }) => action === 'plan.approve' && value.endsWith(plan.id)));
    if (card === undefined) continue;
    took(await slack.as(user).click(place, card.ts, { action_id: 'plan.approve' }), 'Approve');
    return;
  }
}

function tellEnd({ fault }: Stage, { status, verified, reason }: Plan): void {
  if (status !== 'applied') fault(`The remedy ended as ${status}: ${reason ?? ''}`);
  else if (verified === 'unknown') fault('The remedy could not be verified.');
}

async function newestPlan({ demo, id }: Stage): Promise<Plan | undefined> {
  const incident = await demo.tocsin.incidents.find(id);
  return Object.values(incident?.plans ?? {}).at(-1);
}

/** What the room or the person alone was told last. */
function lastSaid({ slack, room }: Stage): string {
  const alone = slack.ephemerals(ADA).at(-1)?.message;
  return [slack.messages(room).at(-1), alone].flatMap((message) => (message === undefined ? [] : [readMessage(message)])).join(' | ');
}

/** Whether everything of a platform works again, which the cluster may need a moment for. */
async function isWell(broken: () => boolean): Promise<boolean> {
  const end = performance.now() + CLUSTER;
  while (broken() && performance.now() < end) await pause(200);
  return !broken();
}

/** By the platform itself: the failure is off, all pods are ready, and what the table asks for holds. */
function isAsItShouldBe(slack: SlackSimulator, platforms: Platforms, failure: string, { well, works }: Expected): boolean {
  if (!allReady(platforms)) return false;
  if (well !== undefined) return well(platforms);
  return !slack.platformFaults().some(({ id, active }) => id === failure && active) && works?.(platforms) !== false;
}

function isRight({ remedy, mayOffer = [] }: Expected, offered: string | undefined): boolean {
  if (remedy === null) return offered === undefined || mayOffer.includes(offered);
  return offered === remedy;
}

async function later(demo: Demo, slack: SlackSimulator, minutes: number): Promise<void> {
  await moveClock(slack, demo.tocsin, minutes);
  await workDone(demo);
}

/** Waits until the bot is at rest. What is tried again for longer is no reason to wait: people go on, too. */
async function workDone({ tocsin }: Demo): Promise<void> {
  await settle(tocsin, PATIENCE).catch(() => undefined);
}

/** @throws Error with what somebody read instead, when what they did was not taken */
function took({ status, error, errors }: Outcome, what: string): void {
  if (status !== 'ok') throw new Error(`${what} was not taken (${status}): ${error ?? JSON.stringify(errors ?? {})}`);
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 400 ? `${line.slice(0, 400)}…` : line;
}
