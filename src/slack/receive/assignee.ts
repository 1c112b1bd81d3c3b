import type { UsersInfoResponse, WebClient } from '@slack/web-api';
import type { Assignee } from '../../../commands/command.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import { UserError } from '../../domain/errors.ts';
import { isRefusal } from '../errors.ts';
import { patiently } from '../patience.ts';
import type { People } from '../people.ts';

/** Slackbot is no bot by its profile. */
const SLACKBOT = 'USLACKBOT';

/** A status by which somebody says that they are not at work: Slack's own suggestions, and the usual words. */
const AWAY = /\b(vacation(ing)?|holidays?|sick|away|ooo|out of (the )?office|on leave|off duty|day off)\b/i;

export interface AssigneeDeps {
  readonly client: WebClient;
  readonly people: Pick<People, 'person'>;
  readonly serviceConfig: (id: string) => ServiceConfig | null;
  /** Mentions of who holds a role. */
  readonly holders: (role: string) => string;
}

/** Who somebody wants to give a role to, as Slack knows them now. @throws UserError `roles-unknown` when Slack cannot be asked */
export function assigneeLookUp({ client, people, serviceConfig, holders }: AssigneeDeps): (user: string, service: string) => Promise<Assignee> {
  return async function assignee(user, service) {
    const commanders = holders('incident-commander');
    const { standing, away } = await profileOf(client, user);
    if (standing !== 'member') return { standing, roles: [], commanders, away };
    const { trusted, roles } = await people.person(user, serviceConfig(service), 'seconds');
    return { standing: trusted ? 'member' : 'elsewhere', roles, commanders, away };
  };
}

async function profileOf(client: WebClient, user: string): Promise<Pick<Assignee, 'standing' | 'away'>> {
  if (user === SLACKBOT) return { standing: 'bot', away: null };
  try {
    const { user: found } = await patiently(() => client.users.info({ user }));
    const status = found?.profile?.status_text ?? '';
    return { standing: standingOf(found), away: AWAY.test(status) ? status : null };
  } catch (cause) {
    if (isRefusal(cause, 'user_not_found', 'user_not_visible', 'users_not_found')) return { standing: 'unknown', away: null };
    throw new UserError('roles-unknown', `Slack could not say who <@${user}> is, so nothing was changed. Try again in a moment.`, { cause });
  }
}

function standingOf(found: UsersInfoResponse['user']): Assignee['standing'] {
  if (found === undefined) return 'unknown';
  if (found.deleted === true) return 'deactivated';
  if (found.is_bot === true) return 'bot';
  return found.is_restricted === true || found.is_ultra_restricted === true ? 'guest' : 'member';
}
