import type { ModalView } from '@slack/types';
import { endedByResolving } from '../src/domain/incident/decide-ending.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { sayStaysInForce } from './approvals.ts';
import { section } from './kit.ts';
import { about, input, modal } from './modals.ts';
import { safe } from './outside.ts';

const MOST = 10;

/** Asks what resolved it, and where something is under way, says first that resolving ends it: who submits the form then agrees to that. */
export function resolveModal(incident: Incident, given = ''): ModalView {
  const ending = endedByResolving(incident);
  const lines = ending.slice(0, MOST).map(({ title, standing }) => `• *${safe(title)}*: ${safe(standing)}`);
  if (ending.length > MOST) lines.push(`• and ${ending.length - MOST} more`);
  const stays = sayStaysInForce(incident);
  const warning = section(
    `:warning: *Resolving ends what is under way.* It can no longer be approved; a change that is being applied is stopped, and its steps are reverted.\n${lines.join('\n')}`,
  );
  return modal('incident.resolve', 'Resolve', 'Resolve', { incident: incident.id, ...(ending.length === 0 ? {} : { voids: 1 }) }, [
    about(incident),
    ...(ending.length === 0 ? [] : [warning]),
    ...(stays.length === 0
      ? []
      : [section(`${stays.join('\n')}\nResolving does not end it. To revert it now, cancel this and press *Revert* on its card.`)]),
    input('text', 'What resolved it?', { multiline: true, focus: true, initial: given }),
  ]);
}
