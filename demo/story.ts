import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Message } from '../simulators/slack/index.ts';
import { openEvidenceAt } from '../src/app/evidence-store.ts';
import { loadEnvironment } from '../src/config/load.ts';
import { formatReport, verdict } from '../src/evidence/verify/report.ts';
import { verifyEvidence } from '../src/evidence/verify/verify.ts';
import { TYPED } from '../src/lib/typed.ts';
import { type Demo, startDemo } from './index.ts';
import { DEMO, demoSeed } from './workspace.ts';

/** How long (ms of real time) the story waits for anything before it calls that wrong. */
const PATIENCE = 30_000;

const HELP = `Plays a whole incident in a local workspace, without a browser: declare, acknowledge, an update that is
overdue, escalate, resolve, close. Prints the transcript and leaves the evidence store under DIR.

Usage: npm run story -- --out DIR

Exit codes: 0 all went as it should, 1 something did not, 2 wrong usage.`;

/** Plays the story; @throws Error naming what did not happen. */
export async function playStory(out: string, say: (line: string) => void): Promise<void> {
  const demo = await startDemo({
    port: 0,
    data: await mkdtemp(join(tmpdir(), 'tocsin-story-')),
    evidence: resolve(out),
    logger: pino({ level: 'warn' }),
  });
  try {
    await play(demo, say);
    say('');
    say(await sealed(demo));
  } finally {
    await demo.stop();
  }
}

async function play(demo: Demo, say: (line: string) => void): Promise<void> {
  const { slack, tocsin } = demo;
  if (slack === null) throw new Error('The story needs a workspace of its own.');
  const printed = new Set<string>();

  function transcribe(channel: string): void {
    for (const message of slack?.messages(channel) ?? []) {
      const key = `${channel}:${message.ts}:${message.text}`;
      if (printed.has(key)) continue;
      printed.add(key);
      say(`  ${placeOf(channel)}  ${nameOf(message)}: ${named(message.text)}`);
    }
  }

  function placeOf(channel: string): string {
    const { kind, name } = slack?.channel(channel) ?? { kind: 'im', name: '' };
    return kind === 'im' ? 'direct message' : `#${name}`;
  }

  async function does(user: string, channel: string, text: string): Promise<void> {
    say(`\n${named(`<@${user}>`)} types /incident ${text}`);
    const outcome = await slack?.as(user).command(channel, '/incident', text);
    if (outcome?.status !== 'ok') throw new Error(`/incident ${text} was not acknowledged: ${outcome?.status} ${outcome?.error ?? ''}`);
  }

  async function until(channel: string, words: string): Promise<void> {
    await slack?.waitFor(() => slack.messages(channel).some((message) => JSON.stringify(message).includes(words)), {
      timeoutMs: PATIENCE,
      what: `“${words}”`,
    });
    transcribe(channel);
  }

  function later(minutes: number): void {
    say(`\n... ${minutes} minutes later`);
    slack?.clock.advance(minutes * 60_000);
  }

  await does('U0ADA', DEMO.incidents, 'declare P1 aureus Frontend answers 502 for all users');
  await until(DEMO.incidents, 'INCIDENT DETECTED');
  const [index] = await tocsin.store.incidents({});
  const id = index?.id ?? 'none';
  // People are told before they are invited: who reported it writes there once they are in.
  const room = await slack.waitFor(() => slack.channels().find(({ name, members }) => name === id.toLowerCase() && members.includes('U0ADA'))?.id, {
    timeoutMs: PATIENCE,
    what: 'the incident’s channel',
  });
  await until(room, '<!subteam^S0SRE>');
  await does('U0ADA', room, 'ack');
  await until(room, 'acknowledged after');
  await does('U0ADA', room, 'impact --customers Nobody can log in');
  await until(room, 'Nobody can log in');
  later(25);
  const { channel: direct = '' } = await slack.as('U0ADA').openDirect();
  await until(direct, 'Here is a draft');
  later(5);
  await until(direct, 'is due now');
  later(5);
  await until(room, 'Breach');
  await until(room, 'Automatic update');
  await until(room, 'is escalated to you');
  await does('U0ADA', room, 'escalate we need the platform team');
  await until(room, 'we need the platform team');
  await does('U0ADA', room, 'update The last release broke the health check; rolling back');
  await until(room, 'rolling back');
  await does('U0ADA', room, 'resolve rolled back to the previous release');
  await until(room, 'resolved the incident');
  await does('U0ADA', room, 'close');
  await until(room, 'closed the incident');
  await until(DEMO.opsEscalations, 'Evidence checkpoint');
}

/** Waits until everything is in the store under checkpoints, and checks it as an auditor would. */
async function sealed(demo: Demo): Promise<string> {
  const store = await openEvidenceAt(demo.evidence, loadEnvironment({}));
  const end = performance.now() + PATIENCE;
  for (;;) {
    const report = await verifyEvidence(store, { strict: true });
    // Whoever reads the story has no key from outside yet: it is as valid as it can be without one.
    if (['valid', 'unpinned'].includes(verdict(report))) return formatReport(report, { color: false });
    if (performance.now() > end) throw new Error(`The evidence is not valid:\n${formatReport(report, { color: false })}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

function nameOf(message: Message): string {
  return message.user === undefined ? 'Slack' : named(`<@${message.user}>`).slice(1);
}

/** Mentions with people's names, for reading. */
function named(text: string): string {
  const { bot, users } = demoSeed();
  const names = new Map([[bot.userId, bot.name], ...users.map(({ id, name }) => [id, name] as const)]);
  return text
    .replaceAll(/<@([A-Z0-9]+)>/g, (_, id: string) => `@${names.get(id) ?? id}`)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { out: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help === true || values.out === undefined) {
    console.log(HELP);
    return values.help === true ? 0 : 2;
  }
  await playStory(values.out, (line) => console.log(line));
  console.log(`\nEvidence: ${resolve(values.out)}. Check it: ${TYPED} evidence verify --store ${values.out}`);
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(`The story went wrong: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
