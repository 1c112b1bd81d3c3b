import type { Among } from '../../../blocks/replies.ts';
import { UserError } from '../../domain/errors.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { sayNoIncident } from '../../domain/no-incident.ts';
import type { Incidents } from '../../engine/incidents/incidents.ts';
import type { IncidentIndex, Store } from '../../ports/store.ts';
import type { People } from '../people.ts';
import { sayWhereItWent } from './merged.ts';
import type { Asked } from './requests.ts';

/** Where a picker looks; the newest are enough to choose from. */
const AMONG: Readonly<Record<Among, Parameters<Store['incidents']>[0]>> = {
  open: { open: true },
  resolved: { open: false, closed: false },
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
  visibleOnes(indexes: Promise<readonly IncidentIndex[]>, user: string): Promise<readonly Incident[]>;
  /** Those a picker offers. */
  offered(among: Among, user: string): Promise<readonly Incident[]>;
  /** Where work on a merged incident continues, for people. */
  whereItWent(incident: Incident, asked: Asked): Promise<string>;
  /** An id that nobody gave out yet, with the nearest one that the person may see: the open ones first. */
  noIncident(id: string, user: string): Promise<UserError>;
}

export interface SeenDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  readonly people: Pick<People, 'isMember'>;
}

/** Private incidents show nothing outside their channel: to others they do not exist. */
export function seenIncidents({ store, incidents, people }: SeenDeps): SeenIncidents {
  async function incidentFor(asked: Asked): Promise<Incident | null> {
    if (asked.incidentId !== null) return visible(await incidents.find(asked.incidentId), asked.user, asked.channel);
    if (asked.channel === null) return null;
    const [index] = await store.incidents({ channel: asked.channel, limit: 1 });
    if (index !== undefined) return visible(await incidents.find(index.id), asked.user, asked.channel);
    return asked.threadTs === null ? null : visible(await ofThread(asked.channel, asked.threadTs), asked.user, asked.channel);
  }

  async function ofThread(channel: string, threadTs: string): Promise<Incident | null> {
    for (const index of await store.incidents({ open: true })) {
      const incident = await incidents.find(index.id);
      if (incident?.cards.some((card) => card.channel === channel && card.ts === threadTs)) return incident;
    }
    return null;
  }

  async function visible(incident: Incident | null, user: string, channel: string | null): Promise<Incident | null> {
    if (incident === null || !incident.private) return incident;
    if (incident.reporter === user || Object.values(incident.roles).includes(user) || incident.called.includes(user)) return incident;
    if (incident.room === null) return null;
    if (incident.room.channel === channel) return incident;
    return (await people.isMember(incident.room.channel, user)) ? incident : null;
  }

  async function visibleOnes(indexes: Promise<readonly IncidentIndex[]>, user: string): Promise<readonly Incident[]> {
    const found = await Promise.all((await indexes).map((index) => incidents.find(index.id)));
    const seen = await Promise.all(found.map((incident) => visible(incident, user, null)));
    return seen.filter((incident): incident is Incident => incident !== null);
  }

  async function offered(among: Among, user: string): Promise<readonly Incident[]> {
    return visibleOnes(store.incidents(AMONG[among]), user);
  }

  function whereItWent(incident: Incident, { user, channel }: Asked): Promise<string> {
    return sayWhereItWent(incident, async (id) => visible(await incidents.find(id), user, channel));
  }

  async function noIncident(id: string, user: string): Promise<UserError> {
    const open = await visibleOnes(store.incidents({ open: true, limit: SUGGESTED_FROM }), user);
    const known = [...open, ...(await visibleOnes(store.incidents(AMONG.any), user))];
    return new UserError('no-incident', sayNoIncident(id, known));
  }

  return { incidentFor, visible, visibleOnes, offered, whereItWent, noIncident };
}
