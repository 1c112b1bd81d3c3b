import type { FaultRule } from './http/faults.ts';
import { Grants, type Permissions } from './http/grants.ts';
import type { Route } from './http/router.ts';
import { type SeenRequest, startServer } from './http/server.ts';
import { ACTION_ROUTES } from './routes/actions.ts';
import { COMMIT_ROUTES } from './routes/commits.ts';
import { CONTENT_ROUTES } from './routes/contents.ts';
import { GIT_DATA_ROUTES } from './routes/git-data.ts';
import { hookRoutes } from './routes/hooks.ts';
import { ISSUE_ROUTES } from './routes/issues.ts';
import { otherRoutes } from './routes/other.ts';
import { PROTECTION_ROUTES } from './routes/protection.ts';
import { PULL_ROUTES } from './routes/pulls.ts';
import { REF_ROUTES } from './routes/refs.ts';
import { type FaultState, repositoryFaults } from './vaultmesh/faults.ts';
import { OWNER, seedPeople, seedRepository } from './vaultmesh/seed.ts';
import { createRunner, type Kit, type OnRun } from './world/runs.ts';
import { accountOf, type Run, type World } from './world/state.ts';
import { type PersonView, personView, type RepositoryView, repositoryView } from './world/views.ts';
import { createWebhooks, type Delivery, type Webhook } from './world/webhooks.ts';

/** What the bot's own token may, as docs tell people to make it. */
export const BOT_PERMISSIONS: Permissions = {
  actions: 'write',
  administration: 'write',
  checks: 'read',
  contents: 'write',
  issues: 'write',
  members: 'read',
  pull_requests: 'write',
  repository_hooks: 'write',
  secrets: 'read',
  statuses: 'read',
};

const PLATFORM = 'VaultMesh on GitHub';
const TICK_MS = 200;
const FIRST_ID = 18_630_000_000;

export interface GitHubSimulatorOptions {
  /** 0 for any free one. */
  readonly port?: number;
  /** The time to go by, ms since 1970. Default: the machine's. */
  readonly now?: () => number;
  /** What each run of a workflow does. Default: it succeeds after 20 s. */
  readonly onRun?: OnRun;
  readonly webhooks?: readonly Webhook[];
  /** The token that `token` has. Default: made up. */
  readonly token?: string;
  /** False: runs go on only when somebody asks or settles. Default true: five times a second. */
  readonly ticking?: boolean;
}

export interface GitHubSimulator {
  /** Of the REST API, http. */
  readonly url: string;
  /** What it plays. */
  readonly routes: readonly Pick<Route, 'method' | 'pattern' | 'asked'>[];
  /** A fine-grained token of the bot, with all that it needs. */
  readonly token: string;
  /** The repository of VaultMesh. */
  readonly repository: RepositoryView;
  /** What a person does; anybody's login makes the account. */
  as(login: string): PersonView;
  /** Another token. `sees: false`: of somebody who may not see the repository. */
  issue(permissions: Permissions, options?: { readonly login?: string; readonly sees?: boolean }): string;
  /** A GitHub App, installed on the organisation. */
  app(permissions?: Permissions): { readonly appId: number; readonly installationId: number; readonly privateKey: string };
  readonly faults: {
    list(): readonly FaultState[];
    /** @throws Error for an id that is none */
    set(id: string, on: boolean): Promise<void>;
  };
  /** The next requests that fit go wrong. */
  fail(rule: FaultRule): void;
  /** Requests seen, oldest first. */
  readonly requests: readonly SeenRequest[];
  readonly deliveries: readonly Delivery[];
  /** Sends a delivery again, with its id. */
  redeliver(id: string): Promise<void>;
  /** Lets runs go on that are due by the clock, and waits until webhooks are answered and `onRun` has decided. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a simulated GitHub on loopback, with the repository of VaultMesh in it. */
export async function startGitHubSimulator(options: GitHubSimulatorOptions = {}): Promise<GitHubSimulator> {
  const clock = options.now ?? Date.now;
  const hooks = options.webhooks ?? [];
  const webhooks = createWebhooks(hooks);
  let lastId = FIRST_ID;
  let seeding: number | null = clock();
  const world: World = {
    now: () => seeding ?? clock(),
    accounts: new Map(),
    organization: { id: 1, login: OWNER, name: OWNER, type: 'Organization' },
    teams: new Map(),
    repositories: new Map(),
    nextId: () => (lastId += 7),
    emit(event, repository, payload, sender) {
      if (seeding === null) webhooks.emit(world, event, repository, payload, sender);
    },
  };
  const runner = createRunner(world, options.onRun ?? (() => ({ conclusion: 'success' })));
  const kit: Kit = { world, runner };
  seedPeople(world);
  const repository = seedRepository(kit, (ms) => void (seeding = ms));
  // What ran in the past is over before anybody looks; nobody is asked what it did.
  for (const run of repository.runs) pastRun(run);
  seeding = null;

  const grants = new Grants();
  const bot = accountOf(world, 'tocsin-bot');
  const token = grants.token({ login: bot.login, permissions: BOT_PERMISSIONS, repositories: null, id: bot.id }, options.token);
  const routes: Route[] = [
    ...COMMIT_ROUTES,
    ...CONTENT_ROUTES,
    ...REF_ROUTES,
    ...GIT_DATA_ROUTES,
    ...PULL_ROUTES,
    ...ISSUE_ROUTES,
    ...ACTION_ROUTES,
    ...PROTECTION_ROUTES,
    ...hookRoutes(hooks, webhooks),
    ...otherRoutes(grants),
  ];
  const server = await startServer(kit, grants, routes, { port: options.port ?? 0, before: () => runner.tick() });
  const timer = options.ticking === false ? undefined : setInterval(() => runner.tick(), TICK_MS).unref();
  const faults = repositoryFaults(kit, repository);

  return {
    url: server.url,
    routes,
    token,
    repository: repositoryView(kit, repository),
    as: (login) => personView(kit, repository, accountOf(world, login).login),
    issue(permissions, { login = 'somebody', sees = true } = {}) {
      const account = accountOf(world, login);
      return grants.token({ login: account.login, permissions, repositories: sees ? null : [], id: world.nextId() });
    },
    app(permissions = BOT_PERMISSIONS) {
      const [id, installation] = [world.nextId(), world.nextId()];
      accountOf(world, 'tocsin[bot]');
      const { privateKey } = grants.app({ id, slug: 'tocsin', installation, permissions });
      return { appId: id, installationId: installation, privateKey };
    },
    faults: {
      list: () => [
        ...faults.map((fault) => ({ id: fault.id, platform: PLATFORM, title: fault.title, active: fault.active() })),
        { id: 'github-rate-limited', platform: PLATFORM, title: "GitHub's rate limit is used up", active: server.limited },
      ],
      async set(id, on) {
        if (id === 'github-rate-limited') {
          server.limited = on;
          return;
        }
        const fault = faults.find((one) => one.id === id);
        if (fault === undefined) throw new Error(`No fault ${id}.`);
        fault.set(on);
      },
    },
    fail: (rule) => server.faults.add(rule),
    requests: server.seen,
    deliveries: webhooks.deliveries,
    redeliver: (id) => webhooks.redeliver(id),
    async settle() {
      runner.tick();
      await Promise.all(runner.undecided());
      runner.tick();
      await webhooks.settled();
    },
    async stop() {
      clearInterval(timer);
      await server.close();
      await webhooks.settled();
    },
  };
}

function pastRun(run: Run): void {
  for (const attempt of run.attempts) {
    const ended = attempt.startedAt + 22_000;
    Object.assign(attempt, { status: 'completed', conclusion: 'success', log: 'Done.\n', updatedAt: ended });
    Object.assign(attempt.check, { status: 'completed', conclusion: 'success', completedAt: ended });
  }
}
