import { createHmac, randomUUID } from 'node:crypto';
import type { PagedIncident } from './incidents.ts';

/** Where a webhook subscription sends to, and what it signs with. */
export interface Subscription {
  readonly url: string;
  readonly secret: string;
}

/** Who did something: a person, or the integration that an event came by. */
export type Agent = { readonly name: string } | null;

/** The body of a webhook of version 3. */
export function webhookBody({ id, number, key, title, status }: PagedIncident, happened: string, by: Agent, at: number): object {
  const agent =
    by === null
      ? { id: 'PINTEGR', self: null, html_url: null, summary: 'Tocsin', type: 'events_api_v2_inbound_integration_reference' }
      : {
          id: 'PUSER01',
          self: 'https://api.pagerduty.com/users/PUSER01',
          html_url: 'https://acme.pagerduty.com/users/PUSER01',
          summary: by.name,
          type: 'user_reference',
        };
  return {
    event: {
      id: randomUUID(),
      event_type: `incident.${happened}`,
      resource_type: 'incident',
      occurred_at: new Date(at).toISOString(),
      agent,
      client: null,
      data: {
        id,
        type: 'incident',
        self: `https://api.pagerduty.com/incidents/${id}`,
        html_url: `https://acme.pagerduty.com/incidents/${id}`,
        number,
        status,
        incident_key: key,
        created_at: new Date(at).toISOString(),
        title,
        service: { id: 'PSVC001', summary: 'Tocsin', type: 'service_reference' },
        assignees: [],
        escalation_policy: { id: 'PESC001', summary: 'Default', type: 'escalation_policy_reference' },
        teams: [],
        priority: null,
        urgency: 'high',
        resolve_reason: null,
      },
    },
  };
}

/** Sends it, signed, and returns the answer's status. */
export async function deliver({ url, secret }: Subscription, body: object): Promise<number> {
  const text = JSON.stringify(body);
  const signature = `v1=${createHmac('sha256', secret).update(text).digest('hex')}`;
  const headers = { 'content-type': 'application/json', 'x-pagerduty-signature': signature, 'x-webhook-subscription': 'PWEBHK1' };
  return (await fetch(url, { method: 'POST', headers, body: text })).status;
}
