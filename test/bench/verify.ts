import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../src/adapters/evidence/directory.ts';
import { verdict } from '../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../src/evidence/verify/verify.ts';
import { ownPins } from '../evidence/helpers/pins.ts';
import { EvidenceWriter } from '../evidence/helpers/store.ts';
import { type Benchmark, figure, median, medianRatio, type Row } from './benchmark.ts';
import { unsynced } from './evidence.ts';

const INCIDENTS = 400;
const RECORDS = 125;
/** While an incident is busy a checkpoint is made every 10 s, and covers about this many records. */
const PER_CHECKPOINT = 10;
const NOTE = 'The connection pool of the frontend is used up; rolled back and watching the errors. ';
const ARTIFACT = '2026-11-21T08:00:00.000Z GET /health 503 upstream connect error or disconnect/reset before headers\n';

export const verify: Benchmark = {
  name: 'verify',
  about: `verification of ${(INCIDENTS * RECORDS).toLocaleString('en')} records with artifacts in a directory`,
  async run({ rounds, say }) {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-'));
    try {
      await write(directory);
      const files = (readdirSync(directory, { recursive: true, withFileTypes: true }) as { isFile(): boolean; parentPath: string; name: string }[])
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
      const contents = files.map((file) => readFileSync(file));
      const bytes = contents.reduce((sum, content) => sum + content.byteLength, 0);
      say(`${files.length} files, ${Math.round(bytes / 1e6)} MB`);

      const sides = {
        files: () => files.forEach((file) => hash('sha256', readFileSync(file))),
        memory: () => contents.forEach((content) => hash('sha256', content)),
        quick: () => check(directory, false),
        strict: () => check(directory, true),
      };
      const speed: Record<keyof typeof sides, number[]> = { files: [], memory: [], quick: [], strict: [] };
      for (let round = 0; round <= rounds; round += 1) {
        for (const side of ['files', 'memory', 'quick', 'strict'] as const) {
          const started = performance.now();
          await sides[side]();
          // The first round warms up; MB a second.
          if (round > 0) speed[side].push(bytes / 1e3 / (performance.now() - started));
        }
        if (round > 0)
          say(
            `round ${round}: ${Object.entries(speed)
              .map(([side, all]) => `${side} ${figure(all.at(-1) ?? 0)} MB/s`)
              .join(', ')}`,
          );
      }

      const row = (side: 'quick' | 'strict', against: 'files' | 'memory', goal: number): Row => ({
        what: `Evidence verification${side === 'strict' ? ', strict' : ''}`,
        against:
          against === 'files'
            ? 'SHA-256 in Node of the same files, read one after the other'
            : 'SHA-256 in Node of the same bytes, already in memory',
        goal: `at least ${goal}x`,
        measured: `${medianRatio(speed[side], speed[against]).toFixed(2)}x (${figure(median(speed[side]))} against ${figure(median(speed[against]))} MB/s)`,
        met: medianRatio(speed[side], speed[against]) >= goal,
      });
      return [row('quick', 'files', 0.2), row('strict', 'files', 0.1), row('quick', 'memory', 0.2), row('strict', 'memory', 0.1)];
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function check(directory: string, strict: boolean): Promise<void> {
  const store = await DirectoryStore.openReadOnly(directory);
  const report = await verifyEvidence(store, { strict, ...(await ownPins(store)) });
  if (verdict(report) !== 'valid') throw new Error(`The evidence is not valid: ${JSON.stringify(report.findings.slice(0, 3))}`);
}

/** Evidence as the bot leaves it, written without fsync. */
async function write(directory: string): Promise<void> {
  const writer = new EvidenceWriter(unsynced(directory));
  await writer.introduceKey();
  await writer.checkpoint('system');
  for (let incident = 1; incident <= INCIDENTS; incident += 1) {
    const stream = `INC-2026-${String(incident).padStart(4, '0')}`;
    const log = await writer.artifact(stream, `${stream}\n${ARTIFACT.repeat(300)}`);
    for (let number = 1; number <= RECORDS; number += 1) {
      await writer.note(stream, `${number}: ${NOTE.repeat(1 + (number % 7))}`, number % 50 === 1 ? [log] : []);
      if (number % PER_CHECKPOINT === 0 || number === RECORDS) await writer.checkpoint(stream, number === RECORDS);
    }
  }
  await writer.anchor();
}
