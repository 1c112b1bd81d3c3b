import { z } from 'zod';
import { type MailTold, whoIsMailed } from '../../domain/incident/mails.ts';
import type { MailKind } from '../../domain/records/data/mail.ts';
import { sha256 } from '../../lib/hash.ts';
import { maskAddress } from '../../lib/mail-address.ts';
import { type Letter, MailError } from '../../ports/mail.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import { MAIL } from '../run-kinds.ts';
import type { MailDeps } from './ports.ts';

/** How often, and how long apart (ms), it is looked for the room before the mail is written without its link. */
const ROOM_LOOKS = 3;
const ROOM_WAIT = 5_000;
/** Waits (ms) between the rounds; the last one is repeated. */
const WAITS: readonly number[] = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000);
/** How long (ms) a mail is tried. */
const PATIENCE = 24 * 3_600_000;

const written = z.object({
  from: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  messageId: z.string(),
  first: z.string().nullable(),
  at: z.number(),
  to: z.array(z.string()),
});
type Written = z.output<typeof written>;

const outcome = z.object({ state: z.enum(['sent', 'refused', 'later', 'unsure', 'away']), error: z.string(), at: z.number() });
type Outcome = z.output<typeof outcome>;

/** What every record of a mail says. */
interface About {
  readonly kind: MailKind;
  readonly message_id: string;
  readonly digest: string;
}

/** What the steps of one mail work with. */
interface Work extends MailDeps {
  readonly run: RunContext;
  readonly id: string;
  readonly about: About;
}

/**
 * Hands a mail over to the mail server, for each recipient in a step of its own. What was handed over is never sent again; where the answer to a whole mail
 * was lost, or the process died before it was noted, it is sent again under the same Message-ID: a stakeholder who hears nothing is worse than one who hears
 * twice, and mailboxes show one Message-ID once.
 */
export function mailRun(deps: MailDeps): Run {
  return MAIL.does(async (run, input) => {
    await roomMade(deps, run, input.incident);
    const letter = written.nullable().parse(await run.step('letter', () => write(deps, input)));
    if (letter === null) return;
    const digest = sha256(Buffer.from(`${letter.subject}\n${letter.text}\n${letter.html}`));
    const about = { kind: input.kind, message_id: letter.messageId, digest };
    await sendAll({ ...deps, run, id: input.incident, about }, letter);
  });
}

async function roomMade({ incidents }: MailDeps, run: RunContext, id: string): Promise<void> {
  for (let look = 1; look <= ROOM_LOOKS; look += 1) {
    const isThere = await run.step(`room:${look}`, async () => ((await incidents.find(id))?.room ?? null) !== null);
    if (isThere) return;
    if (look < ROOM_LOOKS) await run.sleep(`room-wait:${look}`, ROOM_WAIT);
  }
}

/** The mail as it stays, however late it goes out; `null` where nobody gets one any more. */
async function write(deps: MailDeps, { incident: id, kind, nth }: InputOf<typeof MAIL>): Promise<Written | null> {
  const incident = await deps.incidents.find(id);
  if (incident === null || incident.private) return null;
  const terms = deps.termsOf(incident.service);
  if (terms === null) return null;
  const to = whoIsMailed(terms.stakeholders, incident, kind, nth);
  if (to.length === 0) return null;
  const user = incident.roles['incident-commander'];
  const leader = user === undefined ? null : ((await deps.nameOf(user)) ?? user);
  const at = await deps.store.now();
  const room = incident.room === null ? null : deps.linkTo(incident.room.channel);
  const messageId = messageIdOf(id, kind, nth, terms.from);
  const [firstKind = kind] = incident.mails ?? [];
  const first = messageIdOf(id, firstKind, 1, terms.from);
  return {
    from: terms.from,
    to: [...to],
    ...deps.write({ incident, kind, at, leader, room }),
    messageId,
    first: first === messageId ? null : first,
    at,
  };
}

/** The same for the same mail: whoever gets it twice can see that it is one. */
function messageIdOf(incident: string, kind: string, nth: number, from: string): string {
  return `<${incident.toLowerCase()}.${kind}${nth === 1 ? '' : `-${nth}`}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

async function sendAll(work: Work, letter: Written): Promise<void> {
  const unsure = new Set<string>();
  let waiting: readonly string[] = letter.to;
  let sent = 0;
  let lastAt = letter.at;
  let isTold = false;
  for (let round = 0; waiting.length > 0; round += 1) {
    const outcomes = await sendRound(work, letter, waiting, round);
    const those = (...states: Outcome['state'][]) => outcomes.filter(([, one]) => states.includes(one.state));
    sent += those('sent').length;
    for (const [to] of those('unsure')) unsure.add(to);
    lastAt = those('sent').at(-1)?.[1].at ?? lastAt;
    await tellRefused(work, round, those('refused'));
    const over = new Set(those('sent', 'refused').map(([to]) => to));
    const tried = new Set(outcomes.map(([to]) => to));
    const left = waiting.filter((to) => !over.has(to));
    // One whom the server hangs at keeps nobody else waiting.
    waiting = [...left.filter((to) => !tried.has(to)), ...left.filter((to) => tried.has(to))];
    if (waiting.length === 0) break;
    const [, failed] = those('later', 'unsure', 'away').at(-1) ?? [];
    const error = failed?.error ?? 'it was not tried';
    const isOver = (failed?.at ?? letter.at) - letter.at >= PATIENCE;
    if (isOver || !isTold) {
      await tell(work, isOver ? 'given-up' : 'waits', {
        type: 'mail-failed',
        data: { ...work.about, recipients: waiting.length, error, waits: !isOver },
      });
    }
    if (isOver) break;
    isTold = true;
    await work.run.sleep(`wait:${round}`, WAITS[Math.min(round, WAITS.length - 1)] ?? 0);
  }
  if (sent === 0) return;
  const again = letter.to.filter((to) => unsure.has(to) && !waiting.includes(to)).length;
  const late = isTold ? { late_ms: Math.max(0, lastAt - letter.at) } : {};
  await tell(work, 'sent', { type: 'mail-sent', data: { ...work.about, recipients: sent, ...(again === 0 ? {} : { again }), ...late } });
}

type Tried = readonly (readonly [to: string, outcome: Outcome])[];

/** One try for each who waits. Where the server itself is away, nobody else is tried in this round. */
async function sendRound(work: Work, letter: Written, waiting: readonly string[], round: number): Promise<Tried> {
  const tried: (readonly [string, Outcome])[] = [];
  for (const to of waiting) {
    const name = `send:${letter.to.indexOf(to)}:${round}`;
    const result = outcome.parse(await work.run.step(name, () => send(work, letter, to)));
    tried.push([to, result]);
    if (result.state === 'away') break;
  }
  return tried;
}

async function send({ server, store }: MailDeps, letter: Letter, to: string): Promise<Outcome> {
  try {
    if (server === null) throw new MailError('away', 'no mail server is configured (SMTP_URL)');
    await server.send(letter, to);
    return { state: 'sent', error: '', at: await store.now() };
  } catch (error) {
    if (error instanceof MailError) return { state: error.reason, error: error.message, at: await store.now() };
    throw error;
  }
}

async function tellRefused(work: Work, round: number, refused: Tried): Promise<void> {
  const [first] = refused;
  if (first === undefined) return;
  const to = refused.map(([address]) => maskAddress(address));
  await tell(work, `refused:${round}`, {
    type: 'mail-failed',
    data: { ...work.about, recipients: refused.length, error: first[1].error, waits: false, to },
  });
}

async function tell({ incidents, run, id }: Work, step: string, told: MailTold): Promise<void> {
  await run.write(step, async (tx) => {
    await incidents.tell(tx, id, told);
    return true;
  });
}
