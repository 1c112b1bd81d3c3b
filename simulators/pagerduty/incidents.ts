import { REMEMBERED, remember } from '../newest.ts';
import type { SentEvent } from './event.ts';

/** One incident of PagerDuty, as its page shows it. */
export interface PagedIncident {
  readonly id: string;
  readonly number: number;
  /** The dedup_key of its alert. */
  readonly key: string;
  readonly routingKey: string;
  readonly title: string;
  readonly status: 'triggered' | 'acknowledged' | 'resolved';
  /** How often it was triggered while it was open. */
  readonly triggers: number;
  /** ms since 1970: when it was triggered, and when its status changed last. */
  readonly triggeredAt: number;
  readonly changedAt: number;
  /** Which person changed its status last; `null`: the integration. */
  readonly by: string | null;
  readonly severity: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Where the sender says it can be looked at. */
  readonly url: string | null;
}

/** What happened to an incident by an event; `null`: nothing. */
export type Happened = 'triggered' | 'acknowledged' | 'unacknowledged' | 'resolved' | null;

const FIRST = 41;

/**
 * The incidents of all services, the newest only. An open one is found by its key: the same trigger again makes no second one, and once resolved the key
 * begins anew.
 */
export class PagedIncidents {
  readonly all: PagedIncident[] = [];
  readonly #now: () => number;
  readonly #most: number;
  #made = 0;

  constructor(now: () => number = Date.now, most = REMEMBERED) {
    this.#now = now;
    this.#most = most;
  }

  /** What an event does, and to which incident. What is about none is passed over, as PagerDuty does. */
  take(event: SentEvent): { readonly incident: PagedIncident | null; readonly happened: Happened } {
    const key = event.dedup_key ?? `made-up-${this.#made}`;
    const known = this.open(key, event.routing_key);
    if (event.event_action === 'trigger') {
      if (known !== null) return { incident: this.#change(known, { triggers: known.triggers + 1 }), happened: null };
      return { incident: this.#trigger(event, key), happened: 'triggered' };
    }
    if (known === null) return { incident: null, happened: null };
    const happened = event.event_action === 'acknowledge' ? 'acknowledged' : 'resolved';
    if (known.status === happened) return { incident: known, happened: null };
    return { incident: this.#change(known, { status: happened, changedAt: this.#now(), by: null }), happened };
  }

  #trigger({ routing_key, client_url, payload }: Extract<SentEvent, { event_action: 'trigger' }>, key: string): PagedIncident {
    const number = FIRST + this.#made;
    this.#made += 1;
    const at = this.#now();
    const made: PagedIncident = {
      id: `Q${String(number).padStart(13, '0')}`,
      number,
      key,
      routingKey: routing_key,
      title: payload.summary,
      status: 'triggered',
      triggers: 1,
      triggeredAt: at,
      changedAt: at,
      by: null,
      severity: payload.severity,
      details: payload.custom_details ?? {},
      url: client_url ?? null,
    };
    remember(this.all, made, this.#most);
    return made;
  }

  /** What a person does by hand. @throws Error where there is no such open incident */
  by(name: string, key: string, what: 'acknowledged' | 'unacknowledged' | 'resolved'): PagedIncident {
    const known = this.all.findLast((one) => one.key === key && one.status !== 'resolved');
    if (known === undefined) throw new Error(`No open incident with the key ${key}.`);
    return this.#change(known, { status: what === 'unacknowledged' ? 'triggered' : what, changedAt: this.#now(), by: name });
  }

  open(key: string, routingKey: string): PagedIncident | null {
    return this.all.findLast((one) => one.key === key && one.routingKey === routingKey && one.status !== 'resolved') ?? null;
  }

  #change(incident: PagedIncident, more: Partial<PagedIncident>): PagedIncident {
    const changed = { ...incident, ...more };
    this.all[this.all.indexOf(incident)] = changed;
    return changed;
  }
}
