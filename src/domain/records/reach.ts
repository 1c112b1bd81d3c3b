import { cardRefused } from '../change/on-plan.ts';
import { withCanvasIn } from '../incident/canvas.ts';
import type { EventData } from '../incident/events.ts';
import { type Incident, isOpen } from '../incident/incident.ts';
import { calledOnCall, mention, sayWho } from '../mentions.ts';
import { MILESTONE_MESSAGE, sayMessage } from '../messages/messages.ts';
import { saySlackError } from '../slack-error-words.ts';
import { REACH_DATA, type RefusedWay, type Way } from './data/reach.ts';
import type { RecordTypes } from './record-type.ts';

/** Where an incident meets, and whom Tocsin reached. */
export const REACH: RecordTypes<keyof typeof REACH_DATA> = {
  'people.called': {
    data: REACH_DATA['people.called'],
    evolve: (state, { data }) => ({
      ...state,
      called: [...new Set([...state.called, ...data.users])],
      ...('rota' in data.who ? { onCall: calledOnCall(state.onCall ?? {}, data.who, data.users) } : {}),
    }),
    says: ({ data }) => sayCalled(data),
  },
  'person.reached': {
    data: REACH_DATA['person.reached'],
    says({ data }) {
      const { user, way, refused } = data;
      if (isKeptOut(data))
        return `Slack does not let Tocsin invite ${mention(user)} to the incident’s channel (${sayRefused(refused)}). They were asked in a direct message and can see the incident; to talk with them here, invite them with \`/invite\``;
      if (way === null) return `Tocsin could not reach ${mention(user)}: ${sayRefused(refused)}`;
      return `Tocsin reached ${mention(user)} by ${SAY_WAY[way]}, after ${sayRefused(refused)}`;
    },
  },
  'person.mailed': {
    data: REACH_DATA['person.mailed'],
    says({ data: { user, error, waits } }) {
      if (error === null) return `Tocsin mailed ${mention(user)}, whom Slack did not reach`;
      return `Tocsin could not mail ${mention(user)}, whom Slack did not reach: ${error}${waits === true ? '. It tries again' : ''}`;
    },
  },
  'room.created': {
    data: REACH_DATA['room.created'],
    evolve: (state, { data, seq }) =>
      withCanvasIn({ ...withoutArchive(state, data.channel), room: { channel: data.channel, threadTs: data.thread_ts } }, seq),
    says: ({ data }) =>
      `${data.thread_ts === null ? `The incident has its channel <#${data.channel}>` : 'The incident has its thread'}${data.note ? `: ${data.note}` : ''}`,
  },
  'room.archive-due': {
    data: REACH_DATA['room.archive-due'],
    evolve: (state, { data }) => ({ ...state, archive: { channel: data.channel, standing: 'due' } }),
    says: ({ data }) => `The channel <#${data.channel}> is due to be archived`,
  },
  'room.archived': {
    data: REACH_DATA['room.archived'],
    evolve: (state, { data }) => ({ ...state, archive: { channel: data.channel, standing: data.error === undefined ? 'done' : 'refused' } }),
    says: ({ data }) =>
      data.error === undefined
        ? `Tocsin archived the channel <#${data.channel}>`
        : `Tocsin could not archive <#${data.channel}>: ${saySlackError(data.error)}. Somebody who may archive channels has to do it by hand`,
  },
  'room.lost': {
    data: REACH_DATA['room.lost'],
    evolve: (state) => ({ ...withoutAlerts(state), room: null }),
    says: ({ data }) =>
      `The incident lost its ${data.thread_ts === null ? 'channel' : 'thread'} <#${data.channel}> (${saySlackError(data.reason)}) and moves to another`,
  },
  'canvas.created': {
    data: REACH_DATA['canvas.created'],
    quiet: true,
    evolve: (state, { data }) => (state.canvas?.channel === data.channel ? { ...state, canvas: { ...state.canvas, id: data.canvas } } : state),
    says: ({ data }) => `The channel <#${data.channel}> has a canvas with the incident’s summary`,
  },
  'canvas.left': {
    data: REACH_DATA['canvas.left'],
    quiet: true,
    evolve: (state, { data }) => (state.canvas?.channel === data.channel ? { ...state, canvas: { ...state.canvas, left: true } } : state),
    says: ({ data }) =>
      data.canvas === undefined
        ? `The channel <#${data.channel}> has no canvas of Tocsin’s: ${saySlackError(data.error)}`
        : `Tocsin no longer updates the canvas of <#${data.channel}>: ${saySlackError(data.error)}`,
  },
  'card.posted': {
    data: REACH_DATA['card.posted'],
    evolve: (state, { data }) => ({ ...state, cards: [...state.cards, { channel: data.channel, ts: data.ts }] }),
    says: ({ data }) => `The incident card was posted in <#${data.channel}>`,
  },
  'message.failed': {
    data: REACH_DATA['message.failed'],
    evolve(state, { data }) {
      const next = cardRefused(state, data.key);
      return data.template === MILESTONE_MESSAGE.name && !isOpen(next) ? { ...next, unannounced: true } : next;
    },
    says: ({ data }) => `A message (${sayMessage(data.template)}) could not be delivered: ${data.error}`,
  },
};

/** In a channel other than the one that was archived nobody was told of any alert. */
function withoutArchive(state: Incident, channel: string): Incident {
  const { archive, ...rest } = state;
  return archive === undefined || archive.channel === channel ? rest : withoutAlerts(rest);
}

/** What was told in a room that is no more is told anew when it comes again. */
function withoutAlerts(state: Incident): Incident {
  const { alerts: _, ...rest } = state;
  return rest;
}

const SAY_WAY: Readonly<Record<Way, string>> = {
  'direct-message': 'direct message',
  room: 'the incident’s channel',
  'incidents-channel': 'the incidents channel',
};

function sayCalled({ who, users, error }: EventData['people.called']): string {
  if (users.length > 0)
    return 'user' in who ? `Tocsin called ${mention(who.user)}` : `Tocsin called ${users.map(mention).join(', ')} (${sayWho(who)})`;
  return error === null
    ? `Tocsin called ${sayWho(who)}, but nobody is in that group`
    : `Tocsin could not call ${sayWho(who)}: ${saySlackError(error)}`;
}

/** `direct message: deactivated account (user_disabled); ...` */
function sayRefused(refused: readonly RefusedWay[]): string {
  return refused.map(({ way, error }) => `${SAY_WAY[way]}: ${saySlackError(error)}`).join('; ');
}

/** A direct message comes before the channel, unless it asks somebody to approve who has to be in the channel for it. */
export function isKeptOut({ way, refused }: EventData['person.reached']): boolean {
  return way === 'direct-message' && refused.some((one) => one.way === 'room');
}
