import type { WebClient } from '@slack/web-api';
import { TocsinError } from '../domain/errors.ts';

/** Whose people count: those of these workspaces, and of the whole organisation (Enterprise Grid) when it is named. */
export interface Home {
  readonly teams: ReadonlySet<string>;
  readonly enterprise: string | null;
}

/**
 * The home by the configuration, or else by the token: its workspace, or the organisation in which the app is installed.
 * @throws TocsinError `slack-token` when neither says it.
 */
export async function homeOf(
  client: WebClient,
  file: { readonly team_id?: string | undefined; readonly enterprise_id?: string | undefined },
): Promise<Home> {
  const { team_id: given, enterprise_id: organisation } = file;
  if (given?.startsWith('E') === true) return { teams: new Set(), enterprise: given };
  if (given !== undefined) return { teams: new Set([given]), enterprise: organisation ?? null };
  const { team_id: team, enterprise_id: of, is_enterprise_install: everywhere } = await client.auth.test();
  const enterprise = organisation ?? (everywhere === true ? (of ?? null) : null);
  const teams = team?.startsWith('T') === true ? [team] : [];
  if (teams.length === 0 && enterprise === null) {
    throw new TocsinError('slack-token', 'Slack does not say which workspace SLACK_BOT_TOKEN belongs to.');
  }
  return { teams: new Set(teams), enterprise };
}

/** Slack's description of a person (`users.info`), as far as it says whose they are. */
export interface SlackUser {
  readonly id?: string | undefined;
  readonly team_id?: string | undefined;
  readonly deleted?: boolean | undefined;
  readonly is_bot?: boolean | undefined;
  readonly is_workflow_bot?: boolean | undefined;
  readonly is_restricted?: boolean | undefined;
  readonly is_ultra_restricted?: boolean | undefined;
  readonly is_stranger?: boolean | undefined;
  readonly enterprise_user?:
    | {
        readonly id?: string | undefined;
        readonly enterprise_id?: string | undefined;
        readonly teams?: readonly string[] | undefined;
      }
    | undefined;
}

/** Not marked as a bot by Slack. */
const SLACKBOT = 'USLACKBOT';

/**
 * Whether somebody is a full member at home (docs/explanation/security.md#slack-itself). In an organisation a person belongs to
 * several workspaces, and `team_id` is any of them. Guests, bots, deactivated people and people of other organisations are nobody's.
 */
export function isMember(home: Home, user: SlackUser): boolean {
  if (user.deleted === true || user.is_bot === true || user.is_workflow_bot === true || user.id === SLACKBOT) return false;
  if (user.is_restricted === true || user.is_ultra_restricted === true || user.is_stranger === true) return false;
  const { enterprise_user: of, team_id: team } = user;
  if (team !== undefined && home.teams.has(team)) return true;
  if (of?.teams?.some((one) => home.teams.has(one)) === true) return true;
  return home.enterprise !== null && of?.enterprise_id === home.enterprise;
}

/** The ids of one person: that of the workspace (`U...`) and that of the organisation (`W...`, or `U...`). The first is what records say. */
export function idsOf(asked: string, user: SlackUser): readonly [string, ...string[]] {
  const main = user.enterprise_user?.id ?? user.id ?? asked;
  return [main, ...new Set([asked, user.id].filter((id): id is string => id !== undefined && id !== main))];
}
