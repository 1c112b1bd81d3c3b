import { TocsinError } from '../domain/errors.ts';
import { NETWORK_CODES } from '../lib/network.ts';
import { sayProxy } from '../lib/outbound/proxy-error.ts';
import { EvidenceStoreError } from '../ports/evidence.ts';

/** What stopped a start, in one sentence with what to do. `passing`: it may be over by itself, so it is worth waiting for. */
export interface Fault {
  readonly code: string;
  readonly says: string;
  readonly passing: boolean;
}

/** Codes of Slack's that are about the token (docs.slack.dev, errors of auth.test and apps.connections.open). */
const TOKEN: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
  'not_allowed_token_type',
]);

/** What a known error means; `null` for one that is not known, which is a bug or needs its whole text. */
export function faultOf(error: unknown): Fault | null {
  if (error instanceof EvidenceStoreError)
    return { code: error.code, says: error.message, passing: error.reason === 'unreachable' || error.reason === 'uncertain' };
  if (error instanceof TocsinError) return { code: error.code, says: error.message, passing: error.code === 'database-unavailable' };
  const code = textOf(error, 'code');
  return slackFault(error, code) ?? postgresFault(error, code) ?? systemFault(error, code) ?? connectionFault(error);
}

function slackFault(error: unknown, code: string): Fault | null {
  if (!code.startsWith('slack_webapi_')) return null;
  const said = textOf(field(error, 'data'), 'error');
  if (TOKEN.has(said))
    return fault(said, `Slack refuses the token (${said}). Check SLACK_BOT_TOKEN and SLACK_APP_TOKEN: docs/how-to/create-the-slack-app.md.`);
  if (said === 'missing_scope')
    return fault(said, `The Slack app lacks the scope ${textOf(field(error, 'data'), 'needed')}. Update it from manifest.yml and install it again.`);
  if (said !== '') return { code: said, says: `Slack answers with ${said}.`, passing: true };
  const proxy = sayProxy(error);
  if (proxy !== null) return { code: 'proxy', says: `Slack does not answer: ${proxy}. Check HTTPS_PROXY and NO_PROXY.`, passing: true };
  const behind = deepestCode(error);
  return { code: behind, says: `Slack does not answer (${behind}).`, passing: true };
}

/** PostgreSQL's SQLSTATE (manual, appendix A): by class, or the code where it has one remedy. */
function postgresFault(error: unknown, code: string): Fault | null {
  if (textOf(error, 'severity') === '' || !/^[0-9A-Z]{5}$/.test(code)) return null;
  const message = error instanceof Error ? error.message : '';
  if (code.startsWith('28')) return fault(code, `The database refuses the user or password of DATABASE_URL (${message}). Correct DATABASE_URL.`);
  if (code === '3D000') return fault(code, `The database of DATABASE_URL does not exist (${message}). Create it, or correct DATABASE_URL.`);
  if (code === '42501')
    return fault(code, `The user of DATABASE_URL lacks a right (${message}). It has to own the database: tables and the schema pgboss.`);
  if (/unsupported startup parameter/.test(message))
    return fault(
      code,
      `DATABASE_URL leads to a pooler (${message}). Set DATABASE_DIRECT_URL to the server itself: docs/how-to/run-in-production.md#the-database.`,
    );
  // 08 connection, 53 no room for another, 57 stopping or starting, 25006 still a standby.
  const passing = ['08', '53', '57'].some((one) => code.startsWith(one)) || code === '25006';
  return { code, says: `The database says: ${message} (${code}).`, passing };
}

function systemFault(error: unknown, code: string): Fault | null {
  if (NETWORK_CODES.has(code)) return { code, says: `${addressOf(error)} does not answer (${code}).`, passing: true };
  const address = textOf(error, 'address');
  // A Unix socket's address is a path.
  const place = textOf(error, 'path') || (address.startsWith('/') ? address : '');
  return place === '' ? portFault(error, code, address) : fileFault(place, code);
}

function portFault(error: unknown, code: string, address: string): Fault | null {
  const port = String(field(error, 'port'));
  if (code === 'EADDRINUSE')
    return fault(code, `Port ${port} is in use by another process. Stop that one, or name another port; 0 takes a free one.`);
  if (code === 'EACCES') return fault(code, `This user may not listen on port ${port}. Name a port of 1024 or more.`);
  if (code === 'EADDRNOTAVAIL') return fault(code, `This machine has no address ${address} to listen on. Correct the host in the settings.`);
  return null;
}

function fileFault(place: string, code: string): Fault | null {
  const why = FILES[code];
  return why === undefined ? null : fault(code, `${place} ${why} (${code}).`);
}

/** What is wrong with a place in the file system, and what to do. */
const FILES: Readonly<Record<string, string>> = {
  EACCES: 'may not be used by the user that Tocsin runs as. Give that user the right, or name another place (TOCSIN_DATA, evidence.directory)',
  EPERM: 'may not be used by the user that Tocsin runs as. Give that user the right, or name another place (TOCSIN_DATA, evidence.directory)',
  EROFS: 'is on a read-only file system. Mount it writable, or name another place (TOCSIN_DATA, evidence.directory)',
  ENOTDIR: 'cannot be: a part of this path is a file and no directory. Move that file away, or name another place',
  EEXIST: 'is a file where a directory is needed. Move it away, or name another place',
  EISDIR: 'is a directory where a file is needed. Move it away, or name another place',
  ENOENT: 'does not exist. Create it, or name another place',
  ELOOP: 'is a link that leads in a circle. Correct the link',
  ENAMETOOLONG: 'is too long for a path. Name another place',
  ENOSPC: 'cannot be written: the disk is full. Make room',
  EDQUOT: 'cannot be written: the quota is used up. Make room',
  EIO: 'cannot be read or written: the disk fails. Look at the disk',
  EMFILE: 'cannot be opened: too many files are open. Raise the limit (ulimit -n)',
};

/** Codes of OpenSSL's, as Node has them: another authority, another name, another time. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
]);

/** What the drivers say of a connection that TLS refuses, or that broke without any code. */
function connectionFault(error: unknown): Fault | null {
  const certificate = textOf(error, 'code');
  if (UNTRUSTED.has(certificate))
    return fault(
      certificate,
      `A certificate is not trusted (${certificate}). Name its authority in NODE_EXTRA_CA_CERTS; for the database, in sslrootcert of DATABASE_URL.`,
    );
  if (!(error instanceof Error)) return null;
  if (/does not support SSL/.test(error.message))
    return fault('no-tls', `The database does not speak TLS (${error.message}). Correct sslmode in DATABASE_URL, or turn TLS on there.`);
  if (/^Connection terminated|timeout expired|timeout exceeded when trying to connect/.test(error.message))
    return { code: 'no-answer', says: `The database does not answer (${error.message}).`, passing: true };
  return null;
}

function addressOf(error: unknown): string {
  // Several addresses of one name were tried.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const host = textOf(first, 'hostname') || textOf(first, 'address') || 'The other side';
  const port = field(first, 'port');
  return typeof port === 'number' ? `${host}:${port}` : host;
}

/** The code of what lies behind an error: of the socket, not of the library. */
function deepestCode(error: unknown): string {
  const behind = field(error, 'original') ?? field(error, 'cause');
  return behind === undefined ? textOf(error, 'code') : deepestCode(behind) || textOf(error, 'code');
}

function fault(code: string, says: string): Fault {
  return { code, says, passing: false };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textOf(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === 'string' ? found : '';
}
