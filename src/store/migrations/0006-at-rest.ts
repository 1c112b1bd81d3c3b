import type { Migration } from './index.ts';

/**
 * Finds what is to be done without reading what is at rest. A comparison of two columns is guessed to be true of a third of all rows, so its
 * index was passed by; a boolean column is counted.
 */
export const atRest: Migration = {
  name: 'at-rest',
  statements: [
    'create index message_place on message (channel, ts)',
    'create index inbox_over on inbox (received_at) where outcome is not null',
    // Both at once: the table is written anew, and nobody works on it meanwhile.
    `alter table stream
      add column to_upload boolean generated always as (seq > uploaded) stored,
      add column to_cover boolean generated always as (seq > checkpointed) stored`,
    'drop index stream_to_upload',
    'drop index stream_to_cover',
    'create index stream_to_upload on stream (name) where to_upload',
    'create index stream_to_cover on stream (name) where to_cover',
    'analyze stream',
  ],
};
