/** A client that misbehaves: what it writes, and whether it waits for an answer. */
export interface Hostile {
  readonly bytes: Buffer;
  /** Written in two pieces, cut here; `null` for one. */
  readonly cut: number | null;
  /** `waits` for an answer; `ends` its side after a while, since its request is not complete; `leaves` without an answer. */
  readonly after: 'waits' | 'ends' | 'leaves';
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'CONNECT'];
const TARGETS = [
  '/',
  '//',
  '///',
  '/slack/events',
  '/slack/events/',
  '//slack/events',
  '/slack/events?x=//',
  '/x',
  '/..',
  '/../../etc/passwd',
  '/%',
  '/%00',
  '/%ff',
  '/\\',
  '/?',
  '*',
  'http://x/slack/events',
  'http://[/x',
  'x:y',
  '/github',
  '/sns',
  '/alertmanager',
  '/guard-trip',
  '/pagerduty',
  '/webhook/kuma',
  '/webhook/',
  '/webhook/__proto__',
  '/preflight',
  '/plan',
  '/run',
  '/readyz',
  '/metrics',
  '/constructor',
  '/__proto__',
];
const BODIES = [
  '',
  'null',
  '[]',
  '"x"',
  '{}',
  '{"type":"url_verification"}',
  '{"__proto__":{"x":1}}',
  '{"type":"view_submission","team":null}',
  '{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"__proto__":"x"}}]}',
  '{"heartbeat":{"status":0},"monitor":{}}',
  '{"event":{"id":"x","event_type":"incident.triggered"}}',
  '[',
  '['.repeat(5_000),
  'payload=null',
  'payload=%',
  'payload={}&payload=null',
  'ssl_check=1',
  'ssl_check=1&payload={}',
  '\u0000\ufffd',
];
const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-8',
  'text/plain',
  '',
  'multipart/form-data',
];
const STRANGE_METHODS = ['get', 'FOO', '', 'G\u0000T', 'PRI', 'POST POST', 'M-SEARCH'];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', 'http/1.1', ''];
const HEADERS = [
  'host: a\r\nhost: b',
  'expect: 100-continue',
  'expect: nonsense',
  'upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13',
  'upgrade: h2c\r\nconnection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA',
  `x-huge: ${'h'.repeat(20_000)}`,
  Array.from({ length: 3_000 }, (_, i) => `x-${i}: y`).join('\r\n'),
  'no colon',
  ' folded: x',
  'x: \u0000',
  'x-slack-signature: v0=00\r\nx-slack-request-timestamp: NaN',
  'x-slack-signature: v0=00\r\nx-slack-signature: v0=01\r\nx-slack-request-timestamp: 1',
  'x-hub-signature-256: sha256=00\r\nx-github-event: workflow_run',
  'authorization: Bearer what-alertmanager-says',
  'authorization: Bearer\r\nauthorization: Basic Og==',
  'x-tocsin-signature: sha256=00\r\nx-tocsin-timestamp: NaN',
  'x-pagerduty-signature: v1=00,v1=01,,v1=',
  'x-forwarded-for: ::ffff:1.1.1.1, [, 300.1.1.1',
  'x-amz-sns-rawdelivery: true',
  'content-encoding: gzip',
  'connection: close, keep-alive, upgrade',
  'range: bytes=0-9999999999',
];
const LENGTHS = ['-1', '1e3', '0x10', '99999999999999999999', '1, 2', '', 'x'];
const CHUNKS = [
  '0\r\n\r\n',
  '2\r\n{}\r\n0\r\n\r\n',
  'zz\r\n{}\r\n',
  '-1\r\n',
  'ffffffffffffffff\r\nx',
  '2;x=y\r\n{}\r\n0\r\nx: y\r\n\r\n',
  '2\r\n{}0\r\n\r\n',
  '\r\n\r\n',
];
const NO_HTTP = [
  '',
  '\r\n\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\u0016\u0003\u0001\u0002\u0000\u0001\u0000',
  'GET / HTTP/1.1',
  'SSH-2.0-x\r\n',
  '\u0000'.repeat(100),
  'A'.repeat(70_000),
];

/** Every method on every path with every body, as an honest client would send it, and then as many of all kinds as are left. */
export function hostileRequests(count: number, seed: number): readonly Hostile[] {
  const requests: Hostile[] = METHODS.flatMap((method) =>
    TARGETS.flatMap((target) => BODIES.map((body) => ({ bytes: request({ method, target, body }), cut: null, after: 'waits' as const }))),
  );
  const pick = picker(seed);
  while (requests.length < count) requests.push(hostile(pick));
  return requests.slice(0, count);
}

type Pick = <T>(of: readonly T[]) => T;

function hostile(pick: Pick): Hostile {
  const bytes = pick([oddLine, oddHeaders, oddLength, chunked, pipelined, noHttp, large])(pick);
  const cut = pick([true, false, false]) ? Math.floor(bytes.length * pick([0.1, 0.5, 0.9])) : null;
  return { bytes, cut, after: pick(['ends', 'ends', 'ends', 'leaves'] as const) };
}

function oddLine(pick: Pick): Buffer {
  const method = pick([...METHODS, ...STRANGE_METHODS]);
  const target = pick([...TARGETS, 'a'.repeat(9_000), `/${'x'.repeat(40_000)}`, '/é', '/ x']);
  return request({ method, target, version: pick(VERSIONS), body: pick(BODIES), type: pick(TYPES) });
}

function oddHeaders(pick: Pick): Buffer {
  return request({ method: pick(METHODS), target: pick(TARGETS), body: pick(BODIES), type: pick(TYPES), headers: [pick(HEADERS), pick(HEADERS)] });
}

function oddLength(pick: Pick): Buffer {
  const length = pick([...LENGTHS, String(pick(BODIES).length + 7), '1', '1000000', '2000000']);
  return request({ method: pick(METHODS), target: pick(TARGETS), body: pick(BODIES), length });
}

function chunked(pick: Pick): Buffer {
  const headers = [`transfer-encoding: ${pick(['chunked', 'chunked', 'gzip, chunked', 'chunked, gzip', 'nonsense'])}`];
  return request({ method: pick(METHODS), target: pick(TARGETS), body: pick(CHUNKS), headers, length: pick([null, null, '4']) });
}

function pipelined(pick: Pick): Buffer {
  return Buffer.concat(Array.from({ length: 5 }, () => request({ method: pick(METHODS), target: pick(TARGETS), body: pick(BODIES), keep: true })));
}

function noHttp(pick: Pick): Buffer {
  return Buffer.from(pick(NO_HTTP), 'latin1');
}

function large(pick: Pick): Buffer {
  if (pick([true, true, true, true, true, true, true, true, true, false])) return oddHeaders(pick);
  return request({ method: 'POST', target: pick(TARGETS), body: 'x'.repeat(1_200_000), type: pick(TYPES) });
}

interface Parts {
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly version?: string;
  readonly type?: string;
  readonly headers?: readonly string[];
  /** Another `content-length` than the true one; `null` for none. */
  readonly length?: string | null;
  readonly keep?: true;
}

function request({ method, target, body, version = 'HTTP/1.1', type = 'application/json', headers = [], length, keep }: Parts): Buffer {
  const bytes = Buffer.from(body, 'utf8');
  const lines = [`${method} ${target} ${version}`, 'host: bot', `content-type: ${type}`, ...headers];
  if (length !== null) lines.push(`content-length: ${length ?? bytes.length}`);
  if (keep === undefined) lines.push('connection: close');
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
}

/** Chooses by a linear congruential generator (Numerical Recipes), so that each run sends the same. */
function picker(seed: number): Pick {
  let state = seed >>> 0;
  return (of) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return of[Math.floor((state / 2 ** 32) * of.length)] as (typeof of)[number];
  };
}
