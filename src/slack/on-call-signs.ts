import type { WebClient } from '@slack/web-api';
import type { OnCallSigns } from '../engine/rota/keeping.ts';
import { refusable } from './workspace.ts';

/** The longest topic that Slack takes, in characters (docs.slack.dev/reference/methods/conversations.setTopic). */
const LONGEST = 250;
/** Who is on call while there is a gap. */
const NOBODY = 'nobody';

/** What in Slack says who is on call: a part of a channel's topic, and the members of a user group. `team`: the workspace whose groups are meant. */
export function createOnCallSigns(client: WebClient, team: string | null): OnCallSigns {
  return {
    async topic(channel, rota, user) {
      const info = await refusable(() => client.conversations.info({ channel }));
      if ('error' in info) return info.error;
      const before = info.answer.channel?.topic?.value ?? '';
      const topic = topicWith(before, rota, user);
      if (topic === before) return null;
      if (topic.length > LONGEST) return 'too_long';
      const set = await refusable(() => client.conversations.setTopic({ channel, topic }));
      if (!('error' in set)) return null;
      // It joins the channels of the configuration when it starts, which may be a moment later.
      if (set.error !== 'not_in_channel' || 'error' in (await refusable(() => client.conversations.join({ channel })))) return set.error;
      const again = await refusable(() => client.conversations.setTopic({ channel, topic }));
      return 'error' in again ? again.error : null;
    },
    async group(usergroup, user) {
      const inTeam = team === null ? {} : { team_id: team };
      const set = await refusable(() => client.usergroups.users.update({ usergroup, users: user, ...inTeam }));
      return 'error' in set ? set.error : null;
    },
  };
}

/** A topic in which the part about a rota is as it is now; what people wrote beside it stays. */
export function topicWith(topic: string, rota: string, user: string | null): string {
  const lead = `On call for ${rota.replaceAll(/[<>&]/g, '')}: `;
  const says = `${lead}${user === null ? NOBODY : `<@${user}>`}`;
  const at = [`${lead}<@`, `${lead}${NOBODY}`].map((before) => topic.indexOf(before)).find((found) => found !== -1);
  if (at === undefined) return topic === '' ? says : `${topic} · ${says}`;
  const rest = topic.slice(at + lead.length);
  const end = rest.startsWith(NOBODY) ? NOBODY.length : rest.indexOf('>') + 1;
  return `${topic.slice(0, at)}${says}${end === 0 ? '' : rest.slice(end)}`;
}
