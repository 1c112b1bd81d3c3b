import type { LogEvent } from 'kysely';
import { isDiskFull } from '../domain/errors.ts';

/** Whether the database's disk has room. Seen by what fails there, because nothing else is asked: a server's disk is not ours to look at. */
export interface Space {
  /** Shown every error of the database's. */
  seen(error: unknown): void;
  /** After such an error: tries whether it is still so. */
  isFull(): Promise<boolean>;
}

/** Writes what takes pages of its own, and takes it back by failing. */
const PROBE = `do $$ begin
  insert into inbox (id, key, kind, payload, received_at)
  select 'probe', 'probe', 'probe', to_json(string_agg(md5(random()::text), '')), 0 from generate_series(1, 1000);
  raise exception 'there is room';
end $$`;

/** `query` runs one statement on a connection that does not stand in line. */
export function watchSpace(query: (text: string, values: unknown[]) => Promise<unknown>): Space {
  let full = false;
  return {
    seen(error) {
      if (isDiskFull(error)) full = true;
    },
    async isFull() {
      if (!full) return false;
      await query(PROBE, []).catch((error: unknown) => {
        full = isDiskFull(error);
      });
      return full;
    },
  };
}

/** A log of Kysely's that shows it errors. */
export function errorsTo(seen: Space['seen']): (event: LogEvent) => void {
  return (event) => {
    if (event.level === 'error') seen(event.error);
  };
}

/** The same query; it is shown what fails. */
export function seenBy<Rows>(
  space: Space,
  query: (text: string, values: unknown[]) => Promise<Rows>,
): (text: string, values: unknown[]) => Promise<Rows> {
  return (text, values) =>
    query(text, values).catch((error: unknown) => {
      space.seen(error);
      throw error;
    });
}
