import type { WebClient } from '@slack/web-api';
import type { SlashCommand } from '../../../commands/command.ts';
import { UserError } from '../../domain/errors.ts';
import type { Store } from '../../ports/store.ts';
import type { Views } from '../views.ts';
import { PICK } from './origin.ts';
import type { InboxOutcome, Outcomes } from './outcomes.ts';
import { readPayload } from './payload.ts';
import { type Asked, understand } from './requests.ts';
import type { SeenIncidents } from './seen-incidents.ts';

/** The code of a payload whose picker was answered: it is answered once. */
export const PICKED = 'picked';

export interface PickerDeps {
  readonly client: WebClient;
  readonly store: Store;
  readonly views: Views;
  readonly commands: readonly SlashCommand[];
}

/** Asks which incident is meant, and takes the answer. */
export interface Pickers {
  choose(inboxId: string, asked: Asked): Promise<InboxOutcome>;
  /** What was asked, with the incident that was chosen for it; the same when it answers no picker. @throws UserError `stale-button` */
  picked(asked: Asked, inboxId: string): Promise<Asked>;
}

export function createPickers({ client, store, views, commands }: PickerDeps, { offered }: SeenIncidents, { finish }: Outcomes): Pickers {
  /** Neither the text nor the channel says which incident: a picker asks. */
  async function choose(inboxId: string, asked: Asked): Promise<InboxOutcome> {
    const found = await offered(asked.among, asked.user);
    const reply = views.picker(
      found.filter(({ mergedInto }) => asked.among !== 'over' || mergedInto === null),
      inboxId,
      asked.among,
    );
    await finish(inboxId, { outcome: 'mistaken', name: asked.name, code: 'no-incident' }, { to: asked.reply, message: reply });
    return { outcome: 'mistaken', name: asked.name, code: 'no-incident' };
  }

  /** The answer to a picker: the first payload again, with the incident that was chosen. */
  async function picked(asked: Asked, inboxId: string): Promise<Asked> {
    if (asked.origin.kind !== 'button' || asked.origin.action !== PICK) return asked;
    const entry = await store.inbox(inboxId);
    const block = (entry?.payload as { actions?: { block_id?: string }[] } | undefined)?.actions?.[0]?.block_id ?? '';
    const original = await store.inbox(block.replace(/^pick:/, ''));
    const payload = original === null ? null : readPayload(original.payload);
    if (original === null || !payload) throw new UserError('stale-button', 'That choice is out of date. Run the command again.');
    if ((original.outcome as { code?: unknown } | null)?.code === PICKED)
      throw new UserError('stale-button', 'You have already chosen. Run the command again for another incident.');
    const first = await understand(payload, commands, client);
    if (first === null || first.user !== asked.user) throw new UserError('stale-button', 'That choice is out of date. Run the command again.');
    return { ...first, incidentId: asked.incidentId, triggerId: asked.triggerId, reply: { ...asked.reply, replaces: true }, picks: original.id };
  }

  return { choose, picked };
}
