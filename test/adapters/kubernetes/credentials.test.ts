import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connection } from '../../../src/adapters/kubernetes/connection.ts';
import { createCluster } from '../../../src/adapters/kubernetes/index.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'tocsin-credentials-'));
const seen: { authorization: string | undefined; certificate: string | undefined }[] = [];
let server: Server;
let address: string;
let whenRefused = (): void => undefined;

beforeAll(async () => {
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test-ca', '-days', '2');
  certificate('server', '/CN=localhost', 'subjectAltName=IP:127.0.0.1');
  certificate('client', '/CN=bot-by-certificate', 'extendedKeyUsage=clientAuth');
  server = createServer(
    { cert: file('server.crt'), key: file('server.key'), ca: file('ca.crt'), requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const { subject } = (request.socket as TLSSocket).getPeerCertificate();
      seen.push({ authorization: request.headers.authorization, certificate: subject?.CN as string | undefined });
      const refused = request.headers.authorization === 'Bearer old';
      if (refused) whenRefused();
      response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' }).end('{"gitVersion":"v1"}');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

describe('credentials', () => {
  test('a client certificate, with the files beside the kubeconfig', async () => {
    await clusterOf({ 'client-certificate': 'client.crt', 'client-key': 'client.key' }).raw('/version');
    expect(seen.at(-1)).toEqual({ authorization: undefined, certificate: 'bot-by-certificate' });
  });

  test('a credential plugin is run by argv', async () => {
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: 'from-plugin' } };
    await clusterOf(plugin(`console.log(${JSON.stringify(JSON.stringify(credential))})`)).raw('/version');
    expect(seen.at(-1)?.authorization).toBe('Bearer from-plugin');
  });

  test('what a failing plugin prints goes nowhere', async () => {
    const error = await failure(clusterOf(plugin('console.error("refresh-token-of-somebody"); process.exit(1)')));
    expect(error).toMatchObject({ reason: 'unauthorized' });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain('refresh-token');
    expect(String(error)).toContain('credentials of user bot (context test) cannot be obtained');
  });

  test('a plugin that hangs is waited for no longer than its time, once for all requests', async () => {
    const marks = join(folder, 'started');
    const hanging = plugin(`require('node:fs').appendFileSync(${JSON.stringify(marks)}, 'x'); setTimeout(() => {}, 3000)`);
    writeFileSync(join(folder, 'kubeconfig'), kubeconfig(hanging));
    const link = connection({ file: join(folder, 'kubeconfig') }, undefined, 1_000);
    const said = await Promise.all([1, 2, 3].map(() => link.access().then(() => 'obtained', String)));
    expect(new Set(said)).toEqual(new Set([expect.stringContaining('credentials of user bot (context test) were not obtained within 1 s')]));
    expect(readFileSync(marks, 'utf8')).toBe('x');
  });

  test('a token that was renewed in the file is read again after a 401', async () => {
    const cluster = clusterOf({ token: 'old' });
    whenRefused = () => writeFileSync(join(folder, 'kubeconfig'), kubeconfig({ token: 'new' }));
    expect(await cluster.raw('/version')).toEqual({ gitVersion: 'v1' });
    expect(seen.slice(-2).map((one) => one.authorization)).toEqual(['Bearer old', 'Bearer new']);
  });

  test('a server whose certificate nobody vouches for is not asked', async () => {
    const before = seen.length;
    const error = await failure(clusterOf({ token: 'x' }, false));
    expect(error).toMatchObject({ reason: 'unreachable' });
    expect(String(error)).toMatch(/SELF_SIGNED|UNABLE_TO/);
    expect(seen).toHaveLength(before);
  });
});

async function failure(cluster: Cluster): Promise<unknown> {
  return await cluster.raw('/version').then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

function plugin(program: string): object {
  return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: ['-e', program], interactiveMode: 'Never' } };
}

function clusterOf(user: object, trusted = true): Cluster {
  writeFileSync(join(folder, 'kubeconfig'), kubeconfig(user, trusted));
  return createCluster({ kubeconfig: { file: join(folder, 'kubeconfig') }, namespace: 'default', pace: { tries: 1 } });
}

function kubeconfig(user: object, trusted = true): string {
  return JSON.stringify({
    clusters: [{ name: 'test', cluster: { server: address, ...(trusted ? { 'certificate-authority': 'ca.crt' } : {}) } }],
    users: [{ name: 'bot', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'bot' } }],
    'current-context': 'test',
  });
}

function certificate(name: string, subject: string, extension: string): void {
  writeFileSync(join(folder, `${name}.ext`), extension);
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    `${name}.crt`,
    '-days',
    '2',
    '-extfile',
    `${name}.ext`,
  );
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
}

function file(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}
