import type { SystemCommand } from '../../domain/incident/commands.ts';
import { whyHeld } from '../../domain/notice/newest.ts';
import type { InputOf, Run } from '../../ports/runs.ts';
import { type Handed, handOver, messageIdOf, type Written, written } from '../mail/hand-over.ts';
import { NOTICE_MAIL } from '../run-kinds.ts';
import type { NoticeDeps } from './ports.ts';

/** Mails an approved notice to the customers, word for word. All notices of an incident are one thread; an older one never comes after a newer one. */
export function noticeMailRun(deps: NoticeDeps): Run {
  return NOTICE_MAIL.does(async (run, input) => {
    const letter = written.nullable().parse(await run.step('letter', () => write(deps, input)));
    const about = { plan: input.plan, digest: input.digest, place: 'customers' } as const;
    const failed = (data: Extract<Handed, { type: 'failed' }>['data']): SystemCommand => ({
      type: 'change',
      event: { type: 'notice.failed', outcome: 'failed', data: { ...about, ...data } },
    });
    const told = (handed: Handed): SystemCommand =>
      handed.type === 'failed' ? failed(handed.data) : { type: 'change', event: { type: 'notice.published', data: { ...about, ...handed.data } } };
    const sent = letter === null ? 0 : await handOver({ ...deps, run, id: input.incident, told, whyHeld: () => whyHeldNow(deps, input) }, letter);
    if (sent > 0) return;
    const error = letter === null ? 'no customers are configured any more' : 'nobody got it';
    // Where the room has heard that nobody gets it, that is said once.
    const isSaid = await run.step(
      'said',
      async () => (await deps.incidents.find(input.incident))?.plans[input.plan]?.unsent?.includes('customers') === true,
    );
    if (isSaid) return;
    await run.write('over', async (tx) => {
      await deps.incidents.tell(tx, input.incident, failed({ recipients: letter?.to.length ?? 0, error, waits: false }));
      return true;
    });
  });
}

async function whyHeldNow({ incidents }: NoticeDeps, { incident: id, plan }: InputOf<typeof NOTICE_MAIL>): Promise<string | null> {
  const incident = await incidents.find(id);
  return incident === null ? null : whyHeld(incident, plan, 'customers');
}

async function write(
  { incidents, store, customersOf, html, installation }: NoticeDeps,
  { incident: id, plan: planId }: InputOf<typeof NOTICE_MAIL>,
): Promise<Written | null> {
  const incident = await incidents.find(id);
  const notice = incident?.plans[planId]?.notice;
  const terms = incident === null ? null : customersOf(incident.service);
  if (notice === undefined || terms === null) return null;
  const own = await installation();
  const idOf = (nth: number) => messageIdOf(id, `notice-${nth}`, own, terms.from);
  const { subject, text } = notice;
  const messageId = idOf(notice.nth);
  return {
    from: terms.from,
    sender: terms.sender,
    to: [...terms.to],
    subject,
    text: `${text}\n`,
    html: html(notice),
    messageId,
    first: notice.nth === 1 ? null : idOf(1),
    at: await store.now(),
  };
}
