import { setTimeout as pause } from 'node:timers/promises';
import type { Demo } from '../../demo/index.ts';
import type { Platforms } from '../../demo/platforms.ts';
import { DEMO } from '../../demo/workspace.ts';
import type { Message, Outcome, SlackSimulator } from '../../simulators/slack/index.ts';
import type { Plan } from '../../src/domain/change/plans.ts';
import { until } from '../e2e/helpers/runbooks.ts';
import { moveClock, settle } from '../e2e/helpers/world.ts';
import { type Listener, listen } from './listener.ts';
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
  readonly expected: Expected;
  readonly id: string;
  readonly room: string;
  readonly listener: Listener;
  /** What falls short, in words. */
  readonly why: string[];
  /** Lets minutes of the workspace's clock pass, waits until the bot is at rest, and reads what was said meanwhile. */
  pass(minutes: number): Promise<void>;
  /** Whether the failure bites. */
  broken(): boolean;
}

/**
 * Plays one failure in a fresh workspace, from the declaration until the watch over its remedy has ended. Never throws: what goes wrong is
 * in the row.
 */
export async function playFailure(demo: Demo, failure: string, expected: Expected, tell: (doing: string) => void): Promise<Row> {
  const nothing_to_mend = expected.remedy === null;
  let row: Row = { failure, cause: false, remedy_first: false, mended: false, nothing_to_mend, messages: 0, false_claims: 0, why: [] };
  const why: string[] = [];
  let listener: Listener | null = null;
  try {
    tell('declaring and breaking');
    const stage = await setUp(demo, failure, expected, why);
    ({ listener } = stage);
    tell('diagnosing');
    const board = await diagnose(stage);
    const [first] = offersOf(board.blocks);
    row = { ...row, ...judgeDiagnosis(stage, board) };
    if (!nothing_to_mend && first !== undefined) {
      tell(`carrying out ${first.remedy}`);
      await carryOut(stage, board, first.value);
      const mended = await isWell(stage);
      tell('watching');
      for (let look = 0; look < WATCH.looks; look += 1) await stage.pass(WATCH.minutes);
      row = { ...row, mended: mended && (await isWell(stage)) };
    }
  } catch (error) {
    why.push(error instanceof Error ? error.message : String(error));
  }
  const claims = listener === null ? [] : [...listener.claims];
  return judged({ ...row, messages: listener?.inChannel() ?? 0, false_claims: claims.length, why: [...why, ...claims] });
}

/** An incident in a fresh workspace, and the failure as long ago as people take to look. */
async function setUp(demo: Demo, failure: string, expected: Expected, why: string[]): Promise<Stage> {
  const { slack, platforms } = demo;
  if (slack === null || platforms === null) throw new Error('A workspace of its own is needed.');
  const { id, room } = await declare(demo, slack, expected);
  const broken = () => !isAsItShouldBe(slack, platforms, failure, expected);
  await slack.setPlatformFault(failure, true);
  await until(() => expected.bites?.(platforms) ?? true, 'people notice the failure');
  for (let minute = 0; minute < (expected.after ?? LOOKS_AFTER); minute += 1) {
    await later(demo, slack, 1);
    // The cluster's controllers go by the machine's time.
    await pause(minute < LOOKS_AFTER ? 700 : 50);
  }
  if (!broken()) throw new Error('The failure was switched on, and the platform is well.');
  const listener = listen(slack, room, broken);
  const pass = async (minutes: number) => {
    await later(demo, slack, minutes);
    listener.readRoom();
  };
  return { demo, slack, platforms, expected, id, room, listener, why, broken, pass };
}

/** What the diagnosis says and offers, against the table. */
function judgeDiagnosis({ expected, why, listener }: Stage, { blocks }: Message): Pick<Row, 'cause' | 'remedy_first'> {
  const headline = headlineOf(blocks);
  const cause = expected.cause.test(headline);
  if (!cause) why.push(`The headline does not name the cause (${expected.cause.source}): “${oneLine(headline)}”`);
  const untrue = expected.never?.exec(headline)?.[0];
  if (untrue !== undefined) listener.claims.add(`it is not so that “${untrue}”: “${oneLine(headline)}”`);
  const offered = offersOf(blocks)[0]?.remedy;
  const remedy_first = isRight(expected, offered);
  if (!remedy_first) why.push(`First offered is ${offered ?? 'nothing'}; right is ${expected.remedy ?? 'nothing'}.`);
  return { cause, remedy_first };
}

/** Somebody on call declares an incident, acknowledges it, and asks not to be reminded of updates: they are no matter of this. */
async function declare(demo: Demo, slack: SlackSimulator, { severity, service, symptom }: Expected): Promise<Pick<Stage, 'id' | 'room'>> {
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
async function diagnose({ slack, room, expected, listener, pass }: Stage): Promise<Message> {
  took(await slack.as(ADA).command(room, '/runbook', `diagnose ${expected.runbook}`), '/runbook diagnose');
  const isDone = ({ text, blocks }: Message) => text.startsWith('Diagnosis of ') && !text.endsWith('checks done') && buttonsOf(blocks).length > 0;
  const done = () => listener.messages().findLast(isDone);
  await slack.waitFor(done, { timeoutMs: 2 * PATIENCE, what: 'The diagnosis' });
  await pass(0);
  const board = done();
  if (board === undefined) throw new Error('The diagnosis has gone.');
  return board;
}

/** Presses the button of a remedy, fills in its form, has it approved, and waits until it is over. */
async function carryOut(stage: Stage, board: Message, value: string): Promise<void> {
  const { slack, expected, listener, pass } = stage;
  for (let minute = 0; minute < (expected.waits ?? 0); minute += 1) await pass(1);
  took(await pressed(stage, board, value), 'The button of the remedy');
  const view = await slack.waitFor(() => slack.views(ADA).at(-1), { timeoutMs: PATIENCE, what: 'The form of the remedy' });
  listener.read(textOf(view.blocks));
  const fields = fieldsOf(view.blocks);
  const filled = Object.entries(expected.fills?.(readDiagnosis(stage, board)) ?? {}).map(([name, filling]) => [`arg_${name}`, filling] as const);
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
  stage.why.push(`The remedy was not over after ${REMEDY_MINUTES} minutes.`);
}

/** Presses a button; whoever reads that the app does not answer presses it again. */
async function pressed({ slack, room }: Stage, board: Message, value: string): Promise<Outcome> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    const outcome = await slack.as(ADA).click(room, board.ts, { action_id: 'runbook.run', value });
    if (outcome.status !== 'not_connected' || performance.now() > end) return outcome;
    await pause(1_000);
  }
}

/** What somebody has read of a diagnosis before they act: its message, and what stands in its thread. */
function readDiagnosis({ slack, room }: Stage, board: Message): string {
  return [board, ...slack.messages(room, { thread_ts: board.ts })].map(readMessage).join('\n');
}

/** The people who must approve do so, each where they were asked. */
async function approve(stage: Stage, plan: Plan): Promise<void> {
  for (const user of new Set([...stage.expected.approvers, ...EVERYBODY])) {
    await pressApprove(stage, plan, user);
    await stage.pass(0);
    if ((await newestPlan(stage))?.status !== 'waiting') return;
    if (stage.expected.approvers.at(-1) === user) stage.why.push('Those who approve by the written runbook have, and more approvals were asked for.');
  }
  throw new Error(`Nobody could approve: ${oneLine(lastSaid(stage))}`);
}

async function pressApprove({ slack, room }: Stage, plan: Plan, user: string): Promise<void> {
  const { channel: direct } = await slack.as(user).openDirect();
  for (const place of [...(direct === undefined ? [] : [direct]), room]) {
    const asks = ({ blocks }: Message) => buttonsOf(blocks).some(({ action, value }) => action === 'plan.approve' && value.endsWith(plan.id));
    const card = slack.messages(place).findLast(asks);
    if (card === undefined) continue;
    took(await slack.as(user).click(place, card.ts, { action_id: 'plan.approve' }), 'Approve');
    return;
  }
}

function tellEnd({ why }: Stage, { status, verified, reason }: Plan): void {
  if (status !== 'applied') why.push(`The remedy ended as ${status}: ${reason ?? ''}`);
  else if (verified === 'unknown') why.push('The remedy could not be verified.');
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
async function isWell({ broken }: Stage): Promise<boolean> {
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
  if (minutes > 0) await moveClock(slack, demo.tocsin, minutes);
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
