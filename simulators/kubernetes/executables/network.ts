import { FileProblem } from '../containers/files.ts';
import type { Command, ExecContext, HttpAnswer, NetworkError } from '../containers/program.ts';
import { isNetworkError } from '../containers/program.ts';
import { escapes } from './files.ts';
import { parseOptions } from './options.ts';

const CURL_FLAGS = [
  's',
  'S',
  'f',
  'i',
  'k',
  'L',
  'v',
  'I',
  'g',
  'N',
  '4',
  '6',
  'silent',
  'show-error',
  'fail',
  'include',
  'insecure',
  'location',
  'verbose',
  'head',
  'fail-with-body',
  'compressed',
  'no-progress-meter',
  'globoff',
  'no-buffer',
  'http1.1',
];
const CURL_VALUES = [
  'X',
  'd',
  'H',
  'w',
  'o',
  'm',
  'u',
  'A',
  'request',
  'data',
  'data-raw',
  'data-binary',
  'json',
  'header',
  'write-out',
  'output',
  'max-time',
  'connect-timeout',
  'retry',
  'user',
  'user-agent',
  'url',
  'retry-delay',
  'retry-max-time',
  'K',
  'config',
];

const ESCAPED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', v: '\v' };

interface Target {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

function target(url: string): Target | { protocol: string } {
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1] ?? 'http';
  if (protocol !== 'http') return { protocol };
  const parsed = new URL(url.includes('://') ? url : `http://${url}`);
  return { host: parsed.hostname, port: parsed.port === '' ? 80 : Number(parsed.port), path: `${parsed.pathname}${parsed.search}` };
}

/** Options as a file for `--config` has them: `name`, `name = value` or `name = "value"` with escapes, one a line. */
function configured(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(?:--?)?([A-Za-z][A-Za-z0-9.-]*)(?:\s*[=:]\s*|\s+|\s*$)(.*?)\s*$/.exec(line);
    if (match === null || line.trimStart().startsWith('#')) return [];
    const [, name = '', value = ''] = match;
    const option = name.length === 1 ? `-${name}` : `--${name}`;
    if (value === '') return [option];
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(value)?.[1];
    return [option, quoted === undefined ? value : quoted.replace(/\\(.)/g, (_whole, letter: string) => ESCAPED[letter] ?? letter)];
  });
}

/** `curl`, over http to the cluster's services and to the container itself. */
export const curl: Command = async (context, args) => {
  const given = parseOptions(args, CURL_FLAGS, CURL_VALUES);
  const file = given.value('K', 'config');
  const own = file === undefined ? [] : file === '-' ? configured((await context.stdin()).toString()) : null;
  if (own === null) return curlFails(context, 26, `cannot read config from '${file}'`, '');
  const parsed = parseOptions([...args, ...own], CURL_FLAGS, CURL_VALUES);
  const { has, value } = parsed;
  if (parsed.unknown !== undefined) return curlFails(context, 2, `option ${parsed.unknown}: is unknown`, '');
  const url = parsed.operands[0] ?? value('url');
  if (url === undefined) return curlFails(context, 2, '(2) no URL specified', '');
  const format = writeOut(context, value('w', 'write-out'));
  if (format === null) {
    const file = (value('w', 'write-out') ?? '').slice(1);
    context.err(`curl: Failed to open ${file}\ncurl: option ${has('write-out') ? '--write-out' : '-w'}: error encountered when reading a file\n`);
    return 26;
  }
  const where = target(url);
  if ('protocol' in where) {
    if (where.protocol === 'https')
      return curlFails(context, 35, '(35) TLS connect error: error:0A00010B:SSL routines::wrong version number', quiet(has));
    return curlFails(context, 1, `(1) Protocol "${where.protocol}" not supported`, quiet(has));
  }
  const body = await curlBody(context, parsed.all('d', 'data', 'data-raw', 'data-binary', 'json'));
  const method = value('X', 'request') ?? (has('I', 'head') ? 'HEAD' : body === undefined ? 'GET' : 'POST');
  const headers = curlHeaders(parsed.all('H', 'header'), body !== undefined, value('json') !== undefined);
  const answer = await context.network.http(context.instance, where.host, where.port, {
    method,
    path: where.path,
    headers,
    body: body ?? Buffer.alloc(0),
  });
  const limit = Number(value('m', 'max-time') ?? Number.POSITIVE_INFINITY) * 1000;
  if (isNetworkError(answer)) return curlError(context, answer, where, quiet(has), format);
  if ((answer.latencyMs ?? 0) > limit)
    return curlFails(context, 28, `(28) Operation timed out after ${limit} milliseconds with 0 bytes received`, quiet(has));
  return await curlAnswer(context, answer, { parsed: { has, value }, format });
};

type Asked = { has: (...names: readonly string[]) => boolean; value: (...names: readonly string[]) => string | undefined };

function quiet(has: Asked['has']): string {
  return has('s', 'silent') && !has('S', 'show-error') ? 'quiet' : '';
}

function curlFails(context: ExecContext, code: number, text: string, silence: string): number {
  if (silence === '') context.err(`curl: ${text}\n`);
  return code;
}

function curlError(context: ExecContext, { error }: NetworkError, { host, port }: Target, silence: string, format: string | undefined): number {
  if (format !== undefined) context.out(filled(format, { status: 0, size: 0, ms: 0 }));
  if (error === 'unknown-host') return curlFails(context, 6, `(6) Could not resolve host: ${host}`, silence);
  if (error === 'timeout')
    return curlFails(context, 28, `(28) Failed to connect to ${host} port ${port} after 134500 ms: Couldn't connect to server`, silence);
  return curlFails(context, 7, `(7) Failed to connect to ${host} port ${port} after 0 ms: Couldn't connect to server`, silence);
}

function writeOut(context: ExecContext, text: string | undefined): string | undefined | null {
  if (text?.startsWith('@') !== true) return text;
  try {
    return context.instance.files.read(`/${text.slice(1)}`).toString();
  } catch (error) {
    if (error instanceof FileProblem) return null;
    throw error;
  }
}

async function curlBody(context: ExecContext, parts: readonly string[]): Promise<Buffer | undefined> {
  if (parts.length === 0) return undefined;
  const texts: string[] = [];
  for (const part of parts)
    texts.push(
      part === '@-' ? (await context.stdin()).toString() : part.startsWith('@') ? context.instance.files.read(part.slice(1)).toString() : part,
    );
  return Buffer.from(texts.join('&'));
}

function curlHeaders(lines: readonly string[], posts: boolean, json: boolean): Record<string, string> {
  const given = lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]);
  const type = json ? 'application/json' : 'application/x-www-form-urlencoded';
  return {
    'user-agent': 'curl/8.14.1',
    accept: '*/*',
    ...(posts ? { 'content-type': type } : {}),
    ...(Object.fromEntries(given) as Record<string, string>),
  };
}

async function curlAnswer(
  context: ExecContext,
  answer: HttpAnswer,
  { parsed: { has, value }, format }: { parsed: Asked; format: string | undefined },
): Promise<number> {
  const body = Buffer.from(answer.body);
  const head = `HTTP/1.1 ${answer.status} \r\n${Object.entries(answer.headers ?? {})
    .map(([name, text]) => `${name}: ${text}\r\n`)
    .join('')}\r\n`;
  const failed = answer.status >= 400 && has('f', 'fail', 'fail-with-body');
  const shown =
    failed && !has('fail-with-body')
      ? Buffer.alloc(0)
      : Buffer.concat([has('i', 'include', 'I', 'head') ? Buffer.from(head) : Buffer.alloc(0), body]);
  const file = value('o', 'output');
  if (!has('s', 'silent', 'no-progress-meter')) {
    context.err(
      '  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n',
    );
  }
  if (file === undefined || file === '-') context.out(shown);
  else if (file !== '/dev/null') {
    try {
      context.instance.files.write(file.startsWith('/') ? file : `/${file}`, shown);
    } catch (error) {
      if (!(error instanceof FileProblem)) throw error;
      return curlFails(context, 23, '(23) client returned ERROR on write, failure writing output to destination', quiet(has));
    }
  }
  if (format !== undefined) context.out(filled(format, { status: answer.status, size: body.length, ms: answer.latencyMs ?? 1 }));
  if (failed) return curlFails(context, 22, `(22) The requested URL returned error: ${answer.status}`, quiet(has));
  return 0;
}

function filled(format: string, { status, size, ms }: { status: number; size: number; ms: number }): string {
  const seconds = (share: number): string => ((ms / 1000) * share).toFixed(6);
  const values: Record<string, string> = {
    http_code: String(status).padStart(3, '0'),
    response_code: String(status).padStart(3, '0'),
    size_download: String(size),
    time_total: seconds(1),
    time_starttransfer: seconds(0.98),
    time_pretransfer: seconds(0.02),
    time_connect: seconds(0.02),
    time_namelookup: seconds(0.01),
    time_appconnect: '0.000000',
    time_redirect: '0.000000',
    exitcode: '0',
    content_type: '',
    num_redirects: '0',
  };
  return escapes(format.replace(/%\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole));
}

/** `wget` of BusyBox: `-q -O FILE -T SECONDS --post-data TEXT --header TEXT -S`. */
export const wget: Command = async (context, args) => {
  const { operands, has, value, all } = parseOptions(args, ['q', 'S', 'c', 'spider'], ['O', 'T', 'post-data', 'header', 'Y', 't']);
  const url = operands[0] ?? '';
  const where = target(url);
  if ('protocol' in where) {
    context.err(`wget: not an http or ftp url: ${url}\n`);
    return 1;
  }
  const post = value('post-data');
  const headers = curlHeaders(all('header'), post !== undefined, false);
  const body = Buffer.from(post ?? '');
  const answer = await context.network.http(context.instance, where.host, where.port, {
    method: post === undefined ? 'GET' : 'POST',
    path: where.path,
    headers,
    body,
  });
  if (isNetworkError(answer)) {
    const texts = {
      'unknown-host': `bad address '${where.host}'`,
      refused: `can't connect to remote host: Connection refused`,
      timeout: 'download timed out',
    };
    context.err(`wget: ${texts[answer.error]}\n`);
    return 1;
  }
  if (answer.status >= 400) {
    context.err(`wget: server returned error: HTTP/1.1 ${answer.status}\n`);
    return 1;
  }
  if (has('spider')) return 0;
  const file = value('O') ?? `/${where.path.split('/').at(-1) || 'index.html'}`;
  if (file === '-') context.out(answer.body);
  else if (file !== '/dev/null') context.instance.files.write(file, Buffer.from(answer.body));
  return 0;
};

/** `nc -z[v] [-w SECONDS] HOST PORT`. */
export const nc: Command = (context, args) => {
  const { operands, has } = parseOptions(args, ['z', 'v', 'n'], ['w']);
  const [host = '', port = ''] = operands;
  const answer = context.network.connect(context.instance, host, Number(port));
  if (isNetworkError(answer)) {
    if (answer.error === 'unknown-host') context.err(`nc: bad address '${host}'\n`);
    else if (has('v')) context.err(`nc: ${host} (${host}:${port}): ${answer.error === 'refused' ? 'Connection refused' : 'Operation timed out'}\n`);
    return 1;
  }
  if (has('v')) context.err(`${host} (${answer.ip}:${port}) open\n`);
  return 0;
};

/**
 * `python3 -c SCRIPT ARGS`. Nothing is interpreted: two shapes of script are known, a TCP connect by `socket.create_connection((host,
 * port)…)` and a GET by `urllib.request.urlopen(url)`, with literals or `sys.argv[n]`. Others end in a SyntaxError that says so.
 */
export const python3: Command = async (context, args) => {
  if (args[0] === '--version' || args[0] === '-V') {
    context.out('Python 3.11.11\n');
    return 0;
  }
  const script = args[args.indexOf('-c') + 1] ?? '';
  const values = args.slice(args.indexOf('-c') + 1);
  const literal = (text: string): string => {
    const index = /sys\.argv\[(\d+)\]/.exec(text)?.[1];
    return index === undefined ? text.replace(/^\s*(?:int\()?['"]?|['"]?\)?\s*$/g, '') : (values[Number(index)] ?? '');
  };
  const connect = /create_connection\(\s*\(([^,]+),((?:int\([^)]*\)|[^,)])+)\)/.exec(script);
  if (connect !== null) {
    const [host, port] = [literal(connect[1] ?? ''), Number(literal(connect[2] ?? ''))];
    const answer = context.network.connect(context.instance, host, port);
    if (!isNetworkError(answer)) return printed(context, script);
    const texts = {
      'unknown-host': 'socket.gaierror: [Errno -2] Name or service not known',
      refused: 'ConnectionRefusedError: [Errno 111] Connection refused',
      timeout: 'TimeoutError: timed out',
    };
    context.err(`Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n${texts[answer.error]}\n`);
    return 1;
  }
  const open = /urlopen\(([^,)]+)/.exec(script);
  if (open !== null) {
    const where = target(literal(open[1] ?? ''));
    if ('protocol' in where) return 1;
    const answer = await context.network.http(context.instance, where.host, where.port, {
      method: 'GET',
      path: where.path,
      headers: {},
      body: Buffer.alloc(0),
    });
    if (isNetworkError(answer)) {
      context.err('urllib.error.URLError: <urlopen error [Errno 111] Connection refused>\n');
      return 1;
    }
    if (answer.status >= 400) {
      context.err(`urllib.error.HTTPError: HTTP Error ${answer.status}: \n`);
      return 1;
    }
    context.out(answer.body);
    return 0;
  }
  context.err('  File "<string>", line 1\nSyntaxError: this simulated python3 knows create_connection and urlopen only\n');
  return 1;
};

function printed(context: ExecContext, script: string): number {
  const text = /print\(\s*['"]([^'"]*)['"]\s*\)/.exec(script)?.[1];
  if (text !== undefined) context.out(`${text}\n`);
  return 0;
}
