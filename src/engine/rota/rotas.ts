import { randomUUID } from 'node:crypto';
import { UserError } from '../../domain/errors.ts';
import { HANDOVER_BOARD } from '../../domain/messages/messages.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { calledByRota, everybodyOf, type OnRota, type Rotas } from '../../domain/rota/called.ts';
import { nextShift, onCall } from '../../domain/rota/on-call.ts';
import { isListed, type Rota } from '../../domain/rota/rota.ts';
import { decideRota, type RotaCommand, type RotaRecord } from '../../domain/rota/swaps.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { own } from '../../lib/own.ts';
import { toIso } from '../../lib/time.ts';
import type { ChainRecord } from '../../ports/evidence.ts';
import type { Store, StoreTx, StreamHead } from '../../ports/store.ts';
import { ROTA_KEEP, ROTA_TURN } from '../run-kinds.ts';
import { putBoard } from '../runbooks/board.ts';
import { evolveSystem, type SystemState, storedSystem, systemAt } from '../system-state.ts';
import { type RotaCopy, storedCopy, withCopies } from './copies.ts';

export interface RotasDeps {
  readonly store: Store;
  readonly chain: ChainRecord;
  /** Of the file; those that are kept elsewhere without their turns. */
  readonly rotas: Rotas['rotas'];
  /** Where each of those is kept, as configured. */
  readonly sources: Readonly<Record<string, string>>;
  /** Where a hand-over is announced. */
  readonly channelsOf: (rota: string) => readonly string[];
  /** Whether something in Slack is kept in step with it. */
  readonly isKept: (rota: string) => boolean;
}

/** Who is on call: by the file, by the copies of what is kept elsewhere, and by swaps, which are a part of the state of `system`. */
export interface RotaBook {
  /** The rotas, and who stands in, as they are now. */
  look(): Promise<Rotas>;
  /** The same of the rotas alone, as a transaction sees them. */
  inTx(tx: StoreTx): Promise<Rotas['rotas']>;
  /** Who is called by a line that names a rota. */
  called(line: OnRota): Promise<readonly string[]>;
  /** Everybody who may be on call by a rota. */
  everybody(rota: string): Promise<readonly string[]>;
  /** Swaps, or takes a swap back, and announces what follows now. @throws UserError */
  ask(tx: StoreTx, rota: string, command: Exclude<RotaCommand, { type: 'settle' }>): Promise<void>;
  /**
   * Announces that somebody else is on call, or nobody, if that is so, and waits for the next time. `before`: who was when it began to wait; `undefined`
   * where that is not known, and nothing is announced.
   */
  settle(tx: StoreTx, rota: string, before: string | null | undefined): Promise<void>;
  /** Keeps a new copy of a rota that is kept elsewhere, and announces what follows now. */
  take(tx: StoreTx, rota: string, copy: RotaCopy): Promise<void>;
}

export function createRotas({ store, chain, rotas, sources, channelsOf, isKept }: RotasDeps): RotaBook {
  /** What was read last, so that the records of an older version are not replayed again and again. */
  let newest: { readonly hash: string; readonly state: SystemState } | null = null;

  async function stateAt(head: StreamHead | null, records: (stream: string) => Promise<StoredRecord[]>): Promise<SystemState> {
    if (head !== null && newest?.hash === head.hash) return newest.state;
    const state = await systemAt(head, records);
    if (head !== null) newest = { hash: head.hash, state };
    return state;
  }

  async function look(): Promise<Rotas> {
    const { swaps } = (await stateAt(await store.head(SYSTEM_STREAM), store.records)).rotas;
    return { rotas: await withLists(store), swaps };
  }

  /** Nothing is looked up where every rota is the file's own. */
  async function withLists(from: Pick<StoreTx, 'rotaLists'>): Promise<Rotas['rotas']> {
    return Object.keys(sources).length === 0 ? rotas : withCopies(rotas, sources, await from.rotaLists());
  }

  /** A rota as a transaction sees it, and who stands in. */
  async function seen(tx: StoreTx, id: string): Promise<{ readonly rota: Rota; readonly swaps: Rotas['swaps'] } | null> {
    const { swaps } = (await stateAt(await tx.lockStream(SYSTEM_STREAM), tx.records)).rotas;
    const rota = own(await withLists(tx), id);
    return rota === undefined ? null : { rota, swaps };
  }

  /** Decides and records, in the caller's transaction. */
  async function record(tx: StoreTx, rota: Rota, command: RotaCommand): Promise<readonly RotaRecord[]> {
    const head = await tx.lockStream(SYSTEM_STREAM);
    const at = await tx.now();
    let state = await stateAt(head, tx.records);
    let position = { seq: head.seq, hash: head.hash };
    const chained = decideRota(state.rotas, rota, command, at).map((event) => {
      const next = chain(position, event, { stream: SYSTEM_STREAM, time: toIso(at), eventId: randomUUID() });
      position = { seq: next.record.seq, hash: next.hash };
      state = evolveSystem(state, next.record);
      return next;
    });
    if (chained.length > 0) await tx.append(head, chained, storedSystem(state));
    return chained.map((one) => one.record as RotaRecord);
  }

  async function settle(tx: StoreTx, id: string, before: string | null | undefined): Promise<void> {
    const found = await seen(tx, id);
    // It was taken out of the file meanwhile, or was never read: nobody knows who is on call.
    if (found === null || (isListed(found.rota) && found.rota.list === null)) return;
    const { rota, swaps } = found;
    const at = await tx.now();
    const now = onCall(rota, swaps, at).user;
    const next = nextShift(rota, swaps, at);
    const said = await record(tx, rota, { type: 'settle', before: before === undefined ? now : before });
    for (const one of said) await announce(tx, rota, one);
    if (isKept(id)) {
      // Once for each change, and at a start once for each shift.
      const once = said[0]?.seq ?? `${now}:${next?.from ?? 'ever'}`;
      await tx.startRun({ id: `rota-keep:${id}:${once}`, ...ROTA_KEEP.with({ rota: id }) });
    }
    if (next !== null) await tx.startRun({ id: `rota:${id}:${next.from}`, ...ROTA_TURN.with({ rota: id, at: next.from, before: now }) });
  }

  async function announce(tx: StoreTx, rota: Rota, said: RotaRecord): Promise<void> {
    if (said.type !== 'rota.changed') return;
    const { id, name } = rota;
    const { user, before, until } = said.data;
    const { because } = onCall(rota, [], Date.parse(said.time));
    const missing = user === null && 'missing' in because ? (because.missing?.says ?? null) : null;
    const view = { rota: name, user, before, until: until === null ? null : Date.parse(until), missing };
    for (const channel of channelsOf(id)) {
      const board = { key: `${said.event_id}:${channel}`, stream: SYSTEM_STREAM, to: { kind: 'channel', channel } } as const;
      await putBoard(tx, board, said.seq, HANDOVER_BOARD.with(view));
    }
  }

  return {
    look,
    settle,
    inTx: withLists,
    async take(tx, id, copy) {
      const found = await seen(tx, id);
      const isKnown = found !== null && (!isListed(found.rota) || found.rota.list !== null);
      const before = isKnown ? onCall(found.rota, found.swaps, await tx.now()).user : undefined;
      await tx.setRotaList(id, storedCopy(copy));
      await settle(tx, id, before);
    },
    called: async (line) => calledByRota(await look(), line, await store.now()),
    everybody: async (id) => everybodyOf(await look(), id, await store.now()),
    async ask(tx, id, command) {
      const found = await seen(tx, id);
      if (found === null) throw new UserError('no-rota', `There is no rota “${id}” any more. \`/oncall\` shows those that there are.`);
      const { rota, swaps } = found;
      const before = onCall(rota, swaps, await tx.now()).user;
      await record(tx, rota, command);
      await settle(tx, id, before);
    },
  };
}
