import type pg from 'pg';
import { parse } from 'pg-connection-string';
import { TocsinError } from '../domain/errors.ts';
import { splitAddress } from '../lib/database-address.ts';

/** One of the servers that an address names. `undefined`: as PostgreSQL's programs would choose it. */
export interface Host {
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** What an address of a database says. */
export interface Address {
  readonly hosts: readonly Host[];
  /** Everything but where; what else stands in the address is the driver's. */
  readonly config: {
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
    readonly ssl?: NonNullable<pg.ClientConfig['ssl']>;
  };
  /** Only a server that takes writes will do (`target_session_attrs`); of several hosts it always is. */
  readonly writable: boolean;
  /** What TLS is good for: `verified` knows who answers, `encrypted` does not. */
  readonly tls: 'none' | 'encrypted' | 'verified';
}

/**
 * Reads `postgres://user:password@one:5432,two:5432/name?sslmode=verify-full&sslrootcert=/ca.pem`. `sslmode` means what PostgreSQL's manual says
 * (Database Connection Control Functions): `require` without `sslrootcert` does not check who answers.
 * @throws TocsinError `config-invalid`, `config-unreadable`
 */
export function readAddress(url: string): Address {
  const { before, hosts: named, after } = splitAddress(url) ?? { before: url, hosts: [], after: '' };
  const parsed = parsedAddress(`${before}${named[0] ?? ''}${after}`);
  const { host, port, user, password, database, ssl, target_session_attrs: wanted, ...others } = parsed;
  const hosts = named.length > 1 ? named.map(hostOf) : [{ host: host || undefined, port: port ? Number(port) : undefined }];
  const tls = ssl === undefined || ssl === false ? 'none' : typeof ssl === 'object' && ssl.rejectUnauthorized === false ? 'encrypted' : 'verified';
  return {
    hosts,
    config: {
      ...others,
      ...(user ? { user } : {}),
      ...(password ? { password } : {}),
      ...(database ? { database } : {}),
      ...(ssl === undefined ? {} : { ssl: ssl as NonNullable<pg.ClientConfig['ssl']> }),
    },
    writable: wanted === undefined ? hosts.length > 1 : wanted === 'read-write' || wanted === 'primary',
    tls,
  };
}

/** What other programs write: the system's authorities are those that count anyway, and `no-verify` is `require`. */
function inOwnWords(url: string): string {
  return url.replace(/([?&])(?:sslrootcert=system|uselibpqcompat=[^&]*)(?:&|$)/g, '$1').replace(/([?&]sslmode=)no-verify(?=&|$)/, '$1require');
}

function parsedAddress(url: string) {
  try {
    return parse(inOwnWords(url), { useLibpqCompat: true });
  } catch (cause) {
    const file = typeof cause === 'object' && cause !== null && 'path' in cause ? String(cause.path) : null;
    if (file !== null)
      throw new TocsinError('config-unreadable', `${file} of DATABASE_URL cannot be read. Correct sslrootcert, sslcert or sslkey.`, { cause });
    if (String(cause).includes('verify-ca'))
      throw new TocsinError(
        'config-invalid',
        'sslmode=verify-ca in DATABASE_URL needs sslrootcert, the file of the authority. Or use sslmode=verify-full.',
        { cause },
      );
    throw new TocsinError('config-invalid', 'DATABASE_URL cannot be read. Expected postgres://user:password@host:5432/database.', { cause });
  }
}

function hostOf(text: string): Host {
  const url = URL.parse(`http://${text}`);
  return { host: url?.hostname.replace(/^\[(.*)\]$/, '$1'), port: url === null || url.port === '' ? undefined : Number(url.port) };
}
