import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { startKubernetesSimulator } from '../../simulators/kubernetes/index.ts';
import { createCluster } from '../../src/adapters/kubernetes/index.ts';
import { outbound, useProxies } from '../../src/lib/outbound/outbound.ts';
import { proxiesOf, readProxy } from '../../src/lib/outbound/proxies.ts';
import { sayProxy } from '../../src/lib/outbound/proxy-error.ts';
import { startPrivateNetwork } from '../helpers/private-network.ts';

afterEach(() => useProxies({}));

describe('which proxy an address is asked by', () => {
  const NO_PROXY = 'plain.example, .sub.example *.star.example,port.example:8443,10.0.0.0/8,192.0.2.7,fd00::/8,[2001:db8::1]:8443,ROOT.example.';
  const proxyOf = proxiesOf({ HTTPS_PROXY: 'http://secure:3128', HTTP_PROXY: 'http://plain:3128', NO_PROXY });

  test.each([
    ['https://slack.com/api/', 'secure:3128'],
    ['wss://wss-primary.slack.com/', 'secure:3128'],
    ['http://slack.com/', 'plain:3128'],
    ['https://plain.example/', null],
    ['https://deep.plain.example/', null],
    ['https://explain.example/', 'secure:3128'],
    ['https://a.sub.example/', null],
    ['https://sub.example/', 'secure:3128'],
    ['https://a.star.example/', null],
    ['https://star.example/', 'secure:3128'],
    ['https://port.example:8443/', null],
    ['https://port.example/', 'secure:3128'],
    ['https://10.96.0.1/', null],
    ['https://11.0.0.1/', 'secure:3128'],
    ['https://192.0.2.7:6443/', null],
    ['https://[fd00::1]/', null],
    ['https://[2001:db8::1]:8443/', null],
    ['https://[2001:db8::1]/', 'secure:3128'],
    ['https://root.example/', null],
    ['https://ROOT.example./', null],
    ['http://localhost:4566/', null],
    ['http://127.1.2.3/', null],
    ['http://[::1]:9000/', null],
  ])('%s: %s', (url, host) => {
    expect(proxyOf?.(new URL(url))?.host ?? null).toBe(host);
  });

  test('small letters win, `*` is everything, none is none, and https is not asked by the proxy for http', () => {
    expect(proxiesOf({ HTTPS_PROXY: 'http://a', https_proxy: 'http://b:1' })?.(new URL('https://x.example'))?.host).toBe('b:1');
    expect(proxiesOf({ HTTPS_PROXY: 'http://a', NO_PROXY: '*' })?.(new URL('https://x.example'))).toBeNull();
    expect(proxiesOf({ HTTP_PROXY: 'http://a' })?.(new URL('https://x.example'))).toBeNull();
    expect(proxiesOf({ NO_PROXY: '*' })).toBeNull();
    expect(readProxy('proxy.example:3128')?.href).toBe('http://proxy.example:3128/');
    expect(readProxy('socks5://proxy.example:1080')).toBeNull();
  });
});

describe('sockets by a proxy', () => {
  test('a command in a container runs through the tunnel, and requests with a client of the cluster’s authority', async () => {
    const simulator = await startKubernetesSimulator({});
    const network = await startPrivateNetwork();
    try {
      await network.publish('cluster.private.test:6443', Number(new URL(simulator.url).port), 'own');
      const text = simulator
        .kubeconfig('admin')
        .replace(/^( +)server: .*$/m, '$1server: https://cluster.private.test:6443\n$1tls-server-name: localhost');
      const open = () => createCluster({ kubeconfig: { text }, namespace: 'aureus', pace: { tries: 1 } });
      await expect(open().raw('/version')).rejects.toMatchObject({ reason: 'unreachable' });

      await useProxies({ HTTPS_PROXY: network.proxyUrl });
      const pods = await open().list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: 'app=aureus,component=redis' });
      const pod = pods[0]?.metadata.name ?? '';
      const done = await open().exec({ pod, container: 'redis', argv: ['redis-cli', 'ping'], timeoutMs: 10_000 });
      expect(Buffer.from(done.stdout).toString()).toContain('NOAUTH');
      expect(new Set(network.asked)).toEqual(new Set(['CONNECT cluster.private.test:6443']));

      await useProxies({ HTTPS_PROXY: network.proxyUrl.replace(network.password, 'wrong') });
      const refused = open().exec({ pod, container: 'redis', argv: ['redis-cli', 'ping'], timeoutMs: 10_000 });
      await expect(refused).rejects.toMatchObject({ reason: 'unreachable', message: expect.stringContaining('407: it wants a user and password') });
    } finally {
      await Promise.all([network.stop(), simulator.stop()]);
    }
  });

  test('plain http is forwarded; what needs no proxy goes directly by the same agent', async () => {
    const server = createServer((message, response) => response.end(`${message.headers.host}`));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const network = await startPrivateNetwork('web.private.test');
    try {
      await network.publish('web.private.test', port);
      await useProxies({ HTTP_PROXY: network.proxyUrl });
      expect(await get('http://web.private.test/x')).toBe('web.private.test');
      expect(await get(`http://127.0.0.1:${port}/y`)).toBe(`127.0.0.1:${port}`);
      expect(network.asked).toEqual(['GET http://web.private.test/x']);

      await useProxies({ HTTP_PROXY: 'http://user:secret-word@127.0.0.1:9' });
      const away = await get('http://web.private.test/x').catch((error: unknown) => sayProxy(error));
      expect(away).toBe('the proxy http://127.0.0.1:9 cannot be reached (ECONNREFUSED)');
    } finally {
      server.close();
      await network.stop();
    }
  });
});

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const agent = outbound()?.fresh;
    request(url, agent === undefined ? {} : { agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}
