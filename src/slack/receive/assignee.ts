import type { WebClient } from '@slack/web-api';
import type { Assignee } from '../../../commands/command.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import { UserError } from '../../domain/errors.ts';
import { isRefusal } from '../errors.ts';
import { patiently } from '../patience.ts';
import type { People } from '../people.ts';

/** Slackbot is no bot by its profile. */
const SLACKBOT = 'USLACKBOT';

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
    const standing = await profileOf(client, user);
    if (standing !== 'member') return { standing, roles: [], commanders };
    const { trusted, roles } = await people.person(user, serviceConfig(service), 'seconds');
    return { standing: trusted ? 'member' : 'elsewhere', roles, commanders };
  };
}

async function profileOf(client: WebClient, user: string): Promise<Assignee['standing']> {
  if (user === SLACKBOT) return 'bot';
  try {
    const { user: found } = await patiently(() => client.users.info({ user }));
    if (found === undefined) return 'unknown';
    if (found.deleted === true) return 'deactivated';
    if (found.is_bot === true) return 'bot';
    return found.is_restricted === true || found.is_ultra_restricted === true ? 'guest' : 'member';
  } catch (cause) {
    if (isRefusal(cause, 'user_not_found', 'user_not_visible', 'users_not_found')) return 'unknown';
    throw new UserError('roles-unknown', `Slack could not say who <@${user}> is, so nothing was changed. Try again in a moment.`, { cause });
  }
}
