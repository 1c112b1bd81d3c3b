/**
 * Builds the test cluster's programs (etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, kwok) from the Go module
 * proxy: `node test/helpers/kubernetes/build.ts`. Built once and kept below XDG_CACHE_HOME; needs Go (GO, else the PATH, else
 * /usr/local/go), no network afterwards.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findGo } from '../go.ts';

const HERE = import.meta.dirname;
const NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kubelet', 'kwok', 'stages', 'sweeper'];

/** The version that go.mod asks for: "v1.36.3". */
export const KUBERNETES_VERSION = versionOf('k8s.io/kubernetes');

/** ms that a test waits for the programs: on a new machine they are built first. */
export const BUILD_LIMIT = 20 * 60_000;

/** The folder with the programs; builds them if they are not there. Two that ask at once build once. */
export async function buildPrograms(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tocsin-kubernetes');
  const folder = join(cache, `${KUBERNETES_VERSION}-${fingerprint()}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const lock = `${folder}.lock`;
  await takeLock(lock);
  try {
    if (!existsSync(folder)) await build(cache, folder);
    return folder;
  } finally {
    rmSync(lock, { force: true });
  }
}

async function build(cache: string, folder: string): Promise<void> {
  const go = findGo('The test cluster');
  const began = Date.now();
  const unfinished = mkdtempSync(join(cache, 'unfinished-'));
  try {
    say(`building Kubernetes ${KUBERNETES_VERSION} into ${folder}; the first time takes some minutes`);
    await compile(go, join(unfinished, 'kubernetes'));
    for (const name of NAMES) symlinkSync('kubernetes', join(unfinished, name));
    renameSync(unfinished, folder);
    say(`built in ${Math.round((Date.now() - began) / 1000)} s`);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function compile(go: string, output: string): Promise<void> {
  const [major, minor] = KUBERNETES_VERSION.slice(1).split('.');
  const variables = {
    'k8s.io/component-base/version.gitVersion': KUBERNETES_VERSION,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/component-base/version.gitTreeState': 'clean',
  };
  const linker = ['-s', '-w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  const child = spawn(go, ['build', '-v', '-mod=readonly', '-trimpath', '-tags', 'grpcnotrace', '-ldflags', linker, '-o', output, '.'], {
    cwd: HERE,
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { GOMAXPROCS: '2', ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
  });
  let packages = 0;
  let tail: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = text.split('\n').filter((line) => line !== '');
    packages += lines.length;
    tail = [...tail, ...lines].slice(-20);
  });
  const progress = setInterval(() => say(`${packages} packages compiled`), 30_000);
  try {
    const code = await new Promise<number | null>((done, fail) => child.once('error', fail).once('close', done));
    if (code !== 0) throw new Error(`go build ended with ${code}:\n${tail.join('\n')}`);
  } finally {
    clearInterval(progress);
  }
}

/** Whatever changes the programs changes their folder. */
function fingerprint(): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${readFileSync(import.meta.filename, 'utf8')}`);
  const sources = readdirSync(HERE).filter((name) => name.endsWith('.go') || name.startsWith('go.'));
  for (const name of sources.sort()) hash.update(name).update(readFileSync(join(HERE, name)));
  return hash.digest('hex').slice(0, 12);
}

function versionOf(module: string): string {
  const found = readFileSync(join(HERE, 'go.mod'), 'utf8')
    .split('\n')
    .find((line) => line.trim().startsWith(`${module} v`));
  if (found === undefined) throw new Error(`go.mod does not ask for ${module}`);
  return found.trim().split(' ')[1] ?? '';
}

/** Waits for another process that holds it; a lock whose process is gone counts for nothing. */
async function takeLock(path: string): Promise<void> {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isGone(path)) rmSync(path, { force: true });
    else await sleep(500);
  }
}

function isGone(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return false;
  } catch (error) {
    // ENOENT: it was given back just now. EINVAL cannot be; EPERM means that somebody else's process lives.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function say(text: string): void {
  process.stderr.write(`kubernetes: ${text}\n`);
}

if (import.meta.main) console.log(await buildPrograms());
