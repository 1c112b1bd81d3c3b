import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { s3RestorePrefix } from '../../src/actions/s3/restore-prefix.ts';
import { closeAws, openAws } from '../../src/adapters/aws/index.ts';
import type { ActionContext, ChangeAction } from '../../src/ports/action.ts';
import { targetSchema } from '../../src/ports/targets.ts';
import { type Benchmark, median } from './benchmark.ts';

const PROGRAM = fileURLToPath(new URL('./programs/bucket.ts', import.meta.url));
const FEW = 1_000;
const MANY = 10_000;
const DAY = 24 * 3_600_000;

interface Took {
  readonly ms: number;
  /** Memory in use above what there was before, at its highest, bytes. */
  readonly heap: number;
  readonly progress: number;
}

export const rollback: Benchmark = {
  name: 'rollback',
  about: 'taking 10,000 objects of a bucket back in time, against 1,000: time an object, memory, progress',
  async run({ rounds, say }) {
    const few: Took[] = [];
    const many: Took[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      few.push(await rollBack(FEW));
      many.push(await rollBack(MANY));
      const [small, large] = [few.at(-1), many.at(-1)];
      say(
        `round ${round}: ${Math.round(small?.ms ?? 0)} ms and ${mib(small?.heap ?? 0)}, ${Math.round(large?.ms ?? 0)} ms and ${mib(large?.heap ?? 0)}`,
      );
    }
    const each = (runs: readonly Took[], objects: number) => median(runs.map(({ ms }) => ms)) / objects;
    const heap = (runs: readonly Took[]) => median(runs.map((one) => one.heap));
    const ratio = each(many, MANY) / each(few, FEW);
    return [
      {
        what: `S3 rollback of ${MANY.toLocaleString('en')} objects: time an object`,
        against: `of ${FEW.toLocaleString('en')} objects, same simulated S3`,
        goal: 'at most 1.5x',
        measured: `${ratio.toFixed(2)}x (${each(many, MANY).toFixed(1)} against ${each(few, FEW).toFixed(1)} ms; ${many[0]?.progress ?? 0} lines of progress)`,
        met: ratio <= 1.5,
      },
      {
        what: `S3 rollback of ${MANY.toLocaleString('en')} objects: memory at its highest, plan and apply`,
        against: `of ${FEW.toLocaleString('en')} objects`,
        goal: 'under 64 MiB',
        measured: `${mib(heap(many))} against ${mib(heap(few))}`,
        met: heap(many) < 64 * 1024 * 1024,
      },
    ];
  },
};

async function rollBack(objects: number): Promise<Took> {
  const server = spawn(process.execPath, [PROGRAM, String(objects)], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    return await measure(await environmentOf(server));
  } finally {
    closeAws();
    server.stdin?.end();
    await once(server, 'exit');
  }
}

async function measure(environment: Readonly<Record<string, string>>): Promise<Took> {
  const said: string[] = [];
  const { signal } = new AbortController();
  const bucket = targetSchema.parse({ bucket: 'rollback' });
  const context = {
    service: 'bench',
    incident: null,
    signal,
    target: () => bucket,
    aws: () => openAws({ region: 'eu-west-1', service: 'bench', environment, signal }),
    now: async () => Date.now(),
    say: (text: string) => void said.push(text),
    hide: () => undefined,
  } as unknown as ActionContext;
  const action = s3RestorePrefix as ChangeAction<unknown>;
  const input = action.input.parse({ target: 'bucket', prefix: 'docs/', at: new Date(Date.now() - DAY).toISOString() });
  const before = live();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, live())), 500);
  const started = performance.now();
  try {
    const planned = await action.plan(input, context);
    await action.apply(input, planned, context, 'bench:1');
    return { ms: performance.now() - started, heap: Math.max(0, peak - before), progress: said.length };
  } finally {
    clearInterval(watch);
  }
}

async function environmentOf(server: ChildProcess): Promise<Readonly<Record<string, string>>> {
  let text = '';
  for await (const chunk of server.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) return JSON.parse(text) as Readonly<Record<string, string>>;
  }
  throw new Error('The simulated account did not start.');
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is in use, without what only waits to be collected, bytes. */
function live(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
