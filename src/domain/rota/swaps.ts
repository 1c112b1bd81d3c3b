import { assertNever } from '../../lib/assert-never.ts';
import { own } from '../../lib/own.ts';
import { sayMoment, toIso } from '../../lib/time.ts';
import { UserError } from '../errors.ts';
import type { Person } from '../incident/commands.ts';
import { mention } from '../mentions.ts';
import type { Actor, NewRecord, StoredRecord } from '../record.ts';
import type { DataOf } from '../records/data/data-of.ts';
import type { ROTA_DATA } from '../records/data/rotas.ts';
import { TOCSIN } from '../streams.ts';
import { nextShift, onCall } from './on-call.ts';
import { peopleOf, type Rota, type Swap } from './rota.ts';

/** How far ahead (ms) a swap may end: longer than that is a change of the file. */
const LONGEST = 90 * 24 * 60 * 60_000;

/** What is kept of rotas beside the file: who stands in, and who was said last to be on call, by rota (`null`: nobody). A part of the state of `system`. */
export interface RotaState {
  readonly swaps: readonly Swap[];
  readonly said: Readonly<Record<string, string | null>>;
}

export const NO_SWAPS: RotaState = { swaps: [], said: {} };

type RotaEventData = DataOf<typeof ROTA_DATA>;
export type RotaEventType = keyof RotaEventData;
export type RotaEvent = { [T in RotaEventType]: NewRecord<T, RotaEventData[T]> }[RotaEventType];
export type RotaRecord = { [T in RotaEventType]: StoredRecord<T, RotaEventData[T]> }[RotaEventType];

/** What may be asked of a rota. `from` and `until`: ms of the one clock. */
export type RotaCommand =
  | { readonly type: 'swap'; readonly by: Person; readonly user: string; readonly from: number; readonly until: number }
  | { readonly type: 'restore'; readonly by: Person }
  /** Somebody else may be on call by now. `before`: who was when it was last looked at, where no record says so. */
  | { readonly type: 'settle'; readonly before: string | null };

/** What happens to a rota: the events, in order. Pure. `at`: ms of the one clock. @throws UserError */
export function decideRota(state: RotaState, rota: Rota, command: RotaCommand, at: number): readonly RotaEvent[] {
  switch (command.type) {
    case 'swap':
      return [swap(state, rota, command, at)];
    case 'restore': {
      const swapped = swapMeant(state, rota, command.by.id, at);
      if (swapped === undefined) throw new UserError('no-swap', `Nobody stands in for anybody in ${rota.name}. \`/oncall\` shows who is on call.`);
      const { user } = onCall(rota, without(state.swaps, swapped), Math.max(at, swapped.from));
      assertMay(rota, command.by, [swapped.user, swapped.by, user]);
      return [event('rota.restored', { rota: rota.id, swap: swapped.id, user: swapped.user }, command.by)];
    }
    case 'settle': {
      const said = own(state.said, rota.id);
      const before = said === undefined ? command.before : said;
      const { user } = onCall(rota, state.swaps, at);
      if (user === before) return [];
      const until = nextShift(rota, state.swaps, at)?.from ?? null;
      return [event('rota.changed', { rota: rota.id, user, before, until: until === null ? null : toIso(until) }, null)];
    }
    default:
      return assertNever(command);
  }
}

function swap(state: RotaState, rota: Rota, { by, user, from, until }: Extract<RotaCommand, { type: 'swap' }>, at: number): RotaEvent {
  const begins = Math.max(from, at);
  if (until <= begins) throw new UserError('swap-over', 'That time has passed. Name one that is ahead: `/oncall swap @person until tomorrow 09:00`.');
  if (until - at > LONGEST) throw new UserError('swap-long', 'A swap lasts 90 days at most. What is longer belongs in the rota itself.');
  const instead = onCall(rota, state.swaps, begins).user;
  if (instead === user && isAlone(rota, state, user, begins, until))
    throw new UserError('swap-nothing', `${mention(user)} is on call for ${rota.name} in all of that time. There is nothing to swap.`);
  // Nobody puts themselves on call by whom the file does not name: that would be a way to a role.
  assertMay(rota, by, [instead, ...peopleOf(rota).filter((one) => one === user)]);
  assertOwnTurn(state, rota, by, user, begins, until);
  return event('rota.swapped', { rota: rota.id, user, instead, from: toIso(begins), until: toIso(until) }, by);
}

/** Whether nobody else is on call in a time. */
function isAlone(rota: Rota, { swaps }: RotaState, user: string, from: number, until: number): boolean {
  const next = nextShift(rota, swaps, from);
  return next === null || next.user === user || next.from >= until;
}

/** Who is in it may, and who answers for a service that the rota is for. @throws UserError */
function assertMay(rota: Rota, by: Person, involved: readonly (string | null)[]): void {
  if (!by.trusted)
    throw new UserError('not-trusted', 'Guests, bots and people of other workspaces cannot change who is on call. Ask a full member to do it.', {
      refusal: true,
    });
  if (by.roles.includes('responder') || involved.includes(by.id)) return;
  throw new UserError(
    'role-needed',
    `Only those who swap, if they are in the rota, and responders may change who is on call for ${rota.name}. Ask one of them.`,
    {
      refusal: true,
    },
  );
}

/**
 * Who has no role for it gives away no more than the turn that they have: whoever stands in would else prolong it for ever, and with it the role
 * that being on call gives. Whom the file names may take others' turns. @throws UserError
 */
function assertOwnTurn(state: RotaState, rota: Rota, by: Person, user: string, begins: number, until: number): void {
  if (by.roles.includes('responder') || (by.id === user && peopleOf(rota).includes(user))) return;
  const end = nextShift(rota, state.swaps, begins)?.from ?? Number.POSITIVE_INFINITY;
  if (until <= end) return;
  throw new UserError(
    'not-your-turn',
    `Your turn in ${rota.name} ends at ${sayMoment(end)}. You can give away no more than that; ask a responder for a longer swap.`,
    { refusal: true },
  );
}

/** The swap that somebody means who takes one back: that which is on, else the newest of their own, else the newest. */
export function swapMeant({ swaps }: Pick<RotaState, 'swaps'>, rota: Pick<Rota, 'id'>, by: string, at: number): Swap | undefined {
  const ahead = swaps.filter((one) => one.rota === rota.id && at < one.until);
  return ahead.findLast((one) => one.from <= at) ?? ahead.findLast((one) => one.by === by || one.user === by) ?? ahead.at(-1);
}

function without(swaps: readonly Swap[], swapped: Swap): readonly Swap[] {
  return swaps.filter((one) => one !== swapped);
}

/** The rotas after a record of `system`; records of other types change nothing. */
export function evolveRotas(state: RotaState, stored: StoredRecord): RotaState {
  const record = stored as RotaRecord;
  const at = Date.parse(record.time);
  switch (record.type) {
    case 'rota.swapped': {
      const { rota, user, from, until } = record.data;
      const made = { id: `SWP-${record.seq}`, rota, user, from: Date.parse(from), until: Date.parse(until), by: record.actor.id };
      return { ...state, swaps: [...state.swaps.filter((one) => at < one.until), made] };
    }
    case 'rota.restored':
      return { ...state, swaps: state.swaps.filter(({ id }) => id !== record.data.swap) };
    case 'rota.changed':
      return { ...state, said: { ...state.said, [record.data.rota]: record.data.user } };
    default:
      return state;
  }
}

function event<T extends RotaEventType>(type: T, data: RotaEventData[T], by: Person | null): RotaEvent {
  const actor: Actor = by === null ? TOCSIN : { kind: 'person', id: by.id };
  return { type, v: 1, actor, subject: data.rota, outcome: 'done', data } as RotaEvent;
}
