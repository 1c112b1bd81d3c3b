import type { Delivery } from './delivery/delivery.ts';
import type { DisconnectReason } from './delivery/socket-mode.ts';
import type { Answer, EnvelopeKind } from './delivery/transport.ts';
import type { Fault, FaultInput } from './faults.ts';
import type { Call } from './http/calls.ts';
import { type Outcome, type Person, person } from './person.ts';
import type { PlatformFault } from './platforms.ts';
import type { ChannelSnapshot, ViewSnapshot } from './snapshot.ts';
import type { Change, Ephemeral, Json, Message } from './state.ts';

/** The control API of a simulator in another process: the same names as in process, answered later. */
export interface SlackSimulatorClient {
  readonly url: string;
  readonly apiUrl: string;
  as(userId: string): Person;
  clock(): Promise<{ offset_ms: number; now: number }>;
  advance(ms: number): Promise<{ offset_ms: number; now: number }>;
  /** Calls with the offset now and after every move, until stopped or the simulator ends. */
  onClock(listener: (offsetMs: number) => void): () => void;
  channels(): Promise<ChannelSnapshot[]>;
  messages(channel: string, options?: { thread_ts?: string }): Promise<Message[]>;
  ephemerals(userId: string): Promise<Ephemeral[]>;
  views(userId: string): Promise<ViewSnapshot[]>;
  home(userId: string): Promise<ViewSnapshot | null>;
  calls(method?: string): Promise<Call[]>;
  deliveries(): Promise<Delivery[]>;
  redeliver(id: string): Promise<Answer>;
  deliver(kind: EnvelopeKind, payload: Json): Promise<{ id: string; answer: Answer }>;
  addFault(fault: FaultInput): Promise<string>;
  faults(): Promise<(Fault & { id: string })[]>;
  clearFaults(): Promise<void>;
  connections(): Promise<number>;
  dropSockets(): Promise<void>;
  disconnectSockets(reason?: DisconnectReason): Promise<void>;
  setUsergroup(id: string, users: readonly string[]): Promise<void>;
  platformFaults(): Promise<PlatformFault[]>;
  setPlatformFault(id: string, on: boolean): Promise<PlatformFault[]>;
  idle(): Promise<void>;
  /** Hears changes, all of them or one person's. Ends by itself when the simulator does. */
  subscribe(listener: (change: Change | { kind: 'hello'; offset_ms: number }) => void, as?: string): () => void;
  /** Resolves with what `check` gives once that is neither undefined, null nor false; looks again after each change. */
  waitFor<T>(check: () => Promise<T | undefined | null | false>, options?: { timeoutMs?: number; what?: string }): Promise<T>;
}

/** A client for the simulator at `url`. Every call throws what the simulator says is wrong. */
export function slackSimulatorClient(url: string): SlackSimulatorClient {
  const base = url.replace(/\/$/, '');
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`${base}/_sim/${path}`, { method, ...init });
    const answer = await response.json();
    if (!response.ok) throw new Error((answer as { error?: string }).error ?? `HTTP ${response.status}`);
    return answer as T;
  };
  const get = <T>(path: string, query: Record<string, string | undefined> = {}): Promise<T> => {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return call('GET', `${path}?${new URLSearchParams(given).toString()}`);
  };
  const subscribe: SlackSimulatorClient['subscribe'] = (listener, as) => {
    const stop = new AbortController();
    void readEvents(`${base}/_sim/events${as === undefined ? '' : `?as=${as}`}`, stop.signal, listener).catch(() => undefined);
    return () => stop.abort();
  };

  return {
    url: base,
    apiUrl: `${base}/api/`,
    as: (userId) => person(userId, (name, args) => call<Outcome>('POST', `as/${userId}/${name}`, args)),
    clock: () => get('clock'),
    advance: (advance_ms) => call('POST', 'clock', { advance_ms }),
    onClock: (listener) =>
      subscribe((change) => {
        if (change.kind === 'hello' || change.kind === 'clock') listener(change.offset_ms);
      }),
    channels: () => get('channels'),
    messages: (channel, options) => get('messages', { channel, ...options }),
    ephemerals: (user) => get('ephemerals', { user }),
    views: (user) => get('views', { user }),
    home: (user) => get('home', { user }),
    calls: (method) => get('calls', { method }),
    deliveries: () => get('deliveries'),
    redeliver: (id) => call('POST', `deliveries/${id}`),
    deliver: (kind, payload) => call('POST', 'deliveries', { kind, payload }),
    addFault: async (fault) => (await call<{ id: string }>('POST', 'faults', fault)).id,
    faults: () => get('faults'),
    clearFaults: () => call('DELETE', 'faults'),
    connections: async () => (await get<{ count: number }>('connections')).count,
    dropSockets: () => call('POST', 'connections/drop'),
    disconnectSockets: (reason = 'refresh_requested') => call('POST', 'connections/disconnect', { reason }),
    setUsergroup: (id, users) => call('POST', `usergroups/${id}`, { users }),
    platformFaults: () => get('platforms'),
    setPlatformFault: (id, on) => call('POST', 'platforms', { id, on }),
    idle: () => call('POST', 'idle'),
    subscribe,
    async waitFor(check, { timeoutMs = 10_000, what = 'what was waited for' } = {}) {
      const deadline = performance.now() + timeoutMs;
      let wake: () => void = () => undefined;
      const stop = subscribe(() => wake());
      try {
        for (;;) {
          const changed = new Promise<void>((resolve) => {
            wake = resolve;
            // Changes may fall between a look and the next wait: look again anyway.
            setTimeout(resolve, 100);
          });
          const found = await check();
          if (found !== undefined && found !== null && found !== false) return found;
          if (performance.now() > deadline) throw new Error(`${what} did not happen within ${timeoutMs} ms.`);
          await changed;
        }
      } finally {
        stop();
      }
    },
  };
}

/** Reads server-sent events; each `data:` line is one change. */
async function readEvents(url: string, signal: AbortSignal, listener: (change: Change) => void): Promise<void> {
  const response = await fetch(url, { signal });
  if (response.body === null) return;
  let buffered = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    buffered += text;
    const events = buffered.split('\n\n');
    buffered = events.pop() ?? '';
    for (const event of events) if (event.startsWith('data: ')) listener(JSON.parse(event.slice(6)) as Change);
  }
}
