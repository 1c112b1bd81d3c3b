import { z } from 'zod';
import type { SystemCommand } from '../../domain/incident/commands.ts';
import { maskAddress } from '../../lib/mail-address.ts';
import { type Letter, MailError } from '../../ports/mail.ts';
import type { RunContext } from '../../ports/runs.ts';
import type { MailDeps } from './ports.ts';

/** Waits (ms) between the rounds; the last one is repeated. */
export const WAITS: readonly number[] = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000);
/** How long (ms) something is tried. */
export const PATIENCE = 24 * 3_600_000;

/** A mail as it stays, however late it goes out, and to whom. */
export const written = z.object({
  from: z.string(),
  /** What the sender is called; Tocsin unless told. */
  sender: z.string().exactOptional(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  messageId: z.string(),
  first: z.string().nullable(),
  at: z.number(),
  to: z.array(z.string()),
});
export type Written = z.output<typeof written>;

/** The same for the same mail, so that whoever gets it twice can see that it is one, and for no mail of another installation. */
export function messageIdOf(incident: string, name: string, installation: string, from: string): string {
  return `<${incident.toLowerCase()}.${name}.${installation}@${from.slice(from.lastIndexOf('@') + 1)}>`;
}

const outcome = z.object({ state: z.enum(['sent', 'refused', 'later', 'unsure', 'away', 'replaced']), error: z.string(), at: z.number() });
type Outcome = z.output<typeof outcome>;

/** What became of a mail: who got it, or who did not (yet). `to`: masked addresses that the server refused; `replaced`: a newer one goes there. */
export type Handed =
  | { readonly type: 'sent'; readonly data: { readonly recipients: number; readonly again?: number; readonly late_ms?: number } }
  | {
      readonly type: 'failed';
      readonly data: {
        readonly recipients: number;
        readonly error: string;
        readonly waits: boolean;
        readonly to?: readonly string[];
        readonly replaced?: true;
      };
    };

/** What the steps of one mail work with. */
export interface Work extends Pick<MailDeps, 'server' | 'store' | 'incidents'> {
  readonly run: RunContext;
  readonly id: string;
  /** The record that says what became of it. */
  readonly told: (handed: Handed) => SystemCommand;
  /** Why it goes out no more; `null` while it does. Asked before each try: nobody may read an older mail after a newer one, or what is not true any more. */
  readonly whyHeld?: () => Promise<string | null>;
}

/**
 * Hands a mail over to the mail server, for each recipient in a step of its own. What was handed over is never sent again; where the answer to a whole mail
 * was lost, or the process died before it was noted, it is sent again under the same Message-ID: a recipient who hears nothing is worse than one who hears
 * twice, and mailboxes show one Message-ID once. Returns how many got it.
 */
export async function handOver(work: Work, letter: Written): Promise<number> {
  const unsure = new Set<string>();
  let waiting: readonly string[] = letter.to;
  let sent = 0;
  let lastAt = letter.at;
  let isTold = false;
  let end: { readonly name: string; readonly data: Extract<Handed, { type: 'failed' }>['data'] } | null = null;
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
    const [, held] = those('replaced')[0] ?? [];
    if (held !== undefined) {
      end = { name: 'replaced', data: { recipients: waiting.length, error: held.error, waits: false, replaced: true } };
      break;
    }
    const [, failed] = those('later', 'unsure', 'away').at(-1) ?? [];
    const data = { recipients: waiting.length, error: failed?.error ?? 'it was not tried' };
    if ((failed?.at ?? letter.at) - letter.at >= PATIENCE) {
      end = { name: 'given-up', data: { ...data, waits: false } };
      break;
    }
    if (!isTold) await tell(work, 'waits', { type: 'failed', data: { ...data, waits: true } });
    isTold = true;
    await work.run.sleep(`wait:${round}`, WAITS[Math.min(round, WAITS.length - 1)] ?? 0);
  }
  // Who got it comes first: a mail that some have did not fail.
  if (sent > 0) {
    const again = letter.to.filter((to) => unsure.has(to) && !waiting.includes(to)).length;
    const late = isTold ? { late_ms: Math.max(0, lastAt - letter.at) } : {};
    await tell(work, 'sent', { type: 'sent', data: { recipients: sent, ...(again === 0 ? {} : { again }), ...late } });
  }
  if (end !== null) await tell(work, end.name, { type: 'failed', data: end.data });
  return sent;
}

type Tried = readonly (readonly [to: string, outcome: Outcome])[];

/** One try for each who waits. Where the server itself is away, or the mail goes out no more, nobody else is tried in this round. */
async function sendRound(work: Work, letter: Written, waiting: readonly string[], round: number): Promise<Tried> {
  const tried: (readonly [string, Outcome])[] = [];
  for (const to of waiting) {
    const name = `send:${letter.to.indexOf(to)}:${round}`;
    const result = outcome.parse(await work.run.step(name, () => send(work, letter, to)));
    tried.push([to, result]);
    if (result.state === 'away' || result.state === 'replaced') break;
  }
  return tried;
}

async function send({ server, store, whyHeld }: Work, letter: Letter, to: string): Promise<Outcome> {
  const held = (await whyHeld?.()) ?? null;
  if (held !== null) return { state: 'replaced', error: held, at: await store.now() };
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
    type: 'failed',
    data: { recipients: refused.length, error: first[1].error, waits: false, to },
  });
}

async function tell({ incidents, run, id, told }: Work, step: string, handed: Handed): Promise<void> {
  await run.write(step, async (tx) => {
    await incidents.tell(tx, id, told(handed));
    return true;
  });
}
