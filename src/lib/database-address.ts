import type pg from 'pg';
import { parse } from 'pg-connection-string';
import { TocsinError } from '../domain/errors.ts';

/** One of the servers that an address names. `undefined`: as PostgreSQL's programs would choose it. */
export interface Host {
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** What an address of a database says. */
export interface Address {
  readonly hosts: readonly Host[];
  /** Everything but where. */
  readonly config: {
    readonly user?: string;
    readonly password?: string;
    readonly database?: string;
    /** Settings of the session, as `-c name=value`. */
    readonly options?: string;
    readonly ssl?: NonNullable<pg.ClientConfig['ssl']>;
  };
  /** Only a server that takes writes will do (`target_session_attrs`); of several hosts it always is. */
  readonly writable: boolean;
  /** What TLS is good for: `verified` knows who answers, `encrypted` does not. */
  readonly tls: 'none' | 'encrypted' | 'verified';
}

const AUTHORITY = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]*)(.*)$/s;

/**
 * Reads `postgres://user:password@one:5432,two:5432/name?sslmode=verify-full&sslrootcert=/ca.pem`. `sslmode` means what PostgreSQL's manual says
 * (Database Connection Control Functions): `require` without `sslrootcert` does not check who answers.
 * @throws TocsinError `config-invalid`, `config-unreadable`
 */
export function readAddress(url: string): Address {
  const [, before = '', authority = '', after = ''] = AUTHORITY.exec(url) ?? [];
  const named = authority.split(',').filter((one) => one !== '');
  const parsed = parsedAddress(before === '' ? url : `${before}${named[0] ?? ''}${after}`);
  const { host, port, user, password, database, ssl, target_session_attrs: wanted, ...others } = parsed;
  const hosts = named.length > 1 ? named.map(hostOf) : [{ host: host || undefined, port: port ? Number(port) : undefined }];
  const tls = ssl === undefined || ssl === false ? 'none' : typeof ssl === 'object' && ssl.rejectUnauthorized === false ? 'encrypted' : 'verified';
  return {
    hosts,
    config: {
      ...(typeof others['options'] === 'string' ? { options: others['options'] } : {}),
      ...(user ? { user } : {}),
      ...(password ? { password } : {}),
      ...(database ? { database } : {}),
      ...(ssl === undefined ? {} : { ssl: ssl as NonNullable<pg.ClientConfig['ssl']> }),
    },
    writable: wanted === undefined ? hosts.length > 1 : wanted === 'read-write' || wanted === 'primary',
    tls,
  };
}

/** Whether the driver reads from it what was meant: a bare `#` or `/` in a password ends the address. */
export function isDatabaseAddress(text: string): boolean {
  const [, before = '', authority = '', after = ''] = AUTHORITY.exec(text) ?? [];
  const each = authority.split(',').map((one) => URL.parse(`${before}${one}${after}`));
  return before !== '' && each.every((url) => url !== null && url.hash === '' && !url.pathname.slice(1).includes('@'));
}

function parsedAddress(url: string) {
  try {
    return parse(url.replace(/([?&])sslrootcert=system(&|$)/, '$1'), { useLibpqCompat: true });
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
