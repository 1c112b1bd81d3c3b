import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import { diffObjects } from '../shared/diff.ts';
import { duration, msOf, targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { mustAsk, postgresPreflight, postgresRights } from './ask.ts';
import { identifier, literal, tableField } from './sql.ts';

const input = z.strictObject({ target: targetField, table: tableField, older_than: duration.default('7d') });

type Input = z.infer<typeof input>;

const output = z.strictObject({ compression: z.boolean(), after: z.string(), changed: z.boolean() });

/** `after` as PostgreSQL says an interval, in seconds; `null` without a policy. */
const stateSchema = z.object({ compression: z.boolean(), after_s: z.number().int().nullable() });
type State = z.infer<typeof stateSchema>;

/** Compresses old chunks of a TimescaleDB hypertable by policy (SK-42; Timescale API, add_compression_policy). */
export const postgresCompress = changeAction({
  name: 'postgres.compress',
  effect: 'change',
  about: 'Turns on compression of old chunks of a TimescaleDB hypertable.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),

  async plan(input, context): Promise<Planned> {
    const state = await stateOf(input, context);
    const wanted: State = { compression: true, after_s: secondsOf(input) };
    const same = state.compression && state.after_s === wanted.after_s;
    return {
      summary: same
        ? `${input.table} already compresses what is older than ${input.older_than}.`
        : `Compresses chunks of ${input.table} older than ${input.older_than}, from now on by itself`,
      diff: same ? null : diffObjects({ table: input.table, ...shown(state) }, { table: input.table, ...shown(wanted) }),
      noPlan: same ? 'Nothing would change.' : null,
      notes: [
        'The space is freed when the policy has run: check the disk again in a few minutes.',
        'Reverting removes the policy; chunks that are already compressed stay compressed and readable.',
      ],
      touches: [touchOf(input, state)],
      changes: !same,
      scope: { table: input.table },
      snapshot: { ...state },
    };
  },

  async apply(input, planned, context) {
    const state = await stateOf(input, context);
    const after = { compression: true, after: input.older_than };
    if (state.compression && state.after_s === secondsOf(input))
      return { output: { ...after, changed: false }, summary: `${input.table} already compresses what is older than ${input.older_than}.` };
    // The first of the two statements may have been done before a crash.
    const half = state.compression && state.after_s === stateSchema.parse(planned.snapshot ?? state).after_s;
    if (!half) assertFresh(planned, [touchOf(input, state)]);
    if (!state.compression) await write(context, input, `ALTER TABLE ${identifier(input.table)} SET (timescaledb.compress)`);
    if (state.after_s !== null) await write(context, input, `SELECT remove_compression_policy(${regclass(input)}, if_exists => true)`);
    await write(context, input, `SELECT add_compression_policy(${regclass(input)}, interval '${secondsOf(input)} seconds', if_not_exists => true)`);
    const now = await stateOf(input, context);
    if (now.after_s !== secondsOf(input))
      throw new UserError(
        'postgres-failed',
        `${input.table} has no such compression policy after it was added. Look at timescaledb_information.jobs.`,
      );
    return { output: { ...after, changed: true }, summary: `${input.table} now compresses what is older than ${input.older_than}.` };
  },

  async revert(input, planned, context, force) {
    const before = stateSchema.parse(planned.snapshot);
    const now = await stateOf(input, context);
    if (now.after_s === before.after_s) return { kind: 'already', summary: `The compression policy of ${input.table} is what it was.` };
    if (now.after_s !== secondsOf(input) && !force) {
      const diff = diffObjects(shown(now), shown({ ...before, compression: now.compression }));
      return { kind: 'conflict', summary: `Somebody changed the compression policy of ${input.table} meanwhile.`, diff };
    }
    await write(context, input, `SELECT remove_compression_policy(${regclass(input)}, if_exists => true)`);
    if (before.after_s !== null)
      await write(context, input, `SELECT add_compression_policy(${regclass(input)}, interval '${before.after_s} seconds')`);
    return { kind: 'reverted', summary: `The compression policy of ${input.table} is as before; chunks compressed meanwhile stay compressed.` };
  },
});

/** @throws UserError `no-timescaledb`, `no-hypertable` */
async function stateOf(input: Input, context: ActionContext): Promise<State> {
  const extension = await mustAsk(context, input.target, `SELECT count(*) AS count FROM pg_extension WHERE extname = 'timescaledb'`);
  if (extension[0]?.['count'] !== '1') {
    throw new UserError(
      'no-timescaledb',
      `The database of ${input.target} has no extension timescaledb, so its tables cannot be compressed. Expand its volume instead.`,
    );
  }
  const where = tableCondition(input.table);
  const tables = await mustAsk(
    context,
    input.target,
    `SELECT compression_enabled AS compression FROM timescaledb_information.hypertables WHERE ${where}`,
  );
  if (tables.length === 0) {
    throw new UserError('no-hypertable', `${input.table} is not a hypertable of TimescaleDB, so it cannot be compressed. Expand its volume instead.`);
  }
  const jobs = await mustAsk(
    context,
    input.target,
    `SELECT floor(extract(epoch FROM (config->>'compress_after')::interval)) AS after_s FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression' AND ${where}`,
  );
  const after = jobs[0]?.['after_s'];
  return { compression: /^t(rue)?$/.test(tables[0]?.['compression'] ?? ''), after_s: after === undefined || after === '' ? null : Number(after) };
}

function tableCondition(table: string): string {
  const [first = '', second] = table.split('.');
  return second === undefined
    ? `hypertable_name = ${literal(first)}`
    : `hypertable_schema = ${literal(first)} AND hypertable_name = ${literal(second)}`;
}

async function write(context: ActionContext, { target }: Input, sql: string): Promise<void> {
  await mustAsk(context, target, sql, { writes: true, timeoutMs: 60_000 });
}

function regclass({ table }: Input): string {
  return `${literal(identifier(table))}::regclass`;
}

function secondsOf({ older_than: olderThan }: Input): number {
  return Math.floor(msOf(olderThan) / 1_000);
}

function shown(state: State): Record<string, unknown> {
  return { compression: state.compression ? 'on' : 'off', compress_after: state.after_s === null ? 'no policy' : `${state.after_s / 86_400} days` };
}

function touchOf({ target, table }: Input, state: State): Touch {
  return touch(`${table} of ${target}`, `${target}/${table}`, 'compression and its policy', state);
}
