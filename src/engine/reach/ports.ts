import type { Incident } from '../../domain/incident/incident.ts';
import type { Who } from '../../domain/policy.ts';
import type { Store } from '../../ports/store.ts';
import type { Incidents } from '../incidents/incidents.ts';
import type { ServiceChannels } from '../incidents/notice.ts';

/** Who is behind a line: `error` is Slack's code when it does not know the group, `empty` when nobody is in it. */
export interface Line {
  readonly users: readonly string[];
  readonly error: string | null;
}

/** Where an incident meets. */
export interface Place {
  readonly channel: string;
  readonly threadTs: string | null;
}

/**
 * The workspace as far as reaching people needs it. Whatever Slack refuses is an answer (its error code); what may pass (429, 5xx, no answer)
 * is thrown, RetryLater where Slack says when.
 */
export interface Workspace {
  members(who: Who): Promise<Line>;
  /** Makes a channel, or finds the one that an earlier try made under this name. A refusal is its code: `name_taken`, `restricted_action`, ... */
  makeChannel(incident: Incident, name: string): Promise<{ readonly channel: string } | { readonly error: string }>;
  /** What is wrong with a channel as a room; `null` when nothing is. */
  standing(channel: string, isPrivate: boolean): Promise<string | null>;
  /** Archives a channel; `null` when it is archived, else why not. */
  archive(channel: string): Promise<string | null>;
  /** Opens an archived channel again, and joins it; `null` when it can serve, else why not. */
  unarchive(channel: string, isPrivate: boolean): Promise<string | null>;
  /** Why others than its members may see a channel; `null` when nobody else does, or when Slack does not let it be seen. */
  exposure(channel: string): Promise<string | null>;
  /** Brings a person into a channel; `null` when they are in it, else why not. */
  invite(channel: string, ...users: readonly string[]): Promise<string | null>;
  isMember(channel: string, user: string): Promise<boolean>;
  /** The direct message channel with a person; `null` when there can be none. */
  directMessage(user: string): Promise<string | null>;
  /** The topic of a channel, as far as Slack lets. */
  setTopic(channel: string, incident: Incident): Promise<void>;
  /** The bookmark of the incident's call, as far as Slack lets. */
  setCall(channel: string, incident: Incident): Promise<void>;
  /** Topic and bookmarks, as far as Slack lets. */
  furnish(channel: string, incident: Incident): Promise<void>;
}

export interface ReachDeps {
  readonly store: Store;
  readonly incidents: Incidents;
  readonly workspace: Workspace;
  readonly channelsOf: (service: string) => ServiceChannels;
}
