import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../postgres.ts';
import { fetchJars } from './jars.ts';

/** How long (ms) a broker may take to answer on a busy machine. */
const PATIENCE = 180_000;

/** Who may log in, over TLS and with SCRAM. */
export const READER = { username: 'tocsin-reader', password: 'what-the-reader-says' };

export interface Broker {
  /** `host:port` without TLS and without a login. */
  readonly plain: string;
  /** `host:port` with TLS, and a login by SCRAM or in plain. */
  readonly guarded: string;
  /** The authority of its certificate. */
  readonly caFile: string;
  /** Ends it as a power cut does, and starts it again on what it has stored. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** One broker of Apache Kafka that is its own controller (KRaft), on random ports of the loopback. */
export async function startBroker(): Promise<Broker> {
  const classpath = `${await fetchJars()}/*`;
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-kafka-'));
  const [plain, guarded, controller] = [await freePort(), await freePort(), await freePort()];
  makeCertificate(directory);
  const properties = join(directory, 'server.properties');
  writeFileSync(properties, settingsOf(directory, { plain, guarded, controller }));
  const logging = join(directory, 'log4j2.xml');
  writeFileSync(logging, '<Configuration><Loggers><Root level="off"/></Loggers></Configuration>');
  const java = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${logging}`, '-cp', classpath];
  const scram = `SCRAM-SHA-256=[name=${READER.username},password=${READER.password}]`;
  const id = randomBytes(16).toString('base64url');
  execFileSync('java', [...java, 'kafka.tools.StorageTool', 'format', '--standalone', '-t', id, '-c', properties, '--add-scram', scram], {
    stdio: 'pipe',
  });
  let running: ChildProcess | null = null;

  async function start(): Promise<void> {
    const child = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: ['ignore', 'pipe', 'pipe'] });
    running = child;
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
    for (const end = performance.now() + PATIENCE; !(await answers(guarded)) || !(await answers(plain)); await pause(200)) {
      if (child.exitCode !== null) throw new Error(`The broker ended with ${child.exitCode}:\n${said}`);
      if (performance.now() > end) throw new Error(`The broker does not answer:\n${said}`);
    }
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = running;
    running = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await ended;
  }

  await start();
  return {
    plain: `127.0.0.1:${plain}`,
    guarded: `localhost:${guarded}`,
    caFile: join(directory, 'ca.pem'),
    kill: () => end('SIGKILL'),
    start,
    async stop() {
      await end('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Ports {
  readonly plain: number;
  readonly guarded: number;
  readonly controller: number;
}

function settingsOf(directory: string, { plain, guarded, controller }: Ports): string {
  const { username, password } = READER;
  const login = (module: string, more = '') => `org.apache.kafka.common.security.${module} required${more};`;
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `localhost:${controller}`,
    listeners: `PLAIN://127.0.0.1:${plain},GUARDED://localhost:${guarded},CONTROLLER://localhost:${controller}`,
    'advertised.listeners': `PLAIN://127.0.0.1:${plain},GUARDED://localhost:${guarded}`,
    'listener.security.protocol.map': 'PLAIN:PLAINTEXT,GUARDED:SASL_SSL,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAIN',
    'log.dirs': join(directory, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    'message.max.bytes': String(4 * 1024 * 1024),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(directory, 'broker.pem'),
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256,PLAIN',
    'listener.name.guarded.scram-sha-256.sasl.jaas.config': login('scram.ScramLoginModule'),
    'listener.name.guarded.plain.sasl.jaas.config': login('plain.PlainLoginModule', ` user_${username}="${password}"`),
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** An authority of its own, and a certificate of it for localhost. */
function makeCertificate(directory: string): void {
  const file = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(name), '-days', '30'];
  openssl('req', '-x509', ...key('ca.key'), '-subj', '/CN=Test authority', '-out', file('ca.pem'));
  const signing = ['-CA', file('ca.pem'), '-CAkey', file('ca.key')];
  openssl(
    'req',
    '-x509',
    ...key('broker.key'),
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
    ...signing,
    '-out',
    file('broker.crt'),
  );
  writeFileSync(file('broker.pem'), readFileSync(file('broker.key'), 'utf8') + readFileSync(file('broker.crt'), 'utf8'));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
