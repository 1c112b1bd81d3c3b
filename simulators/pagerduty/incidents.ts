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
}

/** What happened to an incident by an event; `null`: nothing. */
export type Happened = 'triggered' | 'acknowledged' | 'unacknowledged' | 'resolved' | null;

const FIRST = 41;

/** The incidents of all services. An open one is found by its key: the same trigger again makes no second one, and once resolved the key begins anew. */
export class PagedIncidents {
  readonly all: PagedIncident[] = [];

  /** What an event does, and to which incident. What is about none is passed over, as PagerDuty does. */
  take(event: SentEvent): { readonly incident: PagedIncident | null; readonly happened: Happened } {
    const key = event.dedup_key ?? `made-up-${this.all.length}`;
    const known = this.open(key, event.routing_key);
    if (event.event_action === 'trigger') {
      if (known !== null) return { incident: this.#change(known, { triggers: known.triggers + 1 }), happened: null };
      const number = FIRST + this.all.length;
      const id = `Q${String(number).padStart(13, '0')}`;
      const made: PagedIncident = { id, number, key, routingKey: event.routing_key, title: event.payload.summary, status: 'triggered', triggers: 1 };
      this.all.push(made);
      return { incident: made, happened: 'triggered' };
    }
    if (known === null) return { incident: null, happened: null };
    const happened = event.event_action === 'acknowledge' ? 'acknowledged' : 'resolved';
    return { incident: this.#change(known, { status: happened }), happened: known.status === happened ? null : happened };
  }

  /** What a person does by hand. @throws Error where there is no such open incident */
  by(key: string, what: 'acknowledged' | 'unacknowledged' | 'resolved'): PagedIncident {
    const known = this.all.findLast((one) => one.key === key && one.status !== 'resolved');
    if (known === undefined) throw new Error(`No open incident with the key ${key}.`);
    return this.#change(known, { status: what === 'unacknowledged' ? 'triggered' : what });
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
