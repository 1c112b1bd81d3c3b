import { UserError } from '../../domain/errors.ts';
import type { Person } from '../../domain/incident/commands.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import type { Asked } from './requests.ts';

/** What those may ask who are no full members: how the commands are called, and where the incident stands in whose own channel they ask. */
const HELP = 'help';
const [STATUS_OF, STATUS] = ['/incident', 'status'];

/**
 * The one place where guests are kept out (docs/explanation/security.md): they see nothing of production (no diagnosis, no drift, no pack, no list of
 * incidents or alerts), and change nothing. Who invites a guest to an incident's channel shows them that incident's status.
 * @throws UserError `not-trusted`
 */
export function assertMayAsk({ trusted }: Person, { origin, channel }: Pick<Asked, 'origin' | 'channel'>, incident: Incident | null): void {
  if (trusted || (origin.kind === 'command' && origin.subcommand === HELP)) return;
  const here = incident !== null && channel !== null && incident.room?.channel === channel;
  if (here && origin.kind === 'command' && origin.command === STATUS_OF && origin.subcommand === STATUS) return;
  throw new UserError(
    'not-trusted',
    here
      ? 'Guests, bots and people of other workspaces can only ask for `/incident status` here. Ask a full member to do it.'
      : 'Guests, bots and people of other workspaces cannot use Tocsin here. Ask a full member to do it.',
    { refusal: true },
  );
}
