import type { Ran } from '../shared/container.ts';

/** What a tool found out. `unusable`: this build of it cannot do this, try the next. */
export type Probe =
  | { readonly kind: 'open'; readonly ms: number | null }
  | { readonly kind: 'closed'; readonly problem: TcpProblem }
  | { readonly kind: 'unusable' };

/** Why there was no connection. */
export type TcpProblem = 'refused' | 'timeout' | 'dns' | 'unreachable';

/** One way to try a TCP connection from inside of a container. */
export interface TcpTool {
  readonly name: string;
  /** Seconds are whole, at least 1. */
  argv(host: string, port: number, seconds: number): readonly string[];
  /** Given so that the tool sees the end of its input at once. */
  readonly stdin?: string;
  judge(ran: Ran): Probe;
}

const PYTHON = `import socket,sys
socket.create_connection((sys.argv[1],int(sys.argv[2])),float(sys.argv[3])).close()
print('open')`;

const NODE = `const [host,port,seconds]=process.argv.slice(1);const started=Date.now();
const socket=require('net').connect({host,port:Number(port)});
const end=(text)=>{console.log(text);socket.destroy()};
socket.setTimeout(seconds*1000,()=>end('closed timed out'));
socket.on('connect',()=>end('open '+(Date.now()-started)));
socket.on('error',(error)=>end('closed '+(error.code||error.message)));`;

/** In the order in which they are tried: what says most and sends nothing comes first; wget sends a request and comes last. */
export const TCP_TOOLS: readonly TcpTool[] = [
  { name: 'nc', argv: (host, port, seconds) => ['nc', '-z', '-v', '-w', String(seconds), host, String(port)], judge: judgeNc },
  { name: 'python3', argv: (host, port, seconds) => ['python3', '-c', PYTHON, host, String(port), String(seconds)], judge: judgePython },
  { name: 'node', argv: (host, port, seconds) => ['node', '-e', NODE, host, String(port), String(seconds)], judge: judgeScript },
  {
    name: 'curl',
    argv: (host, port, seconds) => [
      'curl',
      '-sS',
      '--connect-timeout',
      String(seconds),
      '--max-time',
      String(seconds),
      '-w',
      '%{time_connect}',
      `telnet://${bracketed(host)}:${port}`,
    ],
    stdin: '',
    judge: judgeCurl,
  },
  {
    name: 'wget',
    argv: (host, port, seconds) => ['wget', '-t', '1', '-T', String(seconds), '-O', '-', `http://${bracketed(host)}:${port}/`],
    judge: judgeWget,
  },
];

/** BusyBox builds without `-z` and other netcats print their usage. */
export function judgeNc(ran: Ran): Probe {
  if (ran.exitCode === 0) return { kind: 'open', ms: null };
  if (/invalid option|unrecognized option|unknown option|^usage:|\nusage:/i.test(ran.stderr)) return { kind: 'unusable' };
  return { kind: 'closed', problem: problemIn(ran.stderr) };
}

/** It ends with a traceback, whose last line says why. */
export function judgePython(ran: Ran): Probe {
  if (ran.exitCode === 0) return ran.stdout.startsWith('open') ? { kind: 'open', ms: null } : { kind: 'unusable' };
  const last = ran.stderr.trim().split('\n').at(-1) ?? '';
  return /^(Syntax|Import|ModuleNotFound)Error/.test(last) ? { kind: 'unusable' } : { kind: 'closed', problem: problemIn(last) };
}

export function judgeScript(ran: Ran): Probe {
  const open = /^open (\d+)/m.exec(ran.stdout);
  if (open !== null) return { kind: 'open', ms: Number(open[1]) };
  const closed = /^closed (.*)/m.exec(ran.stdout);
  return closed === null ? { kind: 'unusable' } : { kind: 'closed', problem: problemIn(closed[1] ?? '') };
}

/** curl goes on after connecting until its time is over, so its exit code says little: the time of the connection does. */
export function judgeCurl(ran: Ran): Probe {
  const seconds = Number(/(\d+\.\d+)\s*$/.exec(ran.stdout)?.[1] ?? '0');
  if (seconds > 0) return { kind: 'open', ms: Math.round(seconds * 1_000) };
  if (ran.exitCode === 1 || ran.exitCode === 2 || ran.exitCode === 4) return { kind: 'unusable' };
  if (ran.exitCode === 0) return { kind: 'open', ms: null };
  if (ran.exitCode === 6) return { kind: 'closed', problem: 'dns' };
  if (ran.exitCode === 28) return { kind: 'closed', problem: 'timeout' };
  return { kind: 'closed', problem: problemIn(ran.stderr) };
}

/** Whatever was answered, even nonsense, came over a connection. */
export function judgeWget(ran: Ran): Probe {
  const answered = /connected\.|error getting response|server returned error|HTTP\/\d|no data received|unable to read|read error/i;
  if (ran.exitCode === 0 || answered.test(ran.stderr)) return { kind: 'open', ms: null };
  if (/unrecognized option|invalid option/i.test(ran.stderr)) return { kind: 'unusable' };
  return { kind: 'closed', problem: problemIn(ran.stderr) };
}

/** In the words of libc, Node, Python, curl and BusyBox. */
export function problemIn(text: string): TcpProblem {
  if (/refused/i.test(text) || text.includes('ECONNREFUSED')) return 'refused';
  if (/timed? ?out|ETIMEDOUT|in progress/i.test(text)) return 'timeout';
  if (/bad address|not known|could ?n.t resolve|could not resolve|getaddrinfo|ENOTFOUND|EAI_AGAIN|name resolution|no address|lookup/i.test(text))
    return 'dns';
  return 'unreachable';
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
