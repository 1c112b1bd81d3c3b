import { z } from 'zod';
import type { GitHub } from '../../ports/github.ts';
import type { Requests } from './client.ts';
import { anything } from './shapes.ts';

const HOOKS = '/repos/{owner}/{repo}/hooks';
const MAX_HOOKS = 30;

const hook = z
  .object({ id: z.number().int(), active: z.boolean(), events: z.array(z.string()), config: z.object({ url: z.string().nullish() }) })
  .transform(({ config, ...one }) => ({ ...one, url: config.url ?? '' }));
const delivery = z
  .object({
    id: z.number().int(),
    guid: z.string(),
    delivered_at: z.iso.datetime({ offset: true }),
    event: z.string(),
    status_code: z.number().int(),
  })
  .transform(({ delivered_at, status_code, ...one }) => ({ ...one, at: Date.parse(delivered_at), status: status_code }));

/** Webhooks of the repository, and what became of what they sent. */
export function hooksOf({ ask, list }: Requests): Pick<GitHub, 'hooks' | 'deliveries' | 'redeliver'> {
  return {
    hooks: async () => known(await list('list the webhooks', hook.nullable().catch(null), `GET ${HOOKS}`, MAX_HOOKS)),
    async deliveries(id, limit) {
      const what = `list the deliveries of webhook ${id}`;
      return known(await list(what, delivery.nullable().catch(null), `GET ${HOOKS}/{hook_id}/deliveries`, limit, { hook_id: id }));
    },
    async redeliver(id, delivery_id) {
      const route = `POST ${HOOKS}/{hook_id}/deliveries/{delivery_id}/attempts`;
      await ask('have a webhook delivered again', anything, route, { hook_id: id, delivery_id });
    },
  };
}

/** Webhooks are others' too: one that is not understood keeps no other from being looked at. */
function known<T>(found: readonly (T | null)[]): readonly T[] {
  return found.filter((one) => one !== null);
}
