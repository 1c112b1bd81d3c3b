import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const POM = join(import.meta.dirname, 'pom.xml');

/**
 * The folder with the jars of Apache Kafka, fetched with Maven the first time (`node test/helpers/kafka/jars.ts`) and kept below XDG_CACHE_HOME.
 * Needs Java 17 or newer and Maven.
 */
export async function fetchJars(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tocsin-kafka');
  const folder = join(cache, createHash('sha256').update(readFileSync(POM)).digest('hex').slice(0, 12));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(join(cache, 'unfinished-'));
  try {
    cpSync(POM, join(unfinished, 'pom.xml'));
    const args = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(unfinished, 'jars')}`];
    const maven = spawn('mvn', args, { cwd: unfinished, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [maven.stdout, maven.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const code = await new Promise<number | null>((done, fail) => maven.once('error', fail).once('close', done));
    if (code !== 0) throw new Error(`Maven ended with ${code}:\n${said.slice(-2_000)}`);
    // Whoever came first has put the same there.
    if (!existsSync(folder)) renameSync(join(unfinished, 'jars'), folder);
    return folder;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

if (import.meta.main) console.log(await fetchJars());
