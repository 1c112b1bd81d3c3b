import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { sayDuration } from '../../lib/time.ts';
import { type ActionContext, changeAction, type Planned, type Touch } from '../../ports/action.ts';
import { duration, msOf, targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { mustAsk, postgresPreflight, postgresRights } from './ask.ts';
import { literal } from './sql.ts';

/** How many are named in one statement, so that it stays short. */
const BATCH = 50;

const STARTED = `to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const input = z.strictObject({ target: targetField, idle: duration.default('10m') });

const output = z.strictObject({
  /** Connections of the plan that are gone. */
  terminated: z.number().int(),
  /** Connections of the plan that stayed, because they are at work again or may not be ended. */
  left: z.number().int(),
  pids: z.array(z.number().int()),
});

const backend = z.object({
  pid: z.coerce.number().int(),
  backend_start: z.string(),
  user: z.string(),
  application: z.string(),
  client: z.string(),
  database: z.string(),
  idle_s: z.coerce.number().int(),
});

type Backend = z.infer<typeof backend>;

const scope = z.object({ backends: z.array(z.object({ pid: z.number().int(), backend_start: z.string() })) });

/** Ends connections that have been idle for long (AU-25): only those that the plan lists, and only while they still are idle. */
export const postgresTerminateIdle = changeAction({
  name: 'postgres.terminate-idle',
  effect: 'destructive',
  oneWay: 'A connection that was ended cannot be restored. Applications connect again; restart one that does not.',
  about: 'Ends idle connections of a PostgreSQL.',
  input,
  output,
  rights: ({ target }, context) => postgresRights(context, target),
  preflight: ({ target }, context) => postgresPreflight(context, target),

  async plan({ target, idle }, context): Promise<Planned> {
    const server = await serverTouch(context, target);
    const rows = await mustAsk(
      context,
      target,
      `SELECT pid, ${STARTED} AS backend_start, coalesce(usename, '') AS user, coalesce(application_name, '') AS application, coalesce(host(client_addr), 'local') AS client,
  coalesce(datname, '') AS database, floor(extract(epoch FROM now() - state_change)) AS idle_s
FROM pg_stat_activity WHERE ${isIdle(idle)} ORDER BY state_change, pid`,
    );
    const backends = rows.map((row) => backend.parse(row));
    const none = `No connection of ${target} has been idle for ${idle}.`;
    return {
      summary: backends.length === 0 ? none : `Ends ${plural(backends.length, 'connection')} of ${target} that have been idle for more than ${idle}`,
      diff: backends.length === 0 ? null : backends.map(lineOf).join('\n'),
      noPlan: backends.length === 0 ? none : null,
      notes: [
        'Applications with a pool open new connections by themselves; one without sees an error at its next query.',
        'A connection that is active again by then is not touched.',
      ],
      touches: [server],
      changes: backends.length > 0,
      asListed: true,
      scope: { backends: backends.map(({ pid, backend_start }) => ({ pid, backend_start })) },
      snapshot: null,
    };
  },

  async apply({ target, idle }, planned, context) {
    assertFresh(planned, [await serverTouch(context, target)]);
    const { backends } = scope.parse(planned.scope);
    const left = new Set<number>();
    for (let from = 0; from < backends.length; from += BATCH) {
      const listed = listOf(backends.slice(from, from + BATCH));
      const ended = await mustAsk(
        context,
        target,
        `SELECT pid, pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE ${isIdle(idle)} AND (pid, ${STARTED}) IN (${listed})`,
        { writes: true },
      );
      // It only sends a signal, so a session may be seen for a moment longer.
      const signalled = new Set(ended.filter((row) => row['ended']?.startsWith('t')).map((row) => Number(row['pid'])));
      const still = await mustAsk(context, target, `SELECT pid FROM pg_stat_activity WHERE (pid, ${STARTED}) IN (${listed})`);
      for (const row of still) if (!signalled.has(Number(row['pid']))) left.add(Number(row['pid']));
    }
    const gone = backends.filter(({ pid }) => !left.has(pid)).map(({ pid }) => pid);
    const rest = left.size === 0 ? '' : ` ${plural(left.size, 'connection')} stayed: active again, or owned by another user.`;
    return {
      output: { terminated: gone.length, left: left.size, pids: gone },
      summary: `Ended ${plural(gone.length, 'idle connection')} of ${target}.${rest}`,
    };
  },
});

function isIdle(idle: string): string {
  return `state = 'idle' AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state_change < now() - interval '${Math.floor(msOf(idle) / 1_000)} seconds'`;
}

function listOf(backends: readonly Pick<Backend, 'pid' | 'backend_start'>[]): string {
  return backends.map(({ pid, backend_start: started }) => `(${pid}, ${literal(started)})`).join(', ');
}

/** Process ids mean nothing any more after a restart of the server. */
async function serverTouch(context: ActionContext, target: string): Promise<Touch> {
  const rows = await mustAsk(
    context,
    target,
    `SELECT to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started`,
  );
  const started = rows[0]?.['started'] ?? '';
  return touch(`${target} (PostgreSQL)`, started, 'that the server has not been restarted', { started });
}

function lineOf(one: Backend): string {
  const application = one.application === '' ? '' : `, ${one.application}`;
  return `- pid ${one.pid}: ${one.user}@${one.database} from ${one.client}${application}, idle for ${sayDuration(one.idle_s * 1_000)}, connected ${one.backend_start.slice(0, 19)}Z`;
}
