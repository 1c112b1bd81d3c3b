import type { Migration } from './index.ts';

/** What reverts need: encrypted by the engine, kept for as long as the incident's records. */
export const snapshots: Migration = {
  name: 'snapshots',
  statements: [`create table snapshot (key text primary key, bytes bytea not null)`],
};
