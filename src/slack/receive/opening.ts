import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { UserError } from '../../domain/errors.ts';
import { failureOf, isRefusal } from '../errors.ts';
import { inTime, patiently } from '../patience.ts';

/** How long (ms) one try may take: two of them fit into the 3 s that a trigger lives (ADR 4). */
const ONE_TRY = 1_200;

/** `unknown`: Slack's answer was lost twice; the form may stand in front of the person. */
export type Opened = 'opened' | 'unknown';

/**
 * Opens a form in front of somebody, and tries once more when the answer is lost. A trigger works once, so that the second try says
 * whether the first one got there. @throws UserError `too-late` when the trigger is over, `form-refused` when Slack will not open it
 */
export async function openForm(client: WebClient, triggerId: string, view: ModalView): Promise<Opened> {
  const open = () => inTime(() => client.views.open({ trigger_id: triggerId, view }), ONE_TRY);
  try {
    await open();
    return 'opened';
  } catch (error) {
    if (isOver(error)) throw tooLate(error);
    throwRefused(error);
    return again(open);
  }
}

/** Shows somebody the app's Home. @throws UserError `home-refused` when Slack will not show it; what passes, after some tries */
export async function publishHome(client: WebClient, user: string, blocks: ModalView['blocks']): Promise<void> {
  try {
    await patiently(() => client.views.publish({ user_id: user, view: { type: 'home', blocks } }));
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== 'refused') throw error;
    throw new UserError('home-refused', `Slack did not show the Home (${failure.code}). \`/incident list\` shows what is open.`, { cause: error });
  }
}

async function again(open: () => Promise<unknown>): Promise<Opened> {
  try {
    await open();
    return 'opened';
  } catch (error) {
    if (isRefusal(error, 'exchanged_trigger_id')) return 'opened';
    if (isOver(error)) return 'unknown';
    throwRefused(error);
    if (failureOf(error).kind === 'rate-limited') throw tooLate(error);
    return 'unknown';
  }
}

function isOver(error: unknown): boolean {
  return isRefusal(error, 'expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id');
}

/** Slack will not open this form. All that a form asks for can be typed as well. */
function throwRefused(error: unknown): void {
  const failure = failureOf(error);
  if (failure.kind !== 'refused') return;
  const why = failure.needed === null ? failure.code : `${failure.code}: ${failure.needed}`;
  throw new UserError(
    'form-refused',
    `Slack did not open the form (${why}), and nothing was changed. Type it instead: \`help\` after the command shows how. Please tell whoever runs Tocsin.`,
    { cause: error },
  );
}

function tooLate(cause: unknown): UserError {
  return new UserError('too-late', 'That took too long for a form to open. Please try once more.', { cause });
}
