import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Stage } from './acting/actor.ts';
import { performAs } from './acting/perform.ts';
import { administerChannel, type ChannelAdministration, changeUser, disableUsergroup } from './administering.ts';
import { type Clock, createClock } from './clock.ts';
import { createDeliveries, type Delivery } from './delivery/delivery.ts';
import { tellEvents } from './delivery/events-api.ts';
import { httpTransport } from './delivery/http.ts';
import { type DisconnectReason, socketMode } from './delivery/socket-mode.ts';
import type { Answer, EnvelopeKind } from './delivery/transport.ts';
import { createFaults, type Faults } from './faults.ts';
import { type Call, createCallLog } from './http/calls.ts';
import { serveControl } from './http/control.ts';
import { servePageFile } from './http/page-files.ts';
import { sendText } from './http/reply.ts';
import { serveWebApi, type WebApi } from './http/web-api.ts';
import { type Outside, type OutsideView, outsideView } from './outside.ts';
import { type Outcome, type Person, type PersonActions, person } from './person.ts';
import { type PlatformFault, type Platforms, platformPanel } from './platforms.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';
import { createResponseUrls } from './response-urls.ts';
import { type WorkspaceSeed, workspaceSeedSchema } from './seed.ts';
import { SlackError } from './slack-error.ts';
import { type ChannelSnapshot, channelSnapshot, homeOf, type ViewSnapshot, viewsOf } from './snapshot.ts';
import type { Change, Ephemeral, Json, Message, StoredFile } from './state.ts';
import { createTriggers } from './triggers.ts';
import { Workspace } from './workspace.ts';

export interface SimulatorOptions {
  seed: WorkspaceSeed;
  /** 0, the default, takes a free one. */
  port?: number;
  /** `127.0.0.1` by default. */
  host?: string;
  /** Delivers signed HTTP requests to this address instead of Socket Mode. */
  httpDelivery?: { url: string };
  /** Where Socket Mode is reached from outside, such as `wss://slack.example`; the simulator's own address by default. */
  socketOrigin?: string;
  /** The base clock, milliseconds; the machine's by default. */
  now?: () => number;
  /** Decides about faults with a rate: 0 to 1. */
  random?: () => number;
  /** Whether Slack's published rate limits are enforced; off by default. */
  rateLimits?: boolean;
  /** What people may break and mend on the page; without it the page has no such panel. */
  platforms?: Platforms;
  /** Where the app sends to besides the workspace, which the page shows; without it the page has no such places. */
  outside?: Outside;
}

/** A running workspace: what an app talks to, and what a test looks at. Channels by id, `#name` or name. */
export interface SlackSimulator {
  /** `http://host:port`, the page's address. */
  readonly url: string;
  /** `slackApiUrl` of an app's client options. */
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly rateLimits: RateLimits;
  /** A person to act as. Throws (when acting) for people who cannot sign in. */
  as(userId: string): Person;
  perform<Name extends keyof PersonActions>(userId: string, name: Name, args: PersonActions[Name]): Promise<Outcome>;
  channels(): ChannelSnapshot[];
  channel(reference: string): ChannelSnapshot;
  /** Oldest first, replies among them; with `thread_ts` a thread only. */
  messages(channel: string, options?: { thread_ts?: string }): Message[];
  /** What a person alone sees, oldest first. */
  ephemerals(userId: string): Ephemeral[];
  /** A person's open modals, the one in front last. */
  views(userId: string): ViewSnapshot[];
  home(userId: string): ViewSnapshot | undefined;
  file(id: string): StoredFile | undefined;
  /** Calls the app made, oldest first. */
  calls(method?: string): Call[];
  deliveries(): readonly Delivery[];
  /** Delivers an earlier payload once more. */
  redeliver(id: string): Promise<Answer>;
  /** Delivers any payload, forged ones too. */
  deliver(kind: EnvelopeKind, payload: Json): Promise<{ id: string; answer: Answer }>;
  connections(): number;
  dropSockets(): void;
  disconnectSockets(reason?: DisconnectReason): void;
  /** Who is in a user group. */
  usergroup(id: string): readonly string[];
  setUsergroup(id: string, users: readonly string[]): void;
  disableUsergroup(id: string, disabled?: boolean): void;
  /** Deactivates a person, makes a guest of them, and so on. */
  changeUser(...change: DropFirst<typeof changeUser>): void;
  /** Makes a channel as a person would, the app in it or not. Gives its id. */
  addChannel(channel: { name: string; kind: 'public' | 'private'; creator: string; members: string[] }): string;
  /** Archives, deletes, renames, ... a channel as an administrator. */
  administer(channel: string, change: ChannelAdministration, by: string): void;
  /** What can be broken; empty without platforms. */
  platformFaults(): readonly PlatformFault[];
  /** Breaks or mends, and tells every page. Rejects for unknown faults, and with what the platform says. */
  setPlatformFault(id: string, on: boolean): Promise<void>;
  /** What was sent elsewhere. */
  readonly outside: OutsideView;
  subscribe(listener: (change: Change) => void): () => void;
  /** Resolves with what `check` gives once that is neither undefined, null nor false; looks again after each change. */
  waitFor<T>(check: () => T | undefined | null | false, options?: { timeoutMs?: number; what?: string }): Promise<T>;
  /** Resolves when nothing waits for the app's acknowledgement. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a workspace. Throws when the seed is wrong or the port is taken. */
export async function startSlackSimulator(options: SimulatorOptions): Promise<SlackSimulator> {
  const seed = workspaceSeedSchema.parse(options.seed);
  const clock = createClock(options.now);
  const workspace = new Workspace(seed, clock);
  const faults = createFaults(options.random);
  const sockets = socketMode({
    appId: seed.bot.appId,
    origin: () => options.socketOrigin ?? workspace.url.replace('http:', 'ws:'),
    onChange: (count) => workspace.changed({ kind: 'connections', count }),
  });
  const transport =
    options.httpDelivery === undefined ? sockets : httpTransport({ url: options.httpDelivery.url, signingSecret: seed.bot.signingSecret });
  const deliveries = createDeliveries(workspace, transport, faults);
  tellEvents(workspace, deliveries);
  const panel = platformPanel(workspace, options.platforms);
  const outside = outsideView(workspace, options.outside);
  const triggers = createTriggers(clock);
  const responseUrls = createResponseUrls(workspace);
  const stage: Stage = { workspace, deliveries, triggers, responseUrls, offered: new Map() };
  const limits = createRateLimits(clock, options.rateLimits === true);
  const calls = createCallLog((call) => workspace.changed({ kind: 'call', method: call.method }));
  const openConnection = (): string => {
    const url = sockets.ticket();
    if (url === undefined) throw new SlackError('too_many_websockets');
    return url;
  };
  const api: WebApi = { context: { workspace, triggers, openConnection }, responseUrls, faults, calls, limits };

  const find = (reference: string) => {
    const name = reference.replace(/^#/, '');
    const channel = workspace.channels.get(reference) ?? [...workspace.channels.values()].find((one) => one.name === name);
    if (channel === undefined) throw new Error(`There is no channel ${reference}.`);
    return channel;
  };
  const perform: SlackSimulator['perform'] = (userId, name, args) => performAs(stage, userId, name, args);

  const simulator: SlackSimulator = {
    get url() {
      return workspace.url;
    },
    get apiUrl() {
      return `${workspace.url}/api/`;
    },
    clock,
    faults,
    rateLimits: limits,
    as: (userId) => person(userId, (name, args) => perform(userId, name, args)),
    perform,
    channels: () => [...workspace.channels.values()].map(channelSnapshot),
    channel: (reference) => channelSnapshot(find(reference)),
    messages(reference, { thread_ts } = {}) {
      const { messages } = find(reference);
      return thread_ts === undefined ? [...messages] : messages.filter((message) => [message.ts, message.thread_ts].includes(thread_ts));
    },
    ephemerals: (userId) => workspace.ephemerals.filter((entry) => entry.user === userId),
    views: (userId) => viewsOf(workspace, userId),
    home: (userId) => homeOf(workspace, userId),
    file: (id) => workspace.files.get(id),
    calls: (method) => calls.list(method),
    deliveries: () => deliveries.log(),
    redeliver: (id) => deliveries.again(id),
    deliver: (kind, payload) => deliveries.send(kind, payload),
    connections: () => transport.connections(),
    dropSockets: () => sockets.drop(),
    disconnectSockets: (reason = 'refresh_requested') => sockets.disconnect(reason),
    usergroup: (id) => workspace.usergroups.get(id)?.users ?? [],
    setUsergroup(id, users) {
      const group = workspace.usergroups.get(id);
      if (group === undefined) throw new Error(`There is no user group ${id}.`);
      group.users = [...users];
    },
    disableUsergroup: (id, disabled) => disableUsergroup(workspace, id, disabled),
    changeUser: (id, change) => changeUser(workspace, id, change),
    addChannel: (channel) => workspace.addChannel(channel).id,
    administer: (channel, change, by) => administerChannel(workspace, find(channel), change, by),
    platformFaults: () => panel.list(),
    setPlatformFault: (id, on) => panel.set(id, on),
    outside,
    subscribe: (listener) => workspace.watch(listener),
    waitFor: (check, waiting) => waitFor(workspace, check, waiting),
    idle: () => deliveries.idle(),
    async close() {
      clock.close();
      panel.close();
      outside.close();
      await transport.close();
      await sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://simulator');
    if (await serveWebApi(api, request, response, url)) return;
    if (url.pathname.startsWith('/_sim/')) return serveControl(simulator, workspace, request, response, url);
    if (url.pathname.startsWith('/archives/')) return redirectToMessage(response, url);
    await servePageFile(response, url.pathname);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendText(response, 500, String(error));
    });
  });
  server.on('upgrade', (request, socket, head) => {
    if (!sockets.upgrade(request, socket, head)) socket.destroy();
  });
  const host = options.host ?? '127.0.0.1';
  workspace.url = `http://${host}:${await listen(server, options.port ?? 0, host)}`;
  return simulator;
}

type DropFirst<F extends (...args: never[]) => unknown> = Parameters<F> extends [unknown, ...infer Rest] ? Rest : never;

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Permalinks lead to the page. */
function redirectToMessage(response: ServerResponse, url: URL): void {
  const [, , channel = '', point = ''] = url.pathname.split('/');
  response.writeHead(302, { location: `/#/${channel}/${point}${url.search}` });
  response.end();
}

function waitFor<T>(
  workspace: Workspace,
  check: () => T | undefined | null | false,
  { timeoutMs = 10_000, what = 'what was waited for' }: { timeoutMs?: number; what?: string } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      unwatch();
    };
    const look = (): void => {
      try {
        const found = check();
        if (found === undefined || found === null || found === false) return;
        stop();
        resolve(found);
      } catch (error) {
        stop();
        reject(error);
      }
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`${what} did not happen within ${timeoutMs} ms.`));
    }, timeoutMs);
    const unwatch = workspace.watch(look);
    look();
  });
}
