const CODE = 'EPROXY';
/** How many errors are looked at: they may be behind each other in a circle. */
const MOST = 20;

/** The way out is closed: the proxy cannot be reached, or does not let the request through. Nothing was sent to the other side. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code = CODE;
}

/** The proxy is away. */
export function proxyAway(proxy: URL, cause: unknown): ProxyError {
  return new ProxyError(`the proxy ${nameOf(proxy)} cannot be reached (${codeOf(cause)})`, { cause });
}

/** The proxy answers, and not with a way. */
export function proxyRefuses(proxy: URL, host: string, status: number): ProxyError {
  const why = status === 407 ? '407: it wants a user and password, or others' : String(status);
  return new ProxyError(`the proxy ${nameOf(proxy)} does not let Tocsin reach ${host} (${why})`);
}

/** Codes that only the way to the proxy can have: the other side is connected by the proxy. */
const ON_THE_WAY: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_CONN',
  'UND_ERR_PRX_TLS',
]);

/** How undici says which status a proxy answered with. */
const REFUSED = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/;

/** The proxy's part in an error of undici's; `null`: it had none. */
export function proxyProblem(error: unknown, proxy: URL, { hostname, port, protocol }: URL): ProxyError | null {
  const errors = behind(error);
  for (const { message } of errors) {
    const [, tunnelled, forwarded] = REFUSED.exec(message) ?? [];
    const status = tunnelled ?? forwarded;
    if (status !== undefined) return proxyRefuses(proxy, `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`, Number(status));
  }
  return errors.some(({ code }) => ON_THE_WAY.has(code)) ? proxyAway(proxy, error) : null;
}

/** What the proxy did, when an error or what is behind it is about one. */
export function sayProxy(error: unknown): string | null {
  return behind(error).find(({ code }) => code === CODE)?.message ?? null;
}

/** What of an error is looked at. Structurally, since libraries and Node throw what is no `Error` of ours. */
export interface Thrown {
  readonly code: string;
  readonly message: string;
}

/** An error and all that is behind it: its causes, what a library wraps, the tries of several addresses. */
export function behind(error: unknown): readonly Thrown[] {
  const found: Thrown[] = [];
  const waiting = [error];
  while (waiting.length > 0 && found.length < MOST) {
    const one = waiting.shift();
    if (typeof one !== 'object' || one === null) continue;
    const { code, message, cause, original, errors } = one as Record<string, unknown>;
    found.push({ code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : '' });
    waiting.push(cause, original, ...(Array.isArray(errors) ? (errors as unknown[]) : []));
  }
  return found;
}

/** Without its user and password. */
function nameOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

function codeOf(error: unknown): string {
  const codes = behind(error).flatMap(({ code }) => (code === '' ? [] : [code]));
  return codes.at(-1) ?? 'no answer';
}
