import { randomBytes } from 'node:crypto';

export interface LogEvent {
  /** ms */
  readonly timestamp: number;
  readonly message: string;
}

export interface KeptEvent extends LogEvent {
  readonly id: string;
  readonly ingested: number;
}

export interface LogStream {
  readonly name: string;
  readonly created: number;
  readonly events: KeptEvent[];
}

export interface LogGroup {
  readonly name: string;
  readonly created: number;
  readonly retentionInDays: number | undefined;
  readonly streams: Map<string, LogStream>;
}

/** CloudWatch Logs of the account. */
export class LogsState {
  readonly groups = new Map<string, LogGroup>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  createGroup(name: string, created: number, retentionInDays?: number): LogGroup {
    const group: LogGroup = { name, created, retentionInDays, streams: new Map() };
    this.groups.set(name, group);
    return group;
  }

  /** Appends to a stream, which is made when it is not there. Without its group nothing is kept: log delivery is not set up then. */
  append(groupName: string, streamName: string, events: readonly LogEvent[]): void {
    const group = this.groups.get(groupName);
    if (group === undefined) return;
    const stream = group.streams.get(streamName) ?? { name: streamName, created: events[0]?.timestamp ?? this.#now(), events: [] };
    group.streams.set(streamName, stream);
    for (const event of events) stream.events.push({ ...event, id: `3${randomBytes(27).toString('hex')}`, ingested: event.timestamp + 1500 });
  }
}
