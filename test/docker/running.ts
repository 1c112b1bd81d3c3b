import { type ChildProcess, spawn } from 'node:child_process';
import { chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { demoSeed } from '../../demo/workspace.ts';
import { startSlackSimulator } from '../../simulators/slack/index.ts';
import type { Image } from './build.ts';
import type { Findings } from './findings.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const PATIENCE = 60_000;

/** Starts the image's commands as its user, and asks for its health. */
export async function checkRunning(image: Image, findings: Findings): Promise<void> {
  const asRoot = process.getuid?.() === 0;
  findings.did(asRoot ? `changes to user ${image.user} for all that follows` : 'runs as the current user: only root can change to another');
  await checkComplaints(image, findings);
  await checkRights(image, findings, asRoot);
  await checkHealth(image, findings);
  await checkAgainstWorkspace(image, findings);
}

/** What it says when nothing is configured must be of use. */
async function checkComplaints(image: Image, findings: Findings): Promise<void> {
  const bare = await finish(start(image, image.command, {}));
  findings.check(
    bare.code === 1 && bare.output.includes('tocsin.example.yml'),
    'without a configuration it ends with 1 and says to copy tocsin.example.yml',
  );
  await putConfig(image, await readFile(join(REPOSITORY, 'tocsin.example.yml'), 'utf8'));
  const unset = await finish(start(image, image.command, {}));
  findings.check(
    unset.code === 1 && unset.output.includes('slack-not-configured'),
    'with tocsin.example.yml it starts until Slack is missing, and says so',
  );
  const help = await finish(start(image, ['node', 'src/cli.ts', 'help'], {}));
  findings.check(help.code === 0 && help.output.includes('evidence verify'), 'the command line works in the image');
}

async function checkRights(image: Image, findings: Findings, asRoot: boolean): Promise<void> {
  const data = join(image.root, image.environment.TOCSIN_DATA ?? '');
  const mode = (await stat(data)).mode & 0o777;
  findings.check(mode === 0o700, `the data directory is closed to others (${mode.toString(8)})`);
  const write = (path: string) => finish(start(image, ['node', '-e', `require('node:fs').writeFileSync(${JSON.stringify(path)}, '')`], {}));
  findings.check((await write(join(data, 'probe'))).code === 0, 'its user can write the data');
  if (asRoot) findings.check((await write(join(image.root, image.workdir, 'src', 'probe'))).code !== 0, 'its user cannot write the program');
}

async function checkHealth(image: Image, findings: Findings): Promise<void> {
  const ask = async (status: number | null) => {
    const server = createServer((request, response) => response.writeHead(request.url === '/healthz' ? (status ?? 500) : 404).end());
    const port = await new Promise<number>((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)));
    if (status === null) await new Promise((done) => server.close(done));
    const { code } = await finish(start(image, image.healthcheck, { TOCSIN_OPS_PORT: String(port) }));
    server.close();
    return code;
  };
  findings.check((await ask(200)) === 0, 'HEALTHCHECK: a live server is healthy');
  findings.check((await ask(503)) === 1, 'HEALTHCHECK: a failing server is not');
  findings.check((await ask(null)) === 1, 'HEALTHCHECK: a dead server is not');
}

/** The real thing: the image's process against a workspace, ready, healthy, drained by the stop signal. */
async function checkAgainstWorkspace(image: Image, findings: Findings): Promise<void> {
  const slack = await startSlackSimulator({ seed: demoSeed() });
  const { bot } = demoSeed();
  const evidence = join(image.root, image.environment.TOCSIN_DATA ?? '', 'evidence');
  await putConfig(
    image,
    `${slackAlone(await readFile(join(REPOSITORY, 'demo/tocsin.demo.yml'), 'utf8'))}\nevidence: { directory: ${JSON.stringify(evidence)} }\n`,
  );
  const port = await freePort();
  const environment = { SLACK_BOT_TOKEN: bot.token, SLACK_APP_TOKEN: bot.appToken, SLACK_API_URL: slack.apiUrl, TOCSIN_OPS_PORT: String(port) };
  const child = start(image, image.command, environment);
  const ended = finish(child);
  try {
    findings.check(await isReady(port, child), 'it starts, and is ready (/readyz)');
    findings.check((await finish(start(image, image.healthcheck, environment))).code === 0, 'HEALTHCHECK: the running bot is healthy');
    await slack.as('U0ADA').command('C0INCIDENTS', '/incident', 'declare P1 aureus Frontend answers 502');
    findings.check(
      await eventually(() => slack.messages('C0INCIDENTS').some(({ text }) => text.includes('INCIDENT DETECTED'))),
      'it answers /incident declare with a card',
    );
    child.kill(image.stopSignal as NodeJS.Signals);
    const { code } = await ended;
    findings.check(code === 0, `${image.stopSignal} drains and ends it with 0 (${code})`);
    const runbooks = await finish(start(image, ['node', 'src/cli.ts', 'runbook', 'lint'], environment));
    const files = (await readdir(join(REPOSITORY, 'runbooks'), { recursive: true })).filter((name) => name.endsWith('.yml'));
    findings.check(
      runbooks.code === 0 && runbooks.output.includes(`${files.length} runbooks are valid`),
      `the ${files.length} runbooks are in the image, and valid`,
    );
    const doctor = await finish(start(image, ['node', 'src/cli.ts', 'doctor'], environment));
    findings.check(doctor.code === 0, `doctor finds all well in the image${doctor.code === 0 ? '' : `, but says: ${doctor.output}`}`);
    findings.check(
      (await stat(join(image.root, image.environment.TOCSIN_DATA ?? '', 'signing-key.pem')).catch(() => null)) !== null,
      'its signing key is in the data',
    );
  } finally {
    child.kill('SIGKILL');
    await slack.close();
  }
}

/** There is no cluster here, no AWS and no GitHub; what the bot says to one that is away is tested elsewhere. */
function slackAlone(config: string): string {
  const document = parseDocument(config);
  for (const { key } of (document.get('services') as YAMLMap<Scalar<string>>).items)
    for (const outside of ['kubernetes', 'aws', 'targets']) document.deleteIn(['services', key.value, outside]);
  return document.toString();
}

/** A process of the image: its environment and no other, its folder, and its user where root starts it. */
function start(image: Image, [program = '', ...args]: readonly string[], extra: Readonly<Record<string, string>>): ChildProcess {
  const inRoot = Object.fromEntries(
    Object.entries(image.environment).map(([name, value]) => [name, value.startsWith('/') ? join(image.root, value) : value]),
  );
  const [uid, gid] = image.user.split(':').map(Number);
  const user = process.getuid?.() === 0 && uid !== undefined ? { uid, gid: gid ?? uid } : {};
  const executable = program === 'node' ? process.execPath : program;
  return spawn(executable, args, {
    cwd: join(image.root, image.workdir),
    env: { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...inRoot, ...extra },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
}

function finish(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    let output = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), 2 * PATIENCE).unref();
    child.stdout?.on('data', (text) => (output += String(text)));
    child.stderr?.on('data', (text) => (output += String(text)));
    child.once('error', (error) => (output += error.message));
    child.once('close', (code) => {
      clearTimeout(timer);
      done({ code, output });
    });
  });
}

async function putConfig(image: Image, text: string): Promise<void> {
  const path = join(image.root, image.environment.TOCSIN_CONFIG ?? '');
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  const [uid = 0, gid = 0] = image.user.split(':').map(Number);
  if (process.getuid?.() === 0) await chown(path, uid, gid);
}

async function isReady(port: number, child: ChildProcess): Promise<boolean> {
  return eventually(async () => {
    if (child.exitCode !== null) throw new Error(`the bot ended with ${child.exitCode} before it was ready`);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    return response?.status === 200;
  });
}

async function eventually(check: () => boolean | Promise<boolean>): Promise<boolean> {
  const until = performance.now() + PATIENCE;
  while (performance.now() < until) {
    if (await check()) return true;
    await new Promise((done) => setTimeout(done, 100));
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)));
  await new Promise((done) => server.close(done));
  return port;
}
