import type { Migration } from './index.ts';

/**
 * What is archived, and what is to be. A run's incident is taken from its input as text: a JSON function would refuse what holds U+0000. When runs of
 * before ended and messages of before were added is not known: it counts as now.
 */
export const retention: Migration = {
  name: 'retention',
  statements: [
    'alter table stream add column archived bigint not null default 0',
    'alter table incident add column archived boolean not null default false, add column pending boolean',
    `create index incident_to_archive on incident (declared_at, id) where status = 'closed' and not archived`,
    'create index incident_newest on incident (declared_at, id)',
    `create index incident_unclosed on incident (declared_at) where status <> 'closed'`,
    `create index incident_pending on incident (declared_at) where pending is distinct from false and status <> 'closed'`,
    'alter table run add column incident text, add column ended_at bigint',
    `update run set
      incident = substring(input::text from '"incident":"((?:INC|DRL)-[0-9-]+)"'),
      ended_at = case when ended then floor(extract(epoch from clock_timestamp()) * 1000)::bigint end`,
    'create index run_incident on run (incident) where incident is not null',
    'create index run_over on run (ended_at) where incident is null and ended',
    `alter table message add column added_at bigint not null default (floor(extract(epoch from clock_timestamp()) * 1000)::bigint)`,
    `create index message_of_none on message (added_at) where stream = 'system'`,
    // Records of one type: keys, repairs, drills. There are few of them among very many of alerts.
    `create index record_of_system on record (type, seq) where stream = 'system'`,
    'analyze incident',
  ],
};
