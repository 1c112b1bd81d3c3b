import { z } from 'zod';
import type { Incident } from '../../domain/incident/incident.ts';
import type { WrittenMail } from '../../domain/incident/mails.ts';
import type { ReachTold } from '../../domain/incident/reach.ts';
import type { MailServer } from '../../ports/mail.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import type { Store } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';
import { type Handed, handOver, messageIdOf, type Written, written } from '../mail/hand-over.ts';
import { PAGE_MAIL } from '../run-kinds.ts';
import { lookWithin } from './patience.ts';
import { isBesideLine, isPageOver } from './standing.ts';

/** How long (ms) Slack is asked for an address: where it refuses all messages, it may not answer that either. */
const LOOKS = 10 * 60_000;

const ends = z.object({ from: z.string(), to: z.string() });

export interface PageMailDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  /** `null` where none is configured. */
  readonly server: MailServer | null;
  /** From and to where somebody who is called for a service is mailed; `null` where they are not. What may pass is thrown. */
  readonly endsOf: (service: string, user: string) => Promise<z.output<typeof ends> | null>;
  /** `room`: where people meet, for a browser. */
  readonly write: (facts: { readonly incident: Incident; readonly at: number; readonly room: string | null }) => WrittenMail;
  readonly installation: () => Promise<string>;
  /** The address of a channel in a browser. */
  readonly linkTo: (channel: string) => string;
}

/**
 * Mails somebody who is called and whom Slack did not reach, where mail is configured and their address is known, for as long as the page counts. A private
 * incident is not mailed, and nobody is called out of a drill.
 */
export function pageMailRun(deps: PageMailDeps): Run {
  const { store, incidents, server } = deps;
  return PAGE_MAIL.does(async (run, { incident: id, seq, page, user }) => {
    const look = async () => ({ ends: server === null ? null : await deps.endsOf((await found(id)).service, user) });
    const known = await lookWithin(run, store, 'ends', look, { ends: null }, LOOKS);
    const letter = written.nullable().parse(await run.step('letter', () => write(deps, id, seq, user, ends.nullable().parse(known.ends))));
    if (letter === null) return;
    const told = (handed: Handed): ReachTold => {
      const { error, waits } = handed.type === 'sent' ? { error: null, waits: false } : handed.data;
      return { type: 'person-mailed', page, user, error, waits };
    };
    await handOver({ run, id, store, incidents, server, told, whyHeld: () => whyHeld(id, seq) }, letter);
  });

  async function found(id: string): Promise<Incident> {
    const incident = await incidents.find(id);
    if (incident === null) throw new RetryLater(1_000);
    return incident;
  }

  async function whyHeld(id: string, seq: number): Promise<string | null> {
    const incident = await found(id);
    if (await isPageOver(store, incident, seq)) return 'the incident is over';
    const isInHand = incident.milestones.acknowledged !== null && !(await isBesideLine(store, id, seq));
    return isInHand ? 'somebody has acknowledged the incident' : null;
  }
}

/** The mail as it stays, however late it goes out; `null` where there is none. */
async function write(
  { store, incidents, write: wordsOf, installation, linkTo }: PageMailDeps,
  id: string,
  seq: number,
  user: string,
  known: z.output<typeof ends> | null,
): Promise<Written | null> {
  const incident = await incidents.find(id);
  if (known === null || incident === null || incident.private || incident.drill !== undefined) return null;
  const { from, to } = known;
  const at = await store.now();
  const room = incident.room === null ? null : linkTo(incident.room.channel);
  const messageId = messageIdOf(id, `page-${seq}-${user.toLowerCase()}`, await installation(), from);
  return { from, to: [to], ...wordsOf({ incident, at, room }), messageId, first: null, at };
}
