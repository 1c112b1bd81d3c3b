import { parseArgs } from 'node:util';
import { ack } from './ack.ts';
import { append } from './append.ts';
import type { Benchmark, Row } from './benchmark.ts';
import { crowd } from './crowd.ts';
import { diagnosis } from './diagnosis.ts';
import { drift } from './drift.ts';
import { history } from './history.ts';
import { logs } from './logs.ts';
import { restoreMemory } from './restore-memory.ts';
import { rollback } from './rollback.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { statements } from './statements.ts';
import { storm } from './storm.ts';
import { asMarkdown, asText, writeTable } from './table.ts';
import { takeover } from './takeover.ts';
import { timers } from './timers.ts';
import { verify } from './verify.ts';

const BENCHMARKS: readonly Benchmark[] = [
  ack,
  append,
  verify,
  start,
  timers,
  takeover,
  diagnosis,
  logs,
  drift,
  rollback,
  restoreMemory,
  statements,
  history,
  storm,
  crowd,
  soak,
];

const HELP = `Measures Tocsin, everything as a ratio of runs that alternate on this machine. Nothing is asserted: the exit
code is 0 unless a benchmark breaks.

Usage: npm run bench -- [--only NAME ...] [--rounds N] [--json] [--write]

  --only NAME   one benchmark; may be given again
  --rounds N    how often each side has its turn (5); the median counts
  --scale X     storm, crowd and soak in a smaller size: 0.2 is a fifth
  --json        prints the rows as JSON
  --write       writes the table into docs/reference/performance.md

${BENCHMARKS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      rounds: { type: 'string', default: '5' },
      scale: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const unknown = values.only?.find((name) => !BENCHMARKS.some((one) => one.name === name));
  if (unknown !== undefined) throw new Error(`There is no benchmark ${unknown}. There are: ${BENCHMARKS.map(({ name }) => name).join(', ')}.`);
  const rows: Row[] = [];
  for (const { name, run } of BENCHMARKS.filter((one) => values.only?.includes(one.name) ?? true)) {
    rows.push(...(await run({ rounds: Number(values.rounds), scale: Number(values.scale), say: (line) => console.error(`  ${name}: ${line}`) })));
  }
  console.log(values.json ? JSON.stringify(rows, null, 2) : asText(rows));
  if (values.write) await writeTable(asMarkdown(rows));
}

await main();
