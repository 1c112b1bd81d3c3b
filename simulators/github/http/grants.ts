import { createPublicKey, createVerify, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { ApiError } from './error.ts';

export type Permissions = Readonly<Record<string, 'read' | 'write'>>;

/** What a token may. */
export interface Grant {
  readonly kind: 'token' | 'installation' | 'app';
  /** Who acts by it. */
  readonly login: string;
  readonly permissions: Permissions;
  /** Full names of the repositories that it sees; `null`: all of the organisation. */
  readonly repositories: readonly string[] | null;
  readonly id: number;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly installation: number;
  readonly permissions: Permissions;
  readonly key: KeyObject;
}

/** What GitHub allows between the times in an App's token, ms. */
const LONGEST_MS = 10 * 60_000;
const INSTALLATION_TOKEN_MS = 60 * 60_000;

/** Tokens of people and Apps. */
export class Grants {
  readonly #tokens = new Map<string, Grant & { readonly until: number | null }>();
  readonly #apps = new Map<number, App>();

  /** A fine-grained token. */
  token(grant: Omit<Grant, 'kind'>, text?: string): string {
    const token = text ?? `github_pat_${randomBytes(20).toString('hex')}`;
    this.#tokens.set(token, { ...grant, kind: 'token', until: null });
    return token;
  }

  /** A GitHub App that is installed on the organisation. The private key is PKCS#1 PEM, as GitHub gives it. */
  app(app: Omit<App, 'key'>): { readonly privateKey: string } {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#apps.set(app.id, { ...app, key: createPublicKey(privateKey) });
    return { privateKey: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString() };
  }

  appOf(id: number): App | undefined {
    return this.#apps.get(id);
  }

  /** A token of an App's installation; it lasts for an hour of the machine's own time. */
  install(app: App, permissions: Permissions): { readonly token: string; readonly expiresAt: number } {
    const token = `ghs_${randomBytes(18).toString('hex')}`;
    const until = Date.now() + INSTALLATION_TOKEN_MS;
    this.#tokens.set(token, { kind: 'installation', login: `${app.slug}[bot]`, permissions, repositories: null, id: app.installation, until });
    return { token, expiresAt: until };
  }

  /** Who sends these credentials. @throws ApiError 401; `null` when there are none */
  of(authorization: string | undefined): Grant | null {
    if (authorization === undefined) return null;
    const token = /^(?:bearer|token) (.+)$/i.exec(authorization)?.[1];
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known !== undefined && (known.until === null || known.until > Date.now())) return known;
    if (token !== undefined && token.split('.').length === 3) return this.#appBy(token);
    throw new ApiError(401, 'Bad credentials');
  }

  #appBy(token: string): Grant {
    const [head = '', payload = '', signature = ''] = token.split('.');
    const claims = decoded(payload);
    const app = this.#apps.get(Number(claims['iss']));
    if (decoded(head)['alg'] !== 'RS256' || app === undefined) throw new ApiError(401, 'A JSON web token could not be decoded');
    if (!createVerify('RSA-SHA256').update(`${head}.${payload}`).verify(app.key, signature, 'base64url'))
      throw new ApiError(401, 'A JSON web token could not be decoded');
    const [issued, expires] = [Number(claims['iat']) * 1000, Number(claims['exp']) * 1000];
    if (!Number.isFinite(issued) || !Number.isFinite(expires)) throw new ApiError(401, "Missing 'issued at' claim ('iat') in assertion");
    if (expires < Date.now())
      throw new ApiError(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires");
    if (expires > Date.now() + LONGEST_MS) throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
    return { kind: 'app', login: app.slug, permissions: {}, repositories: [], id: app.id };
  }
}

function decoded(part: string): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new ApiError(401, 'A JSON web token could not be decoded');
  }
}

/** Whether what a route needs is there: alternatives by `;`, all of several by `,`. */
export function allows({ permissions }: Grant, needs: string): boolean {
  if (needs === '') return true;
  return needs.split(';').some((together) =>
    together.split(',').every((one) => {
      const [name = '', access] = one.trim().split('=');
      const held = name === 'metadata' ? 'read' : permissions[name];
      return held === 'write' || held === access;
    }),
  );
}
