import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { GitHubError } from '../../ports/github.ts';
import { type Asked, errorFor } from './errors.ts';
import { EtagCache } from './etags.ts';

/** Credentials and address, as the environment has them. */
export interface GitHubEnvironment {
  readonly GITHUB_API_URL?: string | undefined;
  readonly GITHUB_TOKEN?: string | undefined;
  readonly GITHUB_APP_ID?: number | undefined;
  readonly GITHUB_APP_PRIVATE_KEY?: string | undefined;
  readonly GITHUB_INSTALLATION_ID?: number | undefined;
}

export interface ClientOptions {
  /** How long (ms) one second of waiting between tries lasts; tests shorten it. */
  readonly secondMs?: number;
}

/** One set of credentials: its answers, its limits, its tokens. */
export interface Client {
  readonly octokit: Octokit;
  /** The variable that people have to look at when credentials fail. */
  readonly credentials: string;
  /** What is known of permissions, by repository and permission, with the time (ms, monotonic) until which it holds. */
  readonly permits: Map<string, { readonly until: number; readonly answer: Promise<'yes' | 'no' | 'unknown'> }>;
}

/** How long one request may take, ms. */
const REQUEST_MS = 15_000;
/** A limit that is over within this many seconds is waited for. */
const PATIENCE_S = 5;
const TRIES = 2;
/** Of a second. The library waits four times as long before the first further try, and nine times before the second. */
const FIRST_WAIT = 0.15;
const API = 'https://api.github.com';

/**
 * Waits nowhere, in place of queues that cost 5 ms a request: a remedy writes a handful of times where GitHub allows 80 a minute, and an
 * investigation asks for some 30 things at once where it allows 100. What it answers is heeded all the same.
 */
const UNPACED = { key: () => ({ schedule: (_options: unknown, run: (...all: unknown[]) => unknown, ...all: unknown[]) => run(...all) }) };

const NO_LOG = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** @throws UserError `no-github` when there are no credentials */
export function credentialsOf(environment: GitHubEnvironment): 'token' | 'app' {
  const { GITHUB_TOKEN, GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY, GITHUB_INSTALLATION_ID } = environment;
  if (GITHUB_APP_ID !== undefined && GITHUB_APP_PRIVATE_KEY !== undefined && GITHUB_INSTALLATION_ID !== undefined) return 'app';
  if (GITHUB_TOKEN !== undefined) return 'token';
  throw new UserError(
    'no-github',
    'Tocsin has no access to GitHub. Set GITHUB_TOKEN, or GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY and GITHUB_INSTALLATION_ID: docs/how-to/connect-github.md.',
  );
}

/** Loads the client library; a bot without GitHub never does. @throws UserError `no-github` */
export async function createClient(environment: GitHubEnvironment, { secondMs = 1000 }: ClientOptions): Promise<Client> {
  const kind = credentialsOf(environment);
  const [{ Octokit }, { retry }, { throttling }, auth] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
    kind === 'app' ? appAuth(environment) : { auth: environment.GITHUB_TOKEN },
  ]);
  const patient = (seconds: number, _options: unknown, _octokit: unknown, retries: number): boolean => seconds <= PATIENCE_S && retries < TRIES;
  const octokit = new (Octokit.plugin(retry, throttling))({
    ...auth,
    baseUrl: (environment.GITHUB_API_URL ?? API).replace(/\/+$/, ''),
    userAgent: 'tocsin',
    log: NO_LOG,
    retry: { doNotRetry: [400, 401, 403, 404, 405, 409, 410, 412, 422, 429, 451], retries: TRIES, retryAfterBaseValue: secondMs * FIRST_WAIT },
    throttle: {
      global: UNPACED,
      write: UNPACED,
      notifications: UNPACED,
      retryAfterBaseValue: secondMs,
      onRateLimit: patient,
      onSecondaryRateLimit: patient,
      // The library's types leave out what its own README names.
    } as never,
  });
  heedEtags(octokit, new EtagCache());
  return { octokit, credentials: kind === 'app' ? 'the GitHub App' : 'GITHUB_TOKEN', permits: new Map() };
}

async function appAuth({ GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY, GITHUB_INSTALLATION_ID }: GitHubEnvironment) {
  const { createAppAuth } = await import('@octokit/auth-app');
  return { authStrategy: createAppAuth, auth: { appId: GITHUB_APP_ID, privateKey: GITHUB_APP_PRIVATE_KEY, installationId: GITHUB_INSTALLATION_ID } };
}

const unchanged = z.object({ status: z.literal(304) });

/** Asks whether an answer still holds instead of asking for it anew. */
function heedEtags(octokit: Octokit, cache: EtagCache): void {
  octokit.hook.wrap('request', async (request, options) => {
    if (options.method !== 'GET' || options.request?.['parseSuccessResponseBody'] === false) return request(options);
    const { url, headers } = octokit.request.endpoint(options);
    const key = `${headers.accept} ${url}`;
    const kept = cache.get(key);
    try {
      if (kept !== undefined) options.headers['if-none-match'] = kept.etag;
      const response = await request(options);
      const { etag } = response.headers;
      // Copies, as the pagination changes the answers that it is given.
      if (etag !== undefined) cache.put(key, { etag, response: structuredClone(response), bytes: JSON.stringify(response.data).length });
      return response;
    } catch (error) {
      if (kept !== undefined && unchanged.safeParse(error).success) return structuredClone(kept.response) as Awaited<ReturnType<typeof request>>;
      throw error;
    }
  });
}

/** Requests about one repository, each within its time. */
export interface Requests {
  open(): Promise<Client>;
  readonly repository: string;
  readonly signal: AbortSignal;
  /** One request, its answer understood. `route`: `GET /repos/{owner}/{repo}/pulls`. @throws GitHubError */
  ask<T>(what: string, answer: z.ZodType<T>, route: string, parameters?: Readonly<Record<string, unknown>>): Promise<T>;
  /** The same; `null` for what is not there. */
  find<T>(what: string, answer: z.ZodType<T>, route: string, parameters?: Readonly<Record<string, unknown>>): Promise<T | null>;
  /** Page by page, at most `limit`. */
  list<T>(what: string, item: z.ZodType<T>, route: string, limit: number, parameters?: Readonly<Record<string, unknown>>): Promise<T[]>;
}

/** `signal` ends what is under way. */
export function requestsOf(open: () => Promise<Client>, repository: string, signal: AbortSignal): Requests {
  const [owner = '', repo = ''] = repository.split('/');

  async function run<T>(
    what: string,
    route: string,
    parameters: Readonly<Record<string, unknown>>,
    work: (octokit: Octokit, all: never) => Promise<T>,
  ): Promise<T> {
    const client = await open();
    const [method = 'GET', path = ''] = route.split(' ');
    const asked: Asked = { what, method, route: path, repository, credentials: client.credentials };
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), REQUEST_MS);
    // Not AbortSignal.any: the library takes only an AbortError for what it is.
    const stop = (): void => controller.abort();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const all = {
      owner,
      repo,
      headers: { 'x-github-api-version': '2022-11-28' },
      ...parameters,
      // Reads have the number of tries of the client: named here, the library would also try again what was refused.
      request: { signal: controller.signal, ...(method === 'GET' ? {} : { retries: 0 }), ...settingsIn(parameters) },
    };
    try {
      return await work(client.octokit, all as never);
    } catch (error) {
      if (error instanceof z.ZodError)
        throw new GitHubError('failed', `GitHub answered something that Tocsin does not understand when asked to ${what}.`, { cause: error });
      throw errorFor(error, asked, controller.signal.aborted);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  const ask: Requests['ask'] = (what, answer, route, parameters = {}) =>
    run(what, route, parameters, async (octokit, all) => answer.parse((await octokit.request(route, all)).data));

  return {
    open,
    repository,
    signal,
    ask,
    async find(what, answer, route, parameters) {
      try {
        return await ask(what, answer, route, parameters);
      } catch (error) {
        if (error instanceof GitHubError && error.reason === 'not-found') return null;
        throw error;
      }
    },
    list: (what, item, route, limit, parameters = {}) =>
      run(what, route, { per_page: Math.min(limit, 100), ...parameters }, async (octokit, all) => {
        const found: z.infer<typeof item>[] = [];
        for await (const { data } of octokit.paginate.iterator(route, all)) {
          found.push(...z.array(item).parse(data));
          if (found.length >= limit) break;
        }
        return found.slice(0, limit);
      }),
  };
}

/** Settings of the client library among a request's parameters. */
function settingsIn({ request }: Readonly<Record<string, unknown>>): object {
  return typeof request === 'object' && request !== null ? request : {};
}
