import { type MailTold, whoIsMailed } from '../../domain/incident/mails.ts';
import { sha256 } from '../../lib/hash.ts';
import type { InputOf, Run, RunContext } from '../../ports/runs.ts';
import { MAIL } from '../run-kinds.ts';
import { type Handed, handOver, messageIdOf, type Written, written } from './hand-over.ts';
import type { MailDeps } from './ports.ts';

/** How often, and how long apart (ms), it is looked for the room before the mail is written without its link. */
const ROOM_LOOKS = 3;
const ROOM_WAIT = 5_000;
/** Writes a mail to the stakeholders and hands it over. */
export function mailRun(deps: MailDeps): Run {
  return MAIL.does(async (run, input) => {
    await roomMade(deps, run, input.incident);
    const letter = written.nullable().parse(await run.step('letter', () => write(deps, input)));
    if (letter === null) return;
    const digest = sha256(Buffer.from(`${letter.subject}\n${letter.text}\n${letter.html}`));
    const about = { kind: input.kind, message_id: letter.messageId, digest };
    const told = (handed: Handed): MailTold =>
      handed.type === 'sent'
        ? { type: 'mail-sent', data: { ...about, ...handed.data } }
        : { type: 'mail-failed', data: { ...about, ...handed.data } };
    await handOver({ ...deps, run, id: input.incident, told }, letter);
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
  const installation = await deps.installation();
  const messageId = messageIdOf(id, mailName(kind, nth), installation, terms.from);
  const [firstKind = kind] = incident.mails ?? [];
  const first = messageIdOf(id, mailName(firstKind, 1), installation, terms.from);
  return {
    from: terms.from,
    to: [...to],
    ...deps.write({ incident, kind, at, leader, room }),
    messageId,
    first: first === messageId ? null : first,
    at,
  };
}

function mailName(kind: string, nth: number): string {
  return nth === 1 ? kind : `${kind}-${nth}`;
}
