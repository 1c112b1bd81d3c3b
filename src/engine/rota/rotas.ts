import { randomUUID } from 'node:crypto';
import { UserError } from '../../domain/errors.ts';
import { HANDOVER_BOARD } from '../../domain/messages/messages.ts';
import type { StoredRecord } from '../../domain/record.ts';
import { calledByRota, everybodyOf, type OnRota, type Rotas } from '../../domain/rota/called.ts';
import { nextShift, onCall } from '../../domain/rota/on-call.ts';
import type { Rota } from '../../domain/rota/rota.ts';
import { decideRota, type RotaCommand, type RotaRecord } from '../../domain/rota/swaps.ts';
import { SYSTEM_STREAM } from '../../domain/streams.ts';
import { own } from '../../lib/own.ts';
import { toIso } from '../../lib/time.ts';
import type { ChainRecord } from '../../ports/evidence.ts';
import type { Store, StoreTx, StreamHead } from '../../ports/store.ts';
import { ROTA_KEEP, ROTA_TURN } from '../run-kinds.ts';
import { putBoard } from '../runbooks/board.ts';
import { evolveSystem, type SystemState, storedSystem, systemAt } from '../system-state.ts';

export interface RotasDeps {
  readonly store: Store;
  readonly chain: ChainRecord;
  readonly rotas: Rotas['rotas'];
  /** Where a hand-over is announced. */
  readonly channelsOf: (rota: string) => readonly string[];
  /** Whether something in Slack is kept in step with it. */
  readonly isKept: (rota: string) => boolean;
}

/** Who is on call: by the file, and by swaps, which are a part of the state of `system`. */
export interface RotaBook {
  /** The rotas, and who stands in, as they are now. */
  look(): Promise<Rotas>;
  /** Who is called by a line that names a rota. */
  called(line: OnRota): Promise<readonly string[]>;
  /** Everybody who may be on call by a rota. */
  everybody(rota: string): Promise<readonly string[]>;
  /** Swaps, or takes a swap back, and announces what follows now. @throws UserError */
  ask(tx: StoreTx, rota: string, command: Exclude<RotaCommand, { type: 'settle' }>): Promise<void>;
  /** Announces that somebody else is on call, if that is so, and waits for the next time. `before`: who was when it began to wait. */
  settle(tx: StoreTx, rota: string, before: string | null): Promise<void>;
}

export function createRotas({ store, chain, rotas, channelsOf, isKept }: RotasDeps): RotaBook {
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
    return { rotas, swaps };
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

  async function settle(tx: StoreTx, id: string, before: string | null): Promise<void> {
    const rota = own(rotas, id);
    // It was taken out of the file meanwhile.
    if (rota === undefined) return;
    const at = await tx.now();
    const { swaps } = (await stateAt(await tx.lockStream(SYSTEM_STREAM), tx.records)).rotas;
    const now = onCall(rota, swaps, at).user;
    const next = nextShift(rota, swaps, at);
    const said = await record(tx, rota, { type: 'settle', before: before ?? now });
    for (const one of said) await announce(tx, rota, one);
    if (isKept(id)) {
      // Once for each change, and at a start once for each shift.
      const once = said[0]?.seq ?? `${now}:${next?.from ?? 'ever'}`;
      await tx.startRun({ id: `rota-keep:${id}:${once}`, ...ROTA_KEEP.with({ rota: id }) });
    }
    if (next !== null) await tx.startRun({ id: `rota:${id}:${next.from}`, ...ROTA_TURN.with({ rota: id, at: next.from, before: now }) });
  }

  async function announce(tx: StoreTx, { id, name }: Rota, said: RotaRecord): Promise<void> {
    if (said.type !== 'rota.changed') return;
    const { user, before, until } = said.data;
    const view = { rota: name, user, before, until: until === null ? null : Date.parse(until) };
    for (const channel of channelsOf(id)) {
      const board = { key: `${said.event_id}:${channel}`, stream: SYSTEM_STREAM, to: { kind: 'channel', channel } } as const;
      await putBoard(tx, board, said.seq, HANDOVER_BOARD.with(view));
    }
  }

  return {
    look,
    settle,
    called: async (line) => calledByRota(await look(), line, await store.now()),
    everybody: async (id) => everybodyOf(await look(), id, await store.now()),
    async ask(tx, id, command) {
      const rota = own(rotas, id);
      if (rota === undefined) throw new UserError('no-rota', `There is no rota “${id}” any more. \`/oncall\` shows those that there are.`);
      const { swaps } = (await stateAt(await tx.lockStream(SYSTEM_STREAM), tx.records)).rotas;
      const before = onCall(rota, swaps, await tx.now()).user;
      await record(tx, rota, command);
      await settle(tx, id, before);
    },
  };
}
