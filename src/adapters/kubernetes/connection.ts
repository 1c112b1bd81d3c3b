import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';
import { outbound } from '../../lib/outbound/outbound.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { codeOf } from './errors.ts';

/** Where the credentials are: a kubeconfig file, its text, or what kubectl would use (KUBECONFIG, ~/.kube/config, the pod's service account). */
export type KubeconfigSource = { readonly file?: string | undefined } | { readonly text: string } | 'default';

/** What one request needs: where to, as whom, over which sockets. Holds secrets: never log it. */
export interface Access {
  readonly server: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** `user:password` for basic authentication. */
  readonly auth: string | undefined;
  /** Sockets that are kept: for what may be repeated when one turns out to be dead. */
  readonly kept: http.Agent;
  /** A socket of its own: a lost answer then is no stale socket, so fewer changes end as `uncertain`. */
  readonly fresh: http.Agent;
  readonly tls: TlsOptions;
  /** What of `tls` the agents do not know: theirs is a proxy's way, which others use as well. */
  readonly perRequest: TlsOptions;
}

interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Connection {
  /** The context's name, as far as it is known before the first request. */
  readonly context: string;
  /** The user's name in the kubeconfig, for messages. */
  user(): string;
  /** @throws ClusterError `misconfigured`, `unauthorized` */
  access(): Promise<Access>;
  /** Forgets what was read: after a 401 the file, the token or the plugin's answer may be new. */
  forget(): void;
  close(): void;
}

/** How long (ms) a credential plugin may take. It asks a person nothing, so what takes longer hangs. */
const CREDENTIALS_LIMIT = 15_000;

/**
 * Reads the kubeconfig at the first request (loading the client costs half a second that a bot without clusters need not spend). `limit`: ms
 * for the kubeconfig's credential plugin.
 */
export function connection(source: KubeconfigSource, contextName: string | undefined, limit: number = CREDENTIALS_LIMIT): Connection {
  let loading: Promise<KubeConfig> | undefined;
  let obtaining: Promise<https.RequestOptions> | undefined;
  let context = contextName ?? 'current';
  let user = 'unknown';
  const agents = new Map<string, { kept: http.Agent; fresh: http.Agent }>();

  async function loaded(): Promise<KubeConfig> {
    loading ??= load(source, contextName);
    try {
      const config = await loading;
      context = config.getCurrentContext();
      user = config.getCurrentUser()?.name ?? 'unknown';
      return config;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  }

  /** One plugin at a time: requests that come meanwhile share its answer. */
  function credentials(config: KubeConfig): Promise<https.RequestOptions> {
    obtaining ??= obtain(config).finally(() => {
      obtaining = undefined;
    });
    return obtaining;
  }

  async function obtain(config: KubeConfig): Promise<https.RequestOptions> {
    const options: https.RequestOptions = {};
    const applied = config.applyToHTTPSOptions(options).then(
      () => 'done' as const,
      // The text may hold what a credential plugin printed, so it goes nowhere.
      () => 'failed' as const,
    );
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), limit);
    const outcome = await Promise.race([applied, late.promise]).finally(() => clearTimeout(timer));
    if (outcome === 'done') return options;
    const how = outcome === 'late' ? `were not obtained within ${Math.round(limit / 1_000)} s` : 'cannot be obtained';
    throw new ClusterError(
      'unauthorized',
      `The credentials of user ${user} (context ${context}) ${how}. Run the kubeconfig's credential plugin by hand to see why.`,
    );
  }

  function agentsFor(server: URL, tls: TlsOptions, proxy: http.Agent | undefined): { kept: http.Agent; fresh: http.Agent } {
    if (proxy !== undefined) return { kept: proxy, fresh: proxy };
    const key = fingerprint(server, tls);
    const known = agents.get(key);
    if (known !== undefined) return known;
    const made =
      server.protocol === 'https:' ? secureAgents(tls) : { kept: new http.Agent({ keepAlive: true }), fresh: new http.Agent({ keepAlive: false }) };
    agents.set(key, made);
    return made;
  }

  return {
    get context() {
      return context;
    },
    user: () => user,
    async access() {
      const config = await loaded();
      const cluster = config.getCurrentCluster();
      if (cluster === null) throw new ClusterError('misconfigured', `The context ${context} of the kubeconfig names no cluster that the file has.`);
      const options = await credentials(config);
      const server = serverUrl(cluster.server, context);
      const tls = tlsOptions(options);
      const headers = Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)]));
      const proxy = cluster.proxyUrl === undefined || cluster.proxyUrl === '' ? undefined : (options.agent as http.Agent);
      const shared = { server, headers, auth: options.auth ?? undefined, tls };
      const out = outbound();
      // What the kubeconfig says of a proxy comes first.
      if (proxy === undefined && out !== null && out.proxyFor(server) !== null)
        return { ...shared, kept: out.kept, fresh: out.fresh, perRequest: tls };
      return { ...shared, ...agentsFor(server, tls, proxy), perRequest: {} };
    },
    forget() {
      loading = undefined;
    },
    close() {
      for (const { kept, fresh } of agents.values()) {
        kept.destroy();
        fresh.destroy();
      }
      agents.clear();
    },
  };
}

async function load(source: KubeconfigSource, contextName: string | undefined): Promise<KubeConfig> {
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  const where = typeof source === 'object' && 'file' in source && source.file !== undefined ? source.file : 'the kubeconfig';
  try {
    if (typeof source === 'object' && 'text' in source) config.loadFromString(source.text);
    else if (typeof source === 'object' && source.file !== undefined) {
      config.loadFromString(await readFile(source.file, 'utf8'));
      config.makePathsAbsolute(dirname(source.file));
    } else config.loadFromDefault();
  } catch (error) {
    // A parser's text quotes the file, tokens and all.
    const code = codeOf(error);
    throw new ClusterError('misconfigured', `${where} cannot be read${code === null ? '' : ` (${code})`}. Check that it exists and is a kubeconfig.`);
  }
  if (contextName !== undefined) chooseContext(config, contextName, where);
  if (config.getContextObject(config.getCurrentContext()) === null) {
    throw new ClusterError('misconfigured', `${where} has no current context. Name one in the service's configuration: ${contextNames(config)}.`);
  }
  // The library refuses plain HTTP unless told that there is no TLS to verify; a local simulator or kubectl proxy speaks it.
  config.clusters = config.clusters.map((cluster) => (cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster));
  return config;
}

function chooseContext(config: KubeConfig, name: string, where: string): void {
  if (config.getContextObject(name) === null) {
    throw new ClusterError('misconfigured', `${where} has no context ${name}. It has: ${contextNames(config)}.`);
  }
  config.setCurrentContext(name);
}

function contextNames(config: KubeConfig): string {
  return config.contexts.map((context) => context.name).join(', ') || 'none';
}

function serverUrl(server: string, context: string): URL {
  const url = URL.parse(server);
  if (url === null) throw new ClusterError('misconfigured', `The server of context ${context} is not a valid address. Correct it in the kubeconfig.`);
  return url;
}

function tlsOptions(options: https.RequestOptions): TlsOptions {
  return {
    ...(options.ca == null ? {} : { ca: options.ca as Buffer }),
    ...(options.cert == null ? {} : { cert: options.cert as Buffer }),
    ...(options.key == null ? {} : { key: options.key as Buffer }),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
  };
}

/** The certificates are read once, not for each socket. */
function secureAgents({ ca, cert, key, ...rest }: TlsOptions): { kept: http.Agent; fresh: http.Agent } {
  const secureContext = createSecureContext({
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
  const shared = { ...rest, secureContext };
  return { kept: new https.Agent({ ...shared, keepAlive: true }), fresh: new https.Agent({ ...shared, keepAlive: false }) };
}

/** Renewed certificates get sockets of their own. */
function fingerprint(server: URL, tls: TlsOptions): string {
  const hash = createHash('sha256').update(server.origin);
  for (const part of [tls.ca, tls.cert, tls.key]) hash.update('\0').update(part ?? '');
  return hash.update(`\0${tls.servername ?? ''}\0${tls.rejectUnauthorized ?? ''}`).digest('hex');
}
