import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../../config/load.ts';
import type { Environment } from '../../config/schema.ts';
import { readProxy } from '../../lib/outbound/proxies.ts';
import { plural } from '../../lib/plural.ts';
import { bad, type Check, good } from './check.ts';

const HOW = 'docs/how-to/run-in-production.md#proxies-and-private-authorities';
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** By which proxy everything is asked, and whose certificates are trusted besides: what all the other checks go through as well. */
export async function checkNetwork({ environment }: Config): Promise<readonly Check[]> {
  return [...proxies(environment), ...(await authorities(environment.NODE_EXTRA_CA_CERTS))];
}

function proxies({ HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy, NO_PROXY, no_proxy }: Environment): Check[] {
  const secure = readProxy(https_proxy ?? HTTPS_PROXY ?? '');
  const plain = readProxy(http_proxy ?? HTTP_PROXY ?? '');
  if (secure === null && plain === null) return [];
  const ways = [
    ...(secure === null ? [] : [`https by ${secure.host}`]),
    ...(plain === null ? [] : [`http by ${plain.host}`]),
    `directly: ${no_proxy ?? NO_PROXY ?? 'this machine only'}`,
  ];
  return [good('Network', ways.join(', '))];
}

/** Node warns once when it starts and goes on without them; then every certificate of theirs is refused. */
async function authorities(path: string | undefined): Promise<Check[]> {
  if (path === undefined) return [];
  const name = 'Private authorities';
  try {
    const found = ((await readFile(path, 'utf8')).match(CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem));
    if (found.length === 0) return [bad(name, `${path} holds no certificate (PEM)`, `Put the authorities' certificates there: ${HOW}`)];
    return [good(name, `${plural(found.length, 'certificate')} (${path})`)];
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    return [bad(name, `${path} cannot be read (${code})`, `Correct NODE_EXTRA_CA_CERTS, or the file: ${HOW}`)];
  }
}
