import { BlockList, isIP } from 'node:net';

/** The variables that say which proxy is asked; those in lower case win, as they do for curl. */
export interface ProxyEnvironment {
  readonly HTTPS_PROXY?: string | undefined;
  readonly https_proxy?: string | undefined;
  readonly HTTP_PROXY?: string | undefined;
  readonly http_proxy?: string | undefined;
  readonly NO_PROXY?: string | undefined;
  readonly no_proxy?: string | undefined;
}

/** The proxy by which an address is asked; `null`: it is asked directly. */
export type ProxyFor = (url: URL) => URL | null;

/** What NO_PROXY says of one host: `10.0.0.0/8`, `.internal`, `*.internal`, `example.com`, `[::1]:8080`. */
interface Exception {
  readonly port: string | null;
  matches(host: string): boolean;
}

const PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'ws:': '80', 'https:': '443', 'wss:': '443' };

/** Reads the address of a proxy; without a scheme it is http. `null` for what is none. */
export function readProxy(text: string): URL | null {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : null;
}

/**
 * Decides for each address by HTTPS_PROXY, HTTP_PROXY and NO_PROXY; `null` when no proxy is set at all. This machine itself is never asked by
 * a proxy. ADR 15.
 */
export function proxiesOf(environment: ProxyEnvironment): ProxyFor | null {
  const secure = readProxy(environment.https_proxy ?? environment.HTTPS_PROXY ?? '');
  const plain = readProxy(environment.http_proxy ?? environment.HTTP_PROXY ?? '');
  if (secure === null && plain === null) return null;
  const exceptions = (environment.no_proxy ?? environment.NO_PROXY ?? '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(exceptionOf);
  return (url) => {
    const proxy = url.protocol === 'https:' || url.protocol === 'wss:' ? secure : plain;
    const host = hostOf(url);
    if (proxy === null || isOwnMachine(host)) return null;
    const port = url.port === '' ? (PORTS[url.protocol] ?? '') : url.port;
    return exceptions.some((one) => (one.port === null || one.port === port) && one.matches(host)) ? null : proxy;
  };
}

/** As sockets want it: an IPv6 address without its brackets, a name in small letters without the root's dot. */
function hostOf({ hostname }: URL): string {
  return bare(hostname).toLowerCase().replace(/\.$/, '');
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isOwnMachine(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isWithin(LOOPBACK, host);
}

function isWithin(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function exceptionOf(entry: string): Exception {
  const [, bracketed, plain, port = null] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(entry) ?? [];
  const host = (bracketed ?? plain ?? bare(entry)).toLowerCase().replace(/\.$/, '');
  if (host === '*') return { port, matches: () => true };
  const range = rangeOf(host);
  if (range !== null) return { port, matches: (one) => isWithin(range, one) };
  const name = host.replace(/^\*?\./, '');
  const apex = name === host;
  return { port, matches: (one) => (apex && one === name) || one.endsWith(`.${name}`) };
}

/** An address or a range of them; `null` for a name. */
function rangeOf(text: string): BlockList | null {
  const [address = '', bits] = text.split('/', 2);
  const family = isIP(address);
  if (family === 0) return null;
  const size = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? size : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > size) return null;
  const list = new BlockList();
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return list;
}
