import type { Migration } from './index.ts';

/** When each alert was last said to fire and to be over, by the events themselves: what comes late is recognised. */
export const told: Migration = {
  name: 'told',
  statements: ['create table told (key text primary key, fired_at bigint, resolved_at bigint, heard_at bigint not null, mac text not null)'],
};
