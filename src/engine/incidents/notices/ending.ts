import type { Incident } from '../../../domain/incident/incident.ts';
import { respondersOf } from '../../../domain/incident/line.ts';
import { isAskedAtOnce } from '../../../domain/incident/review.ts';
import type { MessageName } from '../../../domain/messages/messages.ts';
import type { Who } from '../../../domain/policy.ts';
import type { ENDING_DATA } from '../../../domain/records/data/ending.ts';
import { ANCHOR_CLOSE, ROOM } from '../../run-kinds.ts';
import { type Notice, starting } from '../notice.ts';
import { alertsRun, page } from './calling.ts';
import { reviewCanvas } from './review.ts';
import { type NoticesOf, saidInRoom, type Tell } from './tell.ts';

export const ENDING_NOTICES: NoticesOf<keyof typeof ENDING_DATA> = {
  'incident.merged': (_, tell) => [...milestone(tell), alertsRun(tell.key('alerts'), tell.incident.id)],
  'incident.absorbed': saidInRoom,
  'incident.resolved': (_, tell) => [...milestone(tell), ...resolution(tell), ...reviewAsk(tell)],
  'incident.reopened': ({ data, seq, actor }, tell) => [
    ...milestone(tell, data.paged === true ? 'reopened' : 'milestone'),
    ...noResolution(tell),
    ...(data.paged === true ? [page(tell.key('responders'), tell.incident.id, seq, whoWorksOn(tell.incident), 'page', { knows: actor.id })] : []),
    alertsRun(tell.key('alerts'), tell.incident.id),
    ...roomAgain(tell),
  ],
  'incident.closed': ({ seq }, tell) => [
    ...milestone(tell),
    starting(tell.key('anchor'), ANCHOR_CLOSE.with({ incident: tell.incident.id, seq })),
    ...reviewCanvas(tell),
  ],
};

/** `inRoom`: what the room is told. */
function milestone(tell: Tell, inRoom: MessageName = 'milestone'): readonly Notice[] {
  return [tell.inRoom(inRoom), ...tell.outsideRoom('milestone')];
}

function resolution({ incident, channels: { resolutions, stakeholders }, message }: Tell): readonly Notice[] {
  if (incident.private) return [];
  return [
    ...(resolutions === undefined ? [] : [message('resolution', { kind: 'channel', channel: resolutions })]),
    // One channel reads one of them, the one that says more.
    ...(stakeholders === undefined || stakeholders === resolutions ? [] : [message('summary', { kind: 'channel', channel: stakeholders })]),
  ];
}

function reviewAsk({ incident, inRoom }: Tell): readonly Notice[] {
  return isAskedAtOnce(incident) ? [inRoom('review')] : [];
}

/** Its channel was archived: it is opened again where Slack lets, else the incident gets another. */
function roomAgain({ incident: { id, archive }, key }: Tell): readonly Notice[] {
  if (archive?.standing !== 'done') return [];
  return [starting(key('room'), ROOM.with({ incident: id, lost: { channel: archive.channel, reason: 'is_archived' }, back: true }))];
}

/** Who was told that it is resolved is told when it is not. */
function noResolution({ incident, channels: { resolutions, stakeholders }, outside, message }: Tell): readonly Notice[] {
  if (incident.private) return [];
  const told = new Set([resolutions, stakeholders].flatMap((channel) => (channel === undefined || outside.includes(channel) ? [] : [channel])));
  return [...told].map((channel) => message('milestone', { kind: 'channel', channel }, `milestone:${channel}`));
}

/** Who is paged when an incident is reopened: the responders, and those who have a role in it. */
function whoWorksOn(incident: Incident): readonly Who[] {
  const users = new Set(Object.values(incident.roles));
  return [...respondersOf(incident), ...[...users].map((user) => ({ user }))];
}
