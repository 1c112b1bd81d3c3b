import type { IncomingMessage } from 'node:http';
import { type ApiKey, type RestAnswer, reference, refused, timeOf, unheard } from './rest.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Somebody on call at a level of an escalation policy. `schedule`, `start`, `end`: `null` for who always is (ms). */
export interface OnCallEntry {
  readonly level: number;
  readonly user: Named;
  readonly schedule: Named | null;
  readonly start: number | null;
  readonly end: number | null;
}

/** A way into a service. `key`: what its events are sent under; mail has none. */
export interface Integration extends Named {
  readonly type: 'events_api_v2_inbound_integration' | 'generic_events_api_inbound_integration' | 'generic_email_inbound_integration';
  readonly key: string | null;
}

/** A service, whom its escalation policy calls, and whether it calls anybody. `integrations`: one for each key of the simulator, unless told. */
export interface CoveredService extends Named {
  readonly status: 'active' | 'warning' | 'critical' | 'maintenance' | 'disabled';
  readonly policy: Named & { readonly onCalls: readonly OnCallEntry[] };
  readonly integrations?: readonly Integration[];
}

/** So many are on a page unless told, at most, and can be reached by pages at all (developer.pagerduty.com/docs/pagination). */
const PAGE = { usual: 25, most: 100, last: 10_000 };
const QUERY: ReadonlySet<string> = new Set(['escalation_policy_ids[]', 'limit', 'offset', 'total', 'since', 'until']);
const CREATED = '2015-11-06T11:12:51-05:00';
const INCLUDED: ReadonlySet<string> = new Set(['escalation_policies', 'teams', 'auto_pause_notifications_parameters', 'integrations']);

/** GET /services/{id} and /oncalls of the REST API v2; `null` for any other path. What the API does not say is refused. `now`: ms. */
export function answerCover(
  message: IncomingMessage,
  services: ReadonlyMap<string, CoveredService>,
  keys: readonly ApiKey[],
  now: number,
): RestAnswer | null {
  const { pathname, searchParams } = new URL(message.url ?? '', 'http://pagerduty');
  const [, id = ''] = /^\/services\/([^/]+)$/.exec(pathname) ?? [];
  if (id !== '') {
    const showsKeys = keys.some(({ key, hidesKeys }) => message.headers.authorization === `Token token=${key}` && hidesKeys !== true);
    return unheard(message, keys, 'services') ?? answerService(services.get(decodeURIComponent(id)), searchParams, showsKeys);
  }
  if (pathname !== '/oncalls') return null;
  return unheard(message, keys, 'oncalls') ?? answerOnCalls([...services.values()], searchParams, now);
}

function answerService(service: CoveredService | undefined, query: URLSearchParams, showsKeys: boolean): RestAnswer {
  // Of what may be included, integrations alone are played; the others stay references.
  const included = query.getAll('include[]');
  const isDescribed = [...query.keys()].every((name) => name === 'include[]') && included.every((one) => INCLUDED.has(one));
  if (!isDescribed || new Set(included).size < included.length) return refused(400);
  if (service === undefined) return refused(404);
  const { id, name, status, policy, integrations = [] } = service;
  const shown = included.includes('integrations')
    ? integrations.map((one) => integrationOf(service, one, showsKeys))
    : integrations.map((one) => integrationReference(service, one));
  return {
    status: 200,
    body: {
      service: {
        id,
        type: 'service',
        summary: name,
        self: `https://api.pagerduty.com/services/${id}`,
        html_url: `https://subdomain.pagerduty.com/service-directory/${id}`,
        name,
        description: name,
        auto_resolve_timeout: 14_400,
        acknowledgement_timeout: 600,
        created_at: CREATED,
        status,
        alert_creation: 'create_alerts_and_incidents',
        integrations: shown,
        escalation_policy: reference('escalation_policy', policy),
        teams: [],
        incident_urgency_rule: { type: 'constant', urgency: 'high' },
        scheduled_actions: [],
        addons: [],
      },
    },
  };
}

function integrationReference({ id }: CoveredService, { id: own, name, type }: Integration): object {
  const path = `services/${id}/integrations/${own}`;
  const at = { self: `https://api.pagerduty.com/${path}`, html_url: `https://subdomain.pagerduty.com/${path}` };
  return { id: own, type: `${type}_reference`, summary: name, ...at };
}

/** The whole of it, which carries its key. `showsKeys`: whether whoever asks may see that. */
function integrationOf(service: CoveredService, integration: Integration, showsKeys: boolean): object {
  const { id, name, type, key } = integration;
  return {
    ...integrationReference(service, integration),
    type,
    name,
    service: reference('service', service),
    created_at: CREATED,
    vendor: null,
    ...(type === 'generic_email_inbound_integration' ? { integration_email: `${id.toLowerCase()}@subdomain.pagerduty.com` } : {}),
    ...(key === null || !showsKeys ? {} : { integration_key: key }),
  };
}

function answerOnCalls(services: readonly CoveredService[], query: URLSearchParams, now: number): RestAnswer {
  const read = (name: string, otherwise: string) => query.get(name) ?? otherwise;
  const [limit, offset] = [read('limit', String(PAGE.usual)), read('offset', '0')];
  const [since, until] = [query.has('since') ? timeOf(read('since', '')) : now, query.has('until') ? timeOf(read('until', '')) : now];
  const isKnown = [...query.keys()].every((name) => QUERY.has(name)) && ['true', 'false'].includes(read('total', 'false'));
  if (!isKnown || since === null || until === null || until < since || ![limit, offset].every((text) => /^\d{1,6}$/.test(text))) return refused(400);
  const [size, from] = [Number(limit), Number(offset)];
  if (size < 1 || size > PAGE.most || from + size > PAGE.last) return refused(400);
  const wanted = query.getAll('escalation_policy_ids[]');
  const policies = new Map(services.map(({ policy }) => [policy.id, policy]));
  const all = [...policies.values()]
    .filter(({ id }) => wanted.length === 0 || wanted.includes(id))
    .flatMap((policy) => policy.onCalls.filter((one) => overlaps(one, since, until)).map((one) => onCallOf(policy, one)));
  const oncalls = all.slice(from, from + size);
  const total = read('total', 'false') === 'true' ? all.length : null;
  return { status: 200, body: { oncalls, limit: size, offset: from, more: from + size < all.length, total } };
}

function overlaps({ start, end }: OnCallEntry, since: number, until: number): boolean {
  return (start ?? since) <= until && (end === null || end > since);
}

function onCallOf(policy: CoveredService['policy'], { level, user, schedule, start, end }: OnCallEntry): object {
  return {
    user: reference('user', user),
    schedule: schedule === null ? null : reference('schedule', schedule),
    escalation_policy: reference('escalation_policy', policy),
    escalation_level: level,
    start: start === null ? null : new Date(start).toISOString(),
    end: end === null ? null : new Date(end).toISOString(),
  };
}
