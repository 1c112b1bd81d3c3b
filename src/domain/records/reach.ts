import { cardRefused } from '../change/on-plan.ts';
import type { EventData } from '../incident/events.ts';
import { mention, sayWho } from '../mentions.ts';
import { sayMessage } from '../messages/messages.ts';
import { saySlackError } from '../slack-error-words.ts';
import { REACH_DATA, type RefusedWay, type Way } from './data/reach.ts';
import type { RecordTypes } from './record-type.ts';

/** Where an incident meets, and whom Tocsin reached. */
export const REACH: RecordTypes<keyof typeof REACH_DATA> = {
  'people.called': {
    data: REACH_DATA['people.called'],
    evolve: (state, { data }) => ({ ...state, called: [...new Set([...state.called, ...data.users])] }),
    says: ({ data }) => sayCalled(data),
  },
  'person.reached': {
    data: REACH_DATA['person.reached'],
    says: ({ data: { user, way, refused } }) =>
      way === null
        ? `Tocsin could not reach ${mention(user)}: ${sayRefused(refused)}`
        : `Tocsin reached ${mention(user)} by ${SAY_WAY[way]}, after ${sayRefused(refused)}`,
  },
  'room.created': {
    data: REACH_DATA['room.created'],
    evolve: (state, { data }) => ({ ...state, room: { channel: data.channel, threadTs: data.thread_ts } }),
    says: ({ data }) =>
      `${data.thread_ts === null ? `The incident has its channel <#${data.channel}>` : 'The incident has its thread'}${data.note ? `: ${data.note}` : ''}`,
  },
  'room.lost': {
    data: REACH_DATA['room.lost'],
    evolve: (state) => ({ ...state, room: null }),
    says: ({ data }) =>
      `The incident lost its ${data.thread_ts === null ? 'channel' : 'thread'} <#${data.channel}> (${saySlackError(data.reason)}) and moves to another`,
  },
  'card.posted': {
    data: REACH_DATA['card.posted'],
    evolve: (state, { data }) => ({ ...state, cards: [...state.cards, { channel: data.channel, ts: data.ts }] }),
    says: ({ data }) => `The incident card was posted in <#${data.channel}>`,
  },
  'message.failed': {
    data: REACH_DATA['message.failed'],
    evolve: (state, { data }) => cardRefused(state, data.key),
    says: ({ data }) => `A message (${sayMessage(data.template)}) could not be delivered: ${data.error}`,
  },
};

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
