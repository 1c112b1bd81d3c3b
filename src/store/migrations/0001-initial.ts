import type { Migration } from './index.ts';

/** One statement each: PGlite's extended protocol takes no more at a time. */
export const initial: Migration = {
  name: 'initial',
  statements: [
    `create table clock (one boolean primary key default true check (one), offset_ms bigint not null)`,
    `insert into clock (offset_ms) values (0)`,
    `create table counter (name text primary key, value bigint not null)`,

    `create table stream (
      name text primary key,
      seq bigint not null default 0,
      hash text not null,
      state json,
      uploaded bigint not null default 0,
      checkpointed bigint not null default 0,
      fork text
    )`,
    // What is to be uploaded or covered is found without reading the streams that are at rest.
    `create index stream_to_upload on stream (name) where seq > uploaded`,
    `create index stream_to_cover on stream (name) where seq > checkpointed`,
    `create index stream_forked on stream (name) where fork is not null`,
    `create table record (
      stream text not null,
      seq bigint not null,
      type text not null,
      time text not null,
      event_id text not null,
      bytes bytea not null,
      appended_at bigint not null,
      primary key (stream, seq)
    )`,
    `create table artifact (
      stream text not null,
      sha256 text not null,
      size bigint not null,
      bytes bytea,
      stored boolean not null default false,
      added_at bigint not null,
      primary key (stream, sha256)
    )`,
    `create index artifact_to_upload on artifact (stream) where not stored`,
    `create table checkpoint (
      stream text not null,
      size bigint not null,
      bytes bytea not null,
      signature bytea not null,
      sha256 text not null,
      stored boolean not null default false,
      made_at bigint not null,
      primary key (stream, size)
    )`,
    `create index checkpoint_to_upload on checkpoint (stream) where not stored`,

    `create table incident (
      id text primary key,
      service text not null,
      severity text not null,
      status text not null,
      open boolean not null,
      private boolean not null,
      channel text,
      declared_at bigint not null
    )`,
    `create index incident_open on incident (declared_at) where open`,
    `create index incident_channel on incident (channel)`,
    `create index incident_service on incident (service, declared_at)`,

    `create table timer (
      stream text not null,
      name text not null,
      due_at bigint not null,
      fired boolean not null default false,
      primary key (stream, name)
    )`,
    `create index timer_due on timer (due_at) where not fired`,

    `create table inbox (
      id text primary key,
      key text not null unique,
      kind text not null,
      payload json not null,
      received_at bigint not null,
      outcome json
    )`,
    `create table message (
      key text primary key,
      ordinal bigint generated always as identity,
      stream text not null,
      seq bigint not null,
      lane text not null,
      template text not null,
      "to" json not null,
      data json not null,
      channel text,
      ts text,
      shown_seq bigint not null default 0,
      state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'failed'))
    )`,
    `create index message_stream on message (stream, ordinal)`,
    `create index message_unsent on message (ordinal) where state <> 'sent'`,

    `create table run (id text primary key, kind text not null, input json not null, ended boolean not null default false)`,
    `create table step (run text not null, name text not null, output json not null, primary key (run, name))`,
    `create table signal (run text not null, name text not null, payload json not null, primary key (run, name))`,
    `create table lease (name text primary key, holder text not null, until bigint not null)`,
  ],
};
