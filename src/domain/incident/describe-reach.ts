import { mention, sayWho } from '../mentions.ts';
import type { IncidentRecord } from './events.ts';
import type { ReachEventData, ReachEventType, RefusedWay, Way } from './reach.ts';

type ReachRecord = Extract<IncidentRecord, { type: ReachEventType }>;

const SAY_WAY: Readonly<Record<Way, string>> = {
  'direct-message': 'direct message',
  room: 'the incident’s channel',
  'incidents-channel': 'the incidents channel',
};

/** A record about reaching people as one plain sentence. */
export function describeReach(record: ReachRecord): string {
  switch (record.type) {
    case 'people.called': {
      const { who, users, error } = record.data;
      if (users.length > 0)
        return 'user' in who ? `Tocsin called ${mention(who.user)}` : `Tocsin called ${users.map(mention).join(', ')} (${sayWho(who)})`;
      return error === null
        ? `Tocsin called ${sayWho(who)}, but nobody is in that group`
        : `Tocsin could not call ${sayWho(who)}: ${saySlackError(error)}`;
    }
    case 'person.reached': {
      const { user, way, refused } = record.data;
      if (isKeptOut(record.data))
        return `Slack does not let Tocsin invite ${mention(user)} to the incident’s channel (${sayRefused(refused)}). They were asked in a direct message and can see the incident; to talk with them here, invite them with \`/invite\``;
      if (way === null) return `Tocsin could not reach ${mention(user)}: ${sayRefused(refused)}`;
      return `Tocsin reached ${mention(user)} by ${SAY_WAY[way]}, after ${sayRefused(refused)}`;
    }
    case 'room.lost':
      return `The incident lost its ${record.data.thread_ts === null ? 'channel' : 'thread'} <#${record.data.channel}> (${saySlackError(record.data.reason)}) and moves to another`;
  }
}

/** A direct message comes before the channel, unless it asks somebody to approve who has to be in the channel for it. */
export function isKeptOut({ way, refused }: ReachEventData['person.reached']): boolean {
  return way === 'direct-message' && refused.some((one) => one.way === 'room');
}

/** `direct message: deactivated account (user_disabled); ...` */
export function sayRefused(refused: readonly RefusedWay[]): string {
  return refused.map(({ way, error }) => `${SAY_WAY[way]}: ${saySlackError(error)}`).join('; ');
}

const MEANINGS: Readonly<Record<string, string>> = {
  app_removed: 'Tocsin was removed from it',
  cannot_dm_bot: 'it is a bot',
  cannot_reply_to_message: 'the thread is gone',
  channel_not_found: 'Slack does not know the channel, or Tocsin is not in it',
  empty: 'nobody is in that group',
  is_archived: 'it is archived',
  made_public: 'it is no longer private',
  shared_outside: 'it is shared with another organisation',
  no_answer: 'Slack does not answer',
  no_permission: 'Slack does not permit it',
  no_such_subteam: 'Slack does not know the group, or it is disabled',
  not_in_channel: 'not a member of the channel',
  restricted_action: 'the workspace’s settings forbid it',
  user_disabled: 'the account is deactivated',
  user_not_found: 'Slack does not know the person',
  user_not_visible: 'Slack does not let Tocsin see the person',
};

/** What an error of Slack means, with its code for whoever looks it up. */
export function saySlackError(code: string): string {
  const meaning = MEANINGS[code];
  return meaning === undefined ? code : `${meaning} (${code})`;
}
