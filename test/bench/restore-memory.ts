import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startPostgres } from '../helpers/postgres.ts';
import { type Benchmark, figure, type Row } from './benchmark.ts';
import { writeIncidents } from './evidence.ts';

const FEW = 2_000;
const MANY = Number(process.env['RESTORE_INCIDENTS'] ?? 10_000);
/** What may be resident, however many incidents there are (MiB). */
const GOAL = 300;

/** What one process needed. */
interface Need {
  readonly streams: number;
  readonly records: number;
  readonly seconds: number;
  /** MiB, resident: before it began, and at its highest. */
  readonly before: number;
  readonly peak: number;
}

export const restoreMemory: Benchmark = {
  name: 'restore-memory',
  about: `restoring and verifying ${FEW} and ${MANY} incidents from a directory: memory at its highest, and time`,
  async run({ say }) {
    const directory = await mkdtemp(join(tmpdir(), 'tocsin-bench-restore-'));
    const postgres = await startPostgres();
    try {
      const needs: Need[][] = [];
      for (const count of [FEW, MANY]) {
        const place = join(directory, String(count));
        say(`writing the evidence of ${count} incidents`);
        await writeIncidents(join(place, 'evidence'), count);
        const verified = await need('verify', place);
        const onServer = await need('restore', place, await databaseOf(postgres.url, `restore_${count}`));
        const embedded = await need('restore', place);
        needs.push([verified, onServer, embedded]);
        say(`${count} incidents: ${JSON.stringify(needs.at(-1))}`);
        await rm(place, { recursive: true, force: true });
      }
      const [few = [], many = []] = needs;
      return ['`evidence verify`', '`restore`, PostgreSQL', '`restore`, embedded database'].flatMap((what, side) =>
        rowsOf(what, few[side], many[side]),
      );
    } finally {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    }
  },
};

function rowsOf(what: string, few: Need | undefined, many: Need | undefined): Row[] {
  if (few === undefined || many === undefined) return [];
  const perSecond = ({ streams, seconds }: Need) => figure(streams / seconds);
  return [
    {
      what: `${what} of ${MANY.toLocaleString('en')} closed incidents (${many.records.toLocaleString('en')} records): memory at its highest`,
      against: `of ${FEW.toLocaleString('en')}`,
      goal: `under ${GOAL} MiB`,
      measured: `${figure(many.peak)} against ${figure(few.peak)} MiB; ${figure(many.before)} MiB before it begins`,
      met: many.peak < GOAL,
    },
    {
      what: `${what}: time`,
      against: `of ${FEW.toLocaleString('en')}`,
      goal: '',
      measured: `${figure(many.seconds)} s, ${perSecond(many)} incidents a second against ${perSecond(few)}`,
      met: null,
    },
  ];
}

/** In a process of its own: what making the evidence takes is not counted. */
async function need(program: 'restore' | 'verify', place: string, url?: string): Promise<Need> {
  const file = join(import.meta.dirname, 'programs', `${program}.ts`);
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', file, place, ...(url === undefined ? [] : [url])]);
  return JSON.parse(stdout) as Need;
}

async function databaseOf(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
