import { z } from 'zod';
import type { IncidentRecord } from '../../domain/incident/events.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { WrittenMail } from '../../domain/incident/mails.ts';
import type { ReachTold } from '../../domain/incident/reach.ts';
import type { MailServer } from '../../ports/mail.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { type Handed, handOver, messageIdOf, PATIENCE, WAITS, type Written, written } from '../mail/hand-over.ts';
import { PAGE_MAIL } from '../run-kinds.ts';
import { lookWithin } from './patience.ts';
import { isAnswered, isPageOver, recordAt, waitsForAnswer } from './standing.ts';

/** How long (ms) Slack is asked for an address at first: where it refuses all messages, it may not answer that either. */
const LOOKS = 10 * 60_000;

const ends = z.object({ from: z.string(), to: z.string() });
type Ends = z.output<typeof ends>;

/** `error`: why there is no address to write to; `null` where nobody is to be mailed. `later`: it is looked for again. Older runs have `ends` alone. */
const looked = z.object({ ends: ends.nullable(), error: z.string().nullable().default(null), later: z.boolean().default(false) });
type Looked = z.output<typeof looked>;

const NOBODY: Looked = { ends: null, error: null, later: false };
const UNKNOWN: Looked = { ends: null, error: 'no address is known', later: true };
const UNANSWERED: Looked = { ends: null, error: 'Slack does not tell their address', later: true };

export interface PageMailDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  /** `null` where none is configured. */
  readonly server: MailServer | null;
  /** Whom mails of a service's incidents are from, `null` where there are none, and whether an address wants none. */
  readonly senderOf: (service: string) => { readonly from: string | null; readonly isOut: (address: string) => boolean };
  /** The address of somebody who is called for a service; `null` where none is known. What may pass is thrown. */
  readonly addressOf: (service: string, user: string) => Promise<string | null>;
  /** `record`: what they are called for; `untilAnswered`: it goes out no more once somebody has acknowledged; `room`: where people meet, for a browser; `names`: what people are called. */
  readonly write: (facts: {
    readonly incident: Incident;
    readonly record: IncidentRecord | null;
    readonly untilAnswered: boolean;
    readonly at: number;
    readonly room: string | null;
    readonly names: Readonly<Record<string, string>>;
  }) => WrittenMail;
  /** Names of the people seen so far: a mail waits for no name. */
  readonly names: () => Readonly<Record<string, string>>;
  readonly installation: () => Promise<string>;
  /** The address of a channel in a browser. */
  readonly linkTo: (channel: string) => string;
}

/**
 * Mails somebody who is called and whom Slack did not reach, where mail is configured, for as long as the page counts. Where no address is found, that is a
 * record too. A private incident is not mailed, and nobody is called out of a drill.
 */
export function pageMailRun(deps: PageMailDeps): Run {
  const { store, incidents, server } = deps;
  return PAGE_MAIL.does(async (run, input) => {
    const { incident: id, seq, page, user } = input;
    const told = (error: string | null, waits: boolean): ReachTold => ({ type: 'person-mailed', page, user, error, waits });
    const tell = (step: string, error: string, waits: boolean) =>
      run.write(step, async (tx) => {
        await incidents.tell(tx, id, told(error, waits));
        return true;
      });
    const known = await address(run, input, tell);
    const letter = written.nullable().parse(await run.step('letter', () => write(deps, input, known)));
    if (letter === null) return;
    const toldOf = (handed: Handed) => (handed.type === 'sent' ? told(null, false) : told(handed.data.error, handed.data.waits));
    await handOver({ run, id, store, incidents, server, told: toldOf, whyHeld: async () => whyHeld(await found(id), seq) }, letter);
  });

  /** From and to; `null` where nobody is mailed. It is looked again and again, for a day: a page counts longer than Slack is away, and an address may be added. */
  async function address(
    run: RunContext,
    input: InputOf<typeof PAGE_MAIL>,
    tell: (step: string, error: string, waits: boolean) => Promise<unknown>,
  ): Promise<Ends | null> {
    const begun = await run.step('begun', () => store.now());
    let now = looked.parse(await lookWithin<Looked>(run, store, 'ends', () => look(input), UNANSWERED, LOOKS));
    for (let round = 0; now.later; round += 1) {
      const isLast = (await run.step(`looked:${round}`, () => store.now())) - begun >= PATIENCE;
      if (isLast) break;
      if (round === 0) await tell('no-address', now.error ?? '', true);
      await run.sleep(`look:${round}`, WAITS[Math.min(round, WAITS.length - 1)] ?? 0);
      now = looked.parse(await lookWithin<Looked>(run, store, `ends:${round}`, () => look(input), UNANSWERED));
    }
    if (now.error !== null) await tell('without-address', now.error, false);
    return now.ends;
  }

  async function look({ incident: id, seq, user }: InputOf<typeof PAGE_MAIL>): Promise<Looked> {
    const incident = await found(id);
    const { from, isOut } = deps.senderOf(incident.service);
    if (server === null || from === null || isKept(incident)) return NOBODY;
    const held = await whyHeld(incident, seq);
    if (held !== null) return { ends: null, error: held, later: false };
    const to = await deps.addressOf(incident.service, user);
    if (to === null) return UNKNOWN;
    return isOut(to) ? NOBODY : { ends: { from, to }, error: null, later: false };
  }

  async function found(id: string): Promise<Incident> {
    const incident = await incidents.find(id);
    if (incident === null) throw new RetryLater(1_000);
    return incident;
  }

  async function whyHeld(incident: Incident, seq: number): Promise<string | null> {
    if (await isPageOver(store, incident, seq)) return 'the incident is over';
    return (await isAnswered(store, incident, seq)) ? 'somebody has acknowledged the incident' : null;
  }
}

/** Of what is private or a drill, nothing leaves Slack. */
function isKept({ private: isPrivate, drill }: Incident): boolean {
  return isPrivate || drill !== undefined;
}

/** The mail as it stays, however late it goes out, so that whoever gets it twice reads one text: it must be true then too. `null` where there is none. */
async function write(
  { store, incidents, write: wordsOf, names, installation, linkTo }: PageMailDeps,
  { incident: id, seq, user }: InputOf<typeof PAGE_MAIL>,
  known: Ends | null,
): Promise<Written | null> {
  const incident = await incidents.find(id);
  if (known === null || incident === null || isKept(incident)) return null;
  const { from, to } = known;
  const at = await store.now();
  const room = incident.room === null ? null : linkTo(incident.room.channel);
  const record = (await recordAt(store, id, seq)) ?? null;
  const untilAnswered = record !== null && waitsForAnswer(record);
  const messageId = messageIdOf(id, `page-${seq}-${user.toLowerCase()}`, await installation(), from);
  return { from, to: [to], ...wordsOf({ incident, record, untilAnswered, at, room, names: names() }), messageId, first: null, at };
}
