import type { Who } from '../../../domain/policy.ts';
import { INCIDENT_ALERTS, PAGE, ROOM_INVITE } from '../../run-kinds.ts';
import { cardKey, type Notice, starting } from '../notice.ts';

/** Calls people: each line and each person on their own (engine/reach). `knows`: who caused it and need not be told; `fresh`: nobody is called twice. */
export function page(
  id: string,
  incident: string,
  seq: number,
  who: readonly Who[],
  template: 'page' | 'escalated',
  more: { readonly knows?: string; readonly fresh?: boolean } = {},
): Notice {
  return starting(id, PAGE.with({ incident, seq, who: who.map((one) => ({ ...one })), template, ...more }));
}

/** Brings people into the incident's channel; everybody who belongs to it unless told whom. */
export function invite(id: string, incident: string, users?: readonly string[]): Notice {
  return starting(id, ROOM_INVITE.with({ incident, ...(users === undefined ? {} : { users: [...users] }) }));
}

/** Alerts belong to the open incident of their service, wherever that meets and whatever it is merged into (engine/alerts). */
export function alertsRun(id: string, incident: string): Notice {
  return starting(id, INCIDENT_ALERTS.with({ incident }));
}

/** The card of an incident in a channel. */
export function card(incident: string, channel: string): Notice {
  return { kind: 'message', key: cardKey(incident, channel), template: 'card', to: { kind: 'channel', channel }, data: {} };
}
