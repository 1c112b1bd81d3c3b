import type { Among } from '../../../blocks/replies.ts';
import { UserError } from '../../domain/errors.ts';
import { type Incident, isIn, isOpen } from '../../domain/incident/incident.ts';
import { sayNoIncident } from '../../domain/no-incident.ts';
import { SEVERITIES } from '../../domain/severity.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import type { IncidentFilter } from '../../ports/store.ts';
import type { People } from '../people.ts';
import { sayWhereItWent } from './merged.ts';
import type { Asked } from './requests.ts';

/** Where a picker looks; the newest are enough to choose from, and a menu has room for a hundred. */
const AMONG: Readonly<Record<Among, IncidentFilter>> = {
  open: { open: true, limit: 100 },
  resolved: { open: false, closed: false, limit: 100 },
  over: { open: false, limit: 25 },
  any: { limit: 25 },
};

/** Among how many open incidents a mistyped id is looked for, the newest first. */
const SUGGESTED_FROM = 50;

/** Incidents as one person may see them. */
export interface SeenIncidents {
  /** The one that a payload is about: named, or its channel's, or its thread's; `null` when there is none. */
  incidentFor(asked: Asked): Promise<Incident | null>;
  /** The same incident, or `null` when it is private and this person is not in it. */
  visible(incident: Incident | null, user: string, channel: string | null): Promise<Incident | null>;
  visibleOnes(filter: IncidentFilter, user: string): Promise<readonly Incident[]>;
  /** How many there are for this person. */
  count(filter: IncidentFilter, user: string): Promise<number>;
  /** Those of them that this person may not see. */
  hiddenOnes(filter: IncidentFilter, user: string): Promise<readonly Incident[]>;
  /** Those a picker offers. */
  offered(among: Among, user: string): Promise<readonly Incident[]>;
  /** Where work on a merged incident continues, for people. */
  whereItWent(incident: Incident, asked: Asked): Promise<string>;
  /** An id that nobody gave out yet, with the nearest one that the person may see: the open ones first. */
  noIncident(id: string, user: string): Promise<UserError>;
}

/** As the store orders them: the gravest first, the newest first. */
function byGravity(one: Incident, other: Incident): number {
  return SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity);
}

function byAge(one: Incident, other: Incident): number {
  return other.milestones.declared - one.milestones.declared || other.id.localeCompare(one.id);
}

export interface SeenDeps {
  readonly incidents: Incidents;
  readonly people: Pick<People, 'isMember'>;
}

/** Private incidents show nothing outside their channel: to others they do not exist. */
export function seenIncidents({ incidents, people }: SeenDeps): SeenIncidents {
  async function incidentFor(asked: Asked): Promise<Incident | null> {
    if (asked.incidentId !== null) return visible(await incidents.find(asked.incidentId), asked.user, asked.channel);
    if (asked.channel === null) return null;
    const [here] = await incidents.list({ channel: asked.channel, limit: 1 });
    if (here !== undefined) return visible(here, asked.user, asked.channel);
    return asked.threadTs === null ? null : visible(await ofThread(asked.channel, asked.threadTs), asked.user, asked.channel);
  }

  async function ofThread(channel: string, threadTs: string): Promise<Incident | null> {
    const incident = await incidents.at(channel, threadTs);
    if (incident === null || !isOpen(incident)) return null;
    // As the sealed state says: the table of messages has no seal.
    return incident.cards.some((card) => card.channel === channel && card.ts === threadTs) ? incident : null;
  }

  async function visible(incident: Incident | null, user: string, channel: string | null): Promise<Incident | null> {
    if (incident === null || !incident.private) return incident;
    if (isIn(incident, user)) return incident;
    if (incident.room === null) return null;
    if (incident.room.channel === channel) return incident;
    return (await people.isMember(incident.room.channel, user)) ? incident : null;
  }

  /** A limit counts what this person sees: how many others there are is not theirs to know. */
  async function visibleOnes(filter: IncidentFilter, user: string): Promise<readonly Incident[]> {
    const { limit, ...meant } = filter;
    if (limit === undefined || meant.private !== undefined) return seenOf(filter, user);
    const found = [...(await seenOf({ ...filter, private: false }, user)), ...(await seenOf({ ...meant, private: true }, user))];
    return found.toSorted((one, other) => (meant.gravestFirst === true ? byGravity(one, other) : 0) || byAge(one, other)).slice(0, limit);
  }

  async function seenOf(filter: IncidentFilter, user: string): Promise<readonly Incident[]> {
    return (await sorted(filter, user)).flatMap(({ incident, seen }) => (seen ? [incident] : []));
  }

  async function hiddenOnes(filter: IncidentFilter, user: string): Promise<readonly Incident[]> {
    return (await sorted(filter, user)).flatMap(({ incident, seen }) => (seen ? [] : [incident]));
  }

  async function sorted(filter: IncidentFilter, user: string): Promise<readonly { readonly incident: Incident; readonly seen: boolean }[]> {
    const found = await incidents.list(filter);
    return Promise.all(found.map(async (incident) => ({ incident, seen: (await visible(incident, user, null)) !== null })));
  }

  async function count(filter: IncidentFilter, user: string): Promise<number> {
    const hidden = await visibleOnes({ ...filter, private: true }, user);
    return (await incidents.count({ ...filter, private: false })) + hidden.length;
  }

  async function offered(among: Among, user: string): Promise<readonly Incident[]> {
    return visibleOnes(AMONG[among], user);
  }

  function whereItWent(incident: Incident, { user, channel }: Asked): Promise<string> {
    return sayWhereItWent(incident, async (id) => visible(await incidents.find(id), user, channel));
  }

  async function noIncident(id: string, user: string): Promise<UserError> {
    const open = await visibleOnes({ open: true, limit: SUGGESTED_FROM }, user);
    const known = [...open, ...(await visibleOnes(AMONG.any, user))];
    return new UserError('no-incident', sayNoIncident(id, known));
  }

  return { incidentFor, visible, visibleOnes, count, hiddenOnes, offered, whereItWent, noIncident };
}
