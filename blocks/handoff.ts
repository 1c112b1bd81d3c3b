import type { ModalView } from '@slack/types';
import { sayHandedOver } from '../src/domain/incident/handover.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { HandedOver } from '../src/domain/records/data/people.ts';
import { section } from './kit.ts';
import { about, input, modal } from './modals.ts';
import { safe } from './outside.ts';
import { clamp, user, when } from './text.ts';

/** What somebody should know before they give the command to a person. */
export interface HandoffShown {
  readonly user: string;
  readonly note: string;
  /** What is unfinished; `null` when nothing is. */
  readonly handedOver: HandedOver | null;
  /** Mentions of who can approve, when this person cannot; `null` when they can. */
  readonly insteadOf: string | null;
  /** What the person's Slack status says, when it says that they are away. */
  readonly away: string | null;
}

/** Asks before the command moves: what goes with it, and why this person may be the wrong one. */
export function handoffModal(incident: Incident, { user: to, note, handedOver, insteadOf, away }: HandoffShown, now: number): ModalView {
  const who = insteadOf === '' ? 'Nobody is configured as incident commander.' : `These can: ${insteadOf}.`;
  const lines = [
    ...(away === null ? [] : [`:warning: ${user(to)} may be away: “${safe(clamp(away, 100))}”. Ask them first.`]),
    ...(insteadOf === null ? [] : [`:warning: ${user(to)} *cannot approve changes*: they are not in the group of incident commanders. ${who}`]),
    ...(handedOver === null
      ? []
      : [`:arrow_right: ${user(to)} takes over ${sayHandedOver(handedOver, (iso) => when(Date.parse(iso)), now)}.${sayWhere(handedOver)}`]),
  ];
  return modal('incident.handoff', 'Hand over the command', 'Hand over', { incident: incident.id, user: to }, [
    about(incident),
    section(`The command goes to ${user(to)}.\n${lines.join('\n')}`),
    input('note', 'Note', { optional: true, multiline: true, placeholder: 'What they must know', initial: note }),
  ]);
}

/** Where that is shown which has a list. */
function sayWhere({ plans, in_force: inForce }: HandedOver): string {
  const lists = [...(plans.length === 0 ? [] : ['`/approvals all`']), ...(inForce.length === 0 ? [] : ['`/bypass status`'])];
  return lists.length === 0 ? '' : ` ${lists.join(' and ')} ${lists.length === 1 ? 'shows' : 'show'} it.`;
}
