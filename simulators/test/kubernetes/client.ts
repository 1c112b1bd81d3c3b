import { request } from 'node:https';
import { parse } from 'yaml';
import type { KubernetesSimulator } from '../../kubernetes/index.ts';

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Credentials {
  readonly server: string;
  readonly ca: string;
  readonly token: string;
}

/** What a kubeconfig of the simulator says. */
export function credentials(simulator: KubernetesSimulator, user: 'admin' | 'tocsin' = 'admin'): Credentials {
  const config = parse(simulator.kubeconfig(user)) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
    users: { user: { token: string } }[];
  };
  const cluster = config.clusters[0]?.cluster;
  return {
    server: cluster?.server ?? '',
    ca: Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64').toString(),
    token: config.users[0]?.user.token ?? '',
  };
}

export interface CallOptions {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  readonly user?: 'admin' | 'tocsin';
  readonly token?: string;
}

/** One request to the API. */
export function call(simulator: KubernetesSimulator, method: string, path: string, options: CallOptions = {}): Promise<Reply> {
  const { server, ca, token } = credentials(simulator, options.user);
  const headers = {
    authorization: `Bearer ${options.token ?? token}`,
    accept: options.accept ?? 'application/json',
    ...(options.body === undefined ? {} : { 'content-type': options.type ?? 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${server}${path}`, { method, ca, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        const isJson = (response.headers['content-type'] ?? '').includes('json') && !path.includes('watch=');
        resolve({ status: response.statusCode ?? 0, body, json: (isJson ? JSON.parse(body) : {}) as Reply['json'], headers: response.headers });
      });
    });
    sent.on('error', reject);
    sent.end(options.body === undefined ? undefined : typeof options.body === 'string' ? options.body : JSON.stringify(options.body));
  });
}

export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
