import { z } from 'zod';
import type { Ran } from '../shared/container.ts';

/** What is asked from inside of a container. `headers` may hold secrets: they go in by stdin, never by argv. */
export interface InsideRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
  /** Whether a header is secret, so that a tool that shows headers in its argv may not be used. */
  readonly secret: boolean;
}

/** What came of it. `unusable`: this tool cannot do this, try the next. */
export type InsideAnswer =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly ms: number }
  | { readonly kind: 'silent'; readonly why: string }
  | { readonly kind: 'unusable' };

/** One way to ask from inside of a container. */
export interface HttpTool {
  readonly name: string;
  /** `null`: cannot do this request. */
  command(request: InsideRequest): { readonly argv: readonly string[]; readonly stdin: string } | null;
  read(ran: Ran): InsideAnswer;
  /** A harmless command that shows whether it is there. */
  readonly version: readonly string[];
}

/** The body, a line break, the status, the seconds. */
const WRITE_OUT = String.raw`\n%{http_code} %{time_total}`;

const PYTHON = `import http.client,json,sys,time
from urllib.parse import urlsplit
ask=json.load(sys.stdin)
at=urlsplit(ask['url'])
kind=http.client.HTTPSConnection if at.scheme=='https' else http.client.HTTPConnection
started=time.monotonic()
try:
    link=kind(at.hostname,at.port,timeout=ask['timeout'])
    body=ask['body']
    link.request(ask['method'],ask['target'],body=None if body is None else body.encode(),headers=ask['headers'])
    answer=link.getresponse()
    text=answer.read().decode('utf-8','replace')
    print(json.dumps({'status':answer.status,'body':text,'ms':int((time.monotonic()-started)*1000)}))
except Exception as error:
    print(json.dumps({'error':str(error) or type(error).__name__}))`;

const NODE = `let text='';process.stdin.on('data',(part)=>{text+=part}).on('end',()=>{
const ask=JSON.parse(text);const started=Date.now();
const say=(value)=>{process.stdout.write(JSON.stringify(value),()=>process.exit(0))};
const call=require(ask.url.startsWith('https:')?'https':'http').request(ask.url,{method:ask.method,headers:ask.headers,timeout:ask.timeout*1000},(answer)=>{
let body='';answer.setEncoding('utf8');answer.on('data',(part)=>{body+=part});
answer.on('end',()=>say({status:answer.statusCode,body,ms:Date.now()-started}))});
call.on('timeout',()=>call.destroy(new Error('timed out')));
call.on('error',(error)=>say({error:error.message||error.code}));
call.end(ask.body===null?undefined:ask.body)});`;

/** In the order in which they are tried. */
export const HTTP_TOOLS: readonly HttpTool[] = [
  { name: 'curl', command: curlCommand, read: readCurl, version: ['curl', '--version'] },
  { name: 'wget', command: wgetCommand, read: readWget, version: ['wget', '--help'] },
  { name: 'python3', command: (request) => scriptCommand(['python3', '-c', PYTHON], request), read: readScript, version: ['python3', '-V'] },
  { name: 'node', command: (request) => scriptCommand(['node', '-e', NODE], request), read: readScript, version: ['node', '--version'] },
];

/** Plain requests show in argv what they do; secret headers go in by a configuration on stdin, and the body with them. */
function curlCommand(request: InsideRequest): { argv: string[]; stdin: string } {
  const seconds = secondsOf(request);
  if (request.secret) return { argv: ['curl', '--config', '-'], stdin: curlConfig(request) };
  const argv = ['curl', '-sS', '-g', '--max-time', seconds, '-w', WRITE_OUT];
  if (request.method === 'HEAD') argv.push('-I');
  else if (request.method !== 'GET' || request.body !== undefined) argv.push('-X', request.method);
  for (const [name, value] of Object.entries(request.headers)) argv.push('-H', `${name}: ${value}`);
  if (request.body !== undefined) argv.push('--data-binary', '@-');
  return { argv: [...argv, request.url], stdin: request.body ?? '' };
}

/** curl's configuration (curl manual, --config): values in double quotes with `\\`, `\"`, `\t`, `\n`, `\r`, `\v`. */
export function curlConfig(request: InsideRequest): string {
  const lines = ['silent', 'show-error', 'globoff', `max-time = ${secondsOf(request)}`, `write-out = ${quoted('\n%{http_code} %{time_total}')}`];
  lines.push(request.method === 'HEAD' ? 'head' : `request = ${quoted(request.method)}`);
  for (const [name, value] of Object.entries(request.headers)) lines.push(`header = ${quoted(`${name}: ${value}`)}`);
  if (request.body !== undefined) lines.push(`data-raw = ${quoted(request.body)}`);
  lines.push(`url = ${quoted(request.url)}`);
  return `${lines.join('\n')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\v': '\\v' };

function quoted(value: string): string {
  return `"${value.replace(/[\\"\t\n\r\v]/g, (character) => ESCAPES[character] ?? character)}"`;
}

/** The last line is ours; everything before it is the body. */
export function readCurl(ran: Ran): InsideAnswer {
  const match = /\n(\d{3}) (\d+[.,]?\d*)\s*$/.exec(ran.stdout);
  const status = Number(match?.[1] ?? '0');
  if (match !== null && status > 0) {
    return { kind: 'answer', status, body: ran.stdout.slice(0, match.index), ms: Math.round(Number((match[2] ?? '0').replace(',', '.')) * 1_000) };
  }
  // 1: protocol left out of the build; 2: an option it does not know.
  if (ran.exitCode === 1 || ran.exitCode === 2) return { kind: 'unusable' };
  if (ran.truncated) return { kind: 'silent', why: 'the answer is longer than what is read' };
  return { kind: 'silent', why: said(ran, 'curl') };
}

/** BusyBox knows GET and POST only, and shows headers and body in its argv. */
function wgetCommand(request: InsideRequest): { argv: string[]; stdin: string } | null {
  if (request.secret || (request.method !== 'GET' && request.method !== 'POST')) return null;
  const argv = ['wget', '-S', '-t', '1', '-T', secondsOf(request), '-O', '-'];
  for (const [name, value] of Object.entries(request.headers)) argv.push('--header', `${name}: ${value}`);
  if (request.method === 'POST') argv.push('--post-data', request.body ?? '');
  return { argv: [...argv, request.url], stdin: '' };
}

export function readWget(ran: Ran): InsideAnswer {
  const status = Number([...ran.stderr.matchAll(/HTTP\/\d(?:\.\d)? (\d{3})/g)].at(-1)?.[1] ?? '0');
  if (status > 0) return { kind: 'answer', status, body: ran.stdout, ms: ran.ms };
  if (ran.exitCode === 0) return { kind: 'answer', status: 200, body: ran.stdout, ms: ran.ms };
  if (/unrecognized option|invalid option/i.test(ran.stderr)) return { kind: 'unusable' };
  return { kind: 'silent', why: said(ran, 'wget') };
}

function scriptCommand(argv: readonly string[], request: InsideRequest): { argv: readonly string[]; stdin: string } {
  const { pathname, search } = new URL(request.url);
  const ask = {
    method: request.method,
    url: request.url,
    target: `${pathname}${search}`,
    headers: request.headers,
    body: request.body ?? null,
    timeout: request.timeoutMs / 1_000,
  };
  return { argv, stdin: JSON.stringify(ask) };
}

const scriptAnswer = z.union([z.object({ status: z.number().int(), body: z.string(), ms: z.number().int() }), z.object({ error: z.string() })]);

export function readScript(ran: Ran): InsideAnswer {
  const parsed = scriptAnswer.safeParse(jsonOf(ran.stdout));
  if (!parsed.success) return ran.truncated ? { kind: 'silent', why: 'the answer is longer than what is read' } : { kind: 'unusable' };
  return 'error' in parsed.data ? { kind: 'silent', why: parsed.data.error } : { kind: 'answer', ...parsed.data };
}

/** Parsed JSON, or `null` when it is none. */
export function jsonOf(text: string): z.core.util.JSONType {
  try {
    return JSON.parse(text) as z.core.util.JSONType;
  } catch {
    return null;
  }
}

function secondsOf(request: InsideRequest): string {
  return String(Math.max(1, Math.ceil(request.timeoutMs / 1_000)));
}

function said(ran: Ran, tool: string): string {
  const last = ran.stderr.trim().split('\n').at(-1) ?? '';
  return last.replace(/^(curl|wget): (\(\d+\) )?/, '') || `${tool} ended with exit code ${ran.exitCode}`;
}
