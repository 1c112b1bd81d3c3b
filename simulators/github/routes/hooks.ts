import { of, PAGED } from '../http/asked.ts';
import { notFound } from '../http/error.ts';
import { type Call, page, type Route, route } from '../http/router.ts';
import type { Repository } from '../world/state.ts';
import type { Delivery, Webhook, Webhooks } from '../world/webhooks.ts';
import { apiUrl, LONG_AGO, time } from './addresses.ts';

/** Webhooks of a repository, and their deliveries: each try of one is an entry of its own. */
export function hookRoutes(hooks: readonly Webhook[], webhooks: Webhooks): readonly Route[] {
  const hookOf = ({ params }: Call): { readonly id: number; readonly hook: Webhook } => {
    const id = Number(params['hook']);
    const hook = hooks[id - 1];
    if (hook === undefined) throw notFound();
    return { id, hook };
  };
  return [
    route(
      'GET',
      '/repos/:owner/:repo/hooks',
      'repository_hooks=read',
      (call) =>
        page(
          call,
          hooks.map((hook, i) => hookJson(call.repository, i + 1, hook)),
        ),
      { query: PAGED },
    ),
    route(
      'GET',
      '/repos/:owner/:repo/hooks/:hook/deliveries',
      'repository_hooks=read',
      (call) => {
        const { hook } = hookOf(call);
        const tries = webhooks.deliveries.flatMap((delivery, i) => (delivery.url === hook.url ? triesOf(delivery, i) : []));
        const size = Number(call.request.query.get('per_page') ?? 30);
        return { status: 200, json: tries.toReversed().slice(0, Math.min(100, size)) };
      },
      { query: { per_page: of.digits() }, unplayed: ['cursor', 'status'] },
    ),
    route('POST', '/repos/:owner/:repo/hooks/:hook/deliveries/:delivery/attempts', 'repository_hooks=write', async (call) => {
      hookOf(call);
      const delivery = webhooks.deliveries[Math.floor(Number(call.params['delivery']) / 100) - 1];
      if (delivery === undefined) throw notFound();
      void webhooks.redeliver(delivery.id);
      return { status: 202, json: {} };
    }),
  ];
}

function hookJson(repository: Repository, id: number, { url, events = ['*'] }: Webhook) {
  const own = apiUrl(repository, `/hooks/${id}`);
  return {
    type: 'Repository',
    id,
    name: 'web',
    active: true,
    events,
    config: { content_type: 'json', insecure_ssl: '0', secret: '********', url },
    updated_at: LONG_AGO,
    created_at: LONG_AGO,
    url: own,
    test_url: `${own}/test`,
    ping_url: `${own}/pings`,
    deliveries_url: `${own}/deliveries`,
    last_response: { code: null, status: 'unused', message: null },
  };
}

function triesOf({ id: guid, event, action, tries, at }: Delivery, index: number) {
  return tries.map((status, i) => ({
    id: (index + 1) * 100 + i,
    guid,
    delivered_at: time(at),
    redelivery: i > 0,
    duration: 0.02,
    status: status === null ? 'failed to connect to host' : status < 400 ? 'OK' : `Invalid HTTP Response: ${status}`,
    status_code: status ?? 0,
    event,
    action,
    installation_id: null,
    repository_id: null,
    throttled_at: null,
  }));
}
