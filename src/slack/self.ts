import type { WebClient } from '@slack/web-api';

/** Who the bot is in Slack. */
export interface Self {
  readonly botId: string | null;
  readonly userId: string | null;
  /** Its workspace or organisation, and under which address people have it. */
  readonly team: string | null;
  readonly url: string;
}

const known = new WeakMap<WebClient, Promise<Self>>();

/** Who the bot of a client is, asked of Slack once (auth.test); after a failure, again. */
export function selfOf(client: WebClient): Promise<Self> {
  const found = known.get(client);
  if (found !== undefined) return found;
  const asked = client.auth
    .test()
    .then(({ bot_id: botId = null, user_id: userId = null, team_id: team = null, url = 'https://slack.com/' }) => ({ botId, userId, team, url }));
  known.set(client, asked);
  asked.catch(() => known.delete(client));
  return asked;
}
