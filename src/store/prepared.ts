import { type PGlite, parse, protocol, type QueryOptions, type Results, type Transaction } from '@electric-sql/pglite';
import { isPreparable, MOST } from './statement-names.ts';

const { serialize } = protocol;

/** What Kysely and pg-boss use of PGlite. */
export type Lite = Pick<PGlite, 'query' | 'exec' | 'transaction' | 'close' | 'closed' | 'ready' | 'waitReady'>;

type Message = Parameters<typeof parse.parseResults>[0][number];

/** A statement that the server has parsed and may have planned. */
interface Prepared {
  readonly name: string;
  readonly types: readonly number[];
  /** How its rows look, as the server describes them; nothing for what returns none. */
  readonly rows: readonly Message[];
}

/** PGlite with other ways to ask it. */
export function askedBy(lite: Lite, ways: Pick<Lite, 'query' | 'exec' | 'transaction'>): Lite {
  return {
    ...ways,
    close: () => lite.close(),
    waitReady: lite.waitReady,
    get closed() {
      return lite.closed;
    },
    get ready() {
      return lite.ready;
    },
  };
}

/**
 * PGlite with statements that are parsed and planned once and sent in one message: of what a short statement costs otherwise, planning and
 * the six messages are the most.
 */
export function prepared(lite: PGlite): Lite {
  const known = new Map<string, Prepared>();
  let made = 0;

  const send = (...messages: Uint8Array[]): Promise<Message[]> =>
    lite.execProtocolStream(Buffer.concat([...messages, serialize.sync()]), { syncToFs: false });

  async function ready(text: string): Promise<Prepared> {
    const found = known.get(text);
    if (found !== undefined) {
      known.delete(text);
      known.set(text, found);
      return found;
    }
    made += 1;
    const name = `tocsin_${made}`;
    const answer = await send(serialize.parse({ name, text }), serialize.describe({ type: 'S', name }));
    const statement = {
      name,
      types: parse.parseDescribeStatementResults(answer),
      rows: answer.filter((message) => message.name === 'rowDescription'),
    };
    known.set(text, statement);
    const [oldest] = known;
    if (known.size > MOST && oldest !== undefined) {
      known.delete(oldest[0]);
      await send(serialize.close({ type: 'S', name: oldest[1].name }));
    }
    return statement;
  }

  async function run<T>(text: string, values: readonly unknown[], options?: QueryOptions): Promise<Results<T>> {
    const { name, types, rows } = await ready(text);
    const bind = serialize.bind({ statement: name, values: values.map((value, index) => asText(lite, value, types[index])) });
    const answer = await send(bind, serialize.execute({}));
    return parse.parseResults([...rows, ...answer], lite.parsers, options)[0] as Results<T>;
  }

  /** A change of a table would make statements fail that return its rows. */
  async function forget(text: string): Promise<void> {
    if (known.size === 0 || !/\b(?:create|alter|drop)\b/i.test(text)) return;
    const names = [...known.values()].map(({ name }) => name);
    known.clear();
    await send(...names.map((name) => serialize.close({ type: 'S', name })));
  }

  /** Outside of a transaction: nobody else's may be open, and what it wrote is kept in its files. */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    await lite.waitReady;
    if (lite.closed) throw new Error('The embedded database is closed.');
    return lite._runExclusiveTransaction(async () => {
      const result = await lite.runExclusive(work);
      await lite.syncToFs();
      return result;
    });
  }

  function within(tx: Transaction): Transaction {
    return {
      query: async <T>(text: string, values: unknown[] = [], options?: QueryOptions) => {
        if (isPreparable(text)) return lite.runExclusive(() => run<T>(text, values, options));
        await lite.runExclusive(() => forget(text));
        return tx.query<T>(text, values, options);
      },
      exec: async (text, options) => {
        await lite.runExclusive(() => forget(text));
        return tx.exec(text, options);
      },
      sql: tx.sql,
      rollback: tx.rollback,
      listen: tx.listen,
      get closed() {
        return tx.closed;
      },
    };
  }

  return askedBy(lite, {
    query: async <T>(text: string, values: unknown[] = [], options?: QueryOptions) => {
      if (isPreparable(text)) return alone(() => run<T>(text, values, options));
      await alone(() => forget(text));
      return lite.query<T>(text, values, options);
    },
    exec: async (text, options) => {
      if (isPreparable(text)) return [await alone(() => run(text, [], options))];
      await alone(() => forget(text));
      return lite.exec(text, options);
    },
    transaction: (work) => lite.transaction((tx) => work(within(tx))),
  });
}

/** A value as PGlite itself would send it. */
function asText(lite: PGlite, value: unknown, type: number | undefined): string | null {
  if (value === null || value === undefined) return null;
  const write = type === undefined ? undefined : lite.serializers[type];
  return write === undefined ? `${value as string | number | bigint | boolean}` : write(value);
}
