import type { Command, Person, PersonCommand } from '../../../src/domain/incident/commands.ts';
import { decide } from '../../../src/domain/incident/decide.ts';
import type { IncidentEvent, IncidentRecord } from '../../../src/domain/incident/events.ts';
import { evolve } from '../../../src/domain/incident/evolve.ts';
import type { Incident } from '../../../src/domain/incident/incident.ts';
import { timersOf } from '../../../src/domain/incident/timers.ts';
import type { IncidentPolicy } from '../../../src/domain/policy.ts';
import { RESPOND_WITHIN, SEVERITIES, type Severity } from '../../../src/domain/severity.ts';
import { toIso } from '../../../src/lib/time.ts';

export const MINUTE = 60_000;
export const START = Date.parse('2026-11-21T08:00:00.000Z');

export const ada: Person = { id: 'U0ADA', roles: ['responder'], trusted: true };
export const joan: Person = { id: 'U0JOAN', roles: [], trusted: true };
export const guest: Person = { id: 'U0GUEST', roles: ['responder'], trusted: false };

export const policy: IncidentPolicy = {
  respond_within_ms: RESPOND_WITHIN,
  updates: Object.fromEntries(
    SEVERITIES.map((severity) => [severity, { every_ms: 30 * MINUTE, draft_before_ms: 5 * MINUTE, grace_ms: 5 * MINUTE }]),
  ) as IncidentPolicy['updates'],
  responders: [{ usergroup: 'S0SRE' }],
  escalation: [
    { who: { usergroup: 'S0SRE' }, after_ms: null },
    { who: { user: 'U0LINUS' }, after_ms: 10 * MINUTE },
    { who: { user: 'U0ALAN' }, after_ms: null },
  ],
  customer_impact_severity: 'P1',
  checklist: [
    { id: '1', text: 'Verified' },
    { id: '2', text: 'Debriefed' },
  ],
  time_zone: 'UTC',
};

/** The same with a matrix of types and with levels. */
export const matrixPolicy: IncidentPolicy = {
  ...policy,
  by_type: {
    'security-breach': {
      primary: [{ usergroup: 'S0SEC' }],
      secondary: [{ user: 'U0CISO' }],
      executive: [{ user: 'U0CTO' }, { user: 'U0LEGAL' }],
      after_ms: 15 * MINUTE,
    },
    'performance-degradation': { primary: [{ usergroup: 'S0SRE' }], secondary: [{ user: 'U0LINUS' }], executive: [], after_ms: null },
  },
  levels: { L2: [{ user: 'U0SENIOR' }], L3: [{ user: 'U0CTO' }, { usergroup: 'S0SEC' }], unresolved_ms: 30 * MINUTE },
};

export function declaring(severity: Severity = 'P1', more: Partial<Extract<PersonCommand, { type: 'declare' }>> = {}): PersonCommand {
  return { type: 'declare', title: 'Frontend is down', service: 'aureus', serviceName: 'AUREUS', severity, policy, ...more };
}

/** An incident with a clock of its own: asks are decided and evolved as the store would. */
export class Life {
  at = START;
  state: Incident | null = null;
  readonly records: IncidentRecord[] = [];

  ask(ask: PersonCommand, by: Person = ada): readonly IncidentEvent[] {
    return this.give({ at: this.at, by, ask });
  }

  give(command: Command): readonly IncidentEvent[] {
    const events = decide(this.state, command);
    for (const event of events) this.append(event);
    return events;
  }

  append(event: IncidentEvent): void {
    const seq = this.records.length + 1;
    const record = {
      ...event,
      incident_id: 'INC-2026-0001',
      seq,
      prev: '',
      event_id: `e${seq}`,
      time: toIso(this.at),
      artifacts: [],
    } as IncidentRecord;
    this.records.push(record);
    this.state = evolve(this.state, record);
  }

  /** Moves the clock to `end` (ms); every wait that is due by then fires in order, as the store would have it. @throws Error when one fires for ever */
  fireUntil(end: number): void {
    for (let fired = 0; fired < 1_000; fired += 1) {
      const [next] = timersOf(this.incident).toSorted((a, b) => a.dueAt - b.dueAt);
      if (next === undefined || next.dueAt > end) {
        this.at = end;
        return;
      }
      this.at = Math.max(this.at, next.dueAt);
      this.give({ at: this.at, by: null, ask: { type: 'timer', timer: next.timer } });
    }
    throw new Error('A wait fires for ever.');
  }

  get incident(): Incident {
    if (this.state === null) throw new Error('Nothing is declared.');
    return this.state;
  }

  types(): string[] {
    return this.records.map(({ type }) => type);
  }
}

export function declared(severity: Severity = 'P1', more: Partial<Extract<PersonCommand, { type: 'declare' }>> = {}): Life {
  const life = new Life();
  life.ask(declaring(severity, more));
  return life;
}
