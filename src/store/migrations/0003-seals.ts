import type { Migration } from './index.ts';

/** MACs beside what the database is believed for (store/seal.ts). What was there before gets its own at the next start. */
export const seals: Migration = {
  name: 'seals',
  statements: ['stream', 'record', 'run', 'step', 'signal', 'inbox'].map((table) => `alter table ${table} add column mac text`),
};
