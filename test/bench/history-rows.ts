import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { StoredRecord } from '../../src/domain/record.ts';
import { openMacKey } from '../../src/evidence/cipher.ts';
import { encodeRecord } from '../../src/evidence/record.ts';
import { createSeal, headParts, recordParts, type Seal } from '../../src/store/seal.ts';

/** How many incidents of a year a counter can have gone by; copies are numbered from here. */
const FIRST = 10_000;
/** Incidents of one round trip. */
const BATCH = 500;
/** Copies of timers come due when nothing is measured any more (ms later). */
const FAR = 30 * 86_400_000;
/** The copies are older than what the figures count (ms). */
const OLD = 40 * 86_400_000;
/** Between two closed incidents (ms): a hundred thousand of them are three years. */
const APART = 950_000;

interface History {
  readonly url: string;
  readonly keyFile: string;
  /** An incident that the bot has closed, and one that is open: all others are copies of these. */
  readonly closed: string;
  readonly open: string;
  readonly closedCopies: number;
  readonly openCopies: number;
}

/** What a stream has, as text in which names are replaced. */
interface Template {
  readonly id: string;
  readonly channel: string;
  readonly state: string;
  readonly records: readonly string[];
}

/** Fills a database with copies of two incidents as the bot itself would have left them: chained, sealed, with timers and messages; the closed ones archived. */
export async function writeHistory({ url, keyFile, closed, open, closedCopies, openCopies }: History): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const seal = createSeal(await openMacKey(keyFile));
    const now = Date.now();
    const ended = await templateOf(client, closed);
    for (let from = 0; from < closedCopies; from += BATCH) {
      const copies = numbers(from, closedCopies).map((n) => copyOf(seal, ended, n));
      await insertStreams(client, copies, { archived: true });
      await insertRecords(
        client,
        copies.map(({ records, ...rest }) => ({ ...rest, records: records.slice(-1) })),
      );
      await insertDerived(client, ended, copies, { closed: true, declaredAt: (i) => now - OLD - (from + i) * APART });
    }
    const template = await templateOf(client, open);
    for (let from = 0; from < openCopies; from += BATCH) {
      const copies = numbers(from, openCopies).map((n) => copyOf(seal, template, n + closedCopies));
      await insertStreams(client, copies, { archived: false });
      await insertRecords(client, copies);
      await insertDerived(client, template, copies, { closed: false, declaredAt: (i) => now - OLD - (from + i) * 1_000 });
    }
    await client.query(`update counter set value = $1 where name like 'INC-%'`, [FIRST + closedCopies + openCopies]);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
  }
}

async function templateOf(client: pg.Client, id: string): Promise<Template> {
  const { rows: heads } = await client.query<{ state: string; channel: string }>(
    'select s.state::text as state, i.channel from stream s join incident i on i.id = s.name where s.name = $1',
    [id],
  );
  const { rows } = await client.query<{ bytes: Buffer }>('select bytes from record where stream = $1 order by seq', [id]);
  const [head] = heads;
  if (head === undefined) throw new Error(`There is no ${id}.`);
  return { id, channel: head.channel, state: head.state, records: rows.map(({ bytes }) => bytes.toString('utf8')) };
}

interface Copy {
  readonly id: string;
  readonly channel: string;
  readonly head: { readonly seq: number; readonly hash: string; readonly state: string; readonly mac: string };
  readonly records: readonly { readonly record: StoredRecord; readonly bytes: Uint8Array; readonly mac: string }[];
}

function copyOf(seal: Seal, template: Template, n: number): Copy {
  const id = `${template.id.slice(0, 9)}${FIRST + n}`;
  const channel = `CX${FIRST + n}`;
  const renamed = (text: string) => text.replaceAll(template.id, id).replaceAll(template.channel, channel);
  let prev = '0'.repeat(64);
  const records = template.records.map((text) => {
    const record = { ...(JSON.parse(renamed(text)) as StoredRecord), prev, event_id: randomUUID() };
    const { bytes, hash } = encodeRecord(record);
    prev = hash;
    return { record, bytes, mac: seal.mac('record', recordParts(id, record.seq, hash)) };
  });
  const state = renamed(template.state);
  const seq = records.length;
  return { id, channel, head: { seq, hash: prev, state, mac: seal.mac('head', headParts(id, seq, prev, state)) }, records };
}

async function insertStreams(client: pg.Client, copies: readonly Copy[], { archived }: { readonly archived: boolean }): Promise<void> {
  await client.query(
    `insert into stream (name, seq, hash, state, mac, uploaded, checkpointed, archived)
     select name, seq, hash, state::json, mac, seq, seq, ${archived ? 'seq - 1' : '0'}
     from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[]) as c (name, seq, hash, state, mac)`,
    [
      copies.map(({ id }) => id),
      copies.map(({ head }) => head.seq),
      copies.map(({ head }) => head.hash),
      copies.map(({ head }) => head.state),
      copies.map(({ head }) => head.mac),
    ],
  );
}

async function insertRecords(client: pg.Client, copies: readonly Copy[]): Promise<void> {
  const rows = copies.flatMap(({ id, records }) => records.map(({ record, bytes, mac }) => ({ id, record, bytes, mac })));
  await client.query(
    `insert into record (stream, seq, type, time, event_id, bytes, mac, appended_at)
     select *, 0 from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[])`,
    [
      rows.map(({ id }) => id),
      rows.map(({ record }) => record.seq),
      rows.map(({ record }) => record.type),
      rows.map(({ record }) => record.time),
      rows.map(({ record }) => record.event_id),
      rows.map(({ bytes }) => bytes),
      rows.map(({ mac }) => mac),
    ],
  );
}

/** Index, newest checkpoint, messages (the card only, of one that is archived), runs and timers: as those of the template, under other names. */
async function insertDerived(
  client: pg.Client,
  template: Template,
  copies: readonly Copy[],
  { closed, declaredAt }: { readonly closed: boolean; readonly declaredAt: (index: number) => number },
): Promise<void> {
  const names = [copies.map(({ id }) => id), copies.map(({ channel }) => channel)];
  const from = [...names, template.id, template.channel];
  await client.query(
    `insert into incident (id, service, severity, status, open, private, channel, declared_at, pending, archived)
     select c.id, i.service, i.severity, i.status, i.open, i.private, c.channel, c.declared_at, i.pending, ${String(closed)}
     from incident i, unnest($1::text[], $2::text[], $3::bigint[]) as c (id, channel, declared_at) where i.id = $4`,
    [...names, copies.map((_, i) => declaredAt(i)), template.id],
  );
  await client.query(
    `insert into checkpoint (stream, size, bytes, signature, sha256, stored, made_at)
     select c.id, k.size, k.bytes, k.signature, k.sha256, true, k.made_at from checkpoint k, unnest($1::text[]) as c (id)
     where k.stream = $2 and k.size = (select max(size) from checkpoint where stream = $2)`,
    [names[0], template.id],
  );
  await client.query(
    `insert into message (key, stream, seq, lane, template, "to", data, channel, ts, shown_seq, shown_digest, state)
     select replace(m.key, $3, c.id), c.id, m.seq, replace(m.lane, $4, c.channel), m.template, replace(m."to"::text, $4, c.channel)::json,
       replace(replace(m.data::text, $3, c.id), $4, c.channel)::json, replace(m.channel, $4, c.channel), m.ts || c.id, m.shown_seq, m.shown_digest, m.state
     from message m, unnest($1::text[], $2::text[]) as c (id, channel)
     where m.stream = $3 and m.key like '%' || $3 || '%' ${closed ? `and m.template = 'card'` : ''}`,
    from,
  );
  if (closed) return;
  await client.query(
    `insert into timer (stream, name, due_at) select c.id, t.name, t.due_at + $3 from timer t, unnest($1::text[]) as c (id) where t.stream = $2`,
    [names[0], template.id, FAR],
  );
  await client.query(
    `insert into run (id, kind, input, ended, ended_at, incident)
     select replace(r.id, $2, c.id), r.kind, replace(r.input::text, $2, c.id)::json, true, r.ended_at, c.id
     from run r, unnest($1::text[]) as c (id) where r.incident = $2 and r.ended and r.id like '%' || $2 || '%'`,
    [names[0], template.id],
  );
}

function numbers(from: number, all: number): number[] {
  return Array.from({ length: Math.min(BATCH, all - from) }, (_, i) => from + i);
}
