import type { z } from 'zod';
import type { Json } from '../record.ts';

/**
 * How a message goes on once it is in Slack. `live`: it is edited as its incident moves on. `once`: it stays as it was posted. `ready`: the same, and whoever
 * puts it has drawn it already. Boards (`defineBoard`) are edited as the work goes on that they show.
 */
export type MessageKind = 'live' | 'once' | 'ready';

/** A message to put, beside its key and its place: `sendMessage(tx, { key, ..., ...CARD_MESSAGE.with({}) })`. */
export interface PutMessage<Name extends string = string> {
  readonly template: Name;
  readonly data: Json;
}

export interface MessageDefinition<Name extends string, Kind extends MessageKind, Schema extends z.ZodType> {
  readonly name: Name;
  readonly kind: Kind;
  /** What it is for, as part of a sentence: `the incident card`. */
  readonly words: string;
  /** It mentions people so that they come. */
  readonly calls: boolean;
  with(data: z.input<Schema>): PutMessage<Name>;
  /** What is stored with it; another release may have stored it. @throws ZodError */
  read(data: Json): z.output<Schema>;
}

/** Declares a message. Its name is stored with messages that wait: never rename one. */
export function defineMessage<Name extends string, Kind extends MessageKind, Schema extends z.ZodType>(
  name: Name,
  { kind, words, calls = false, data: schema }: { readonly kind: Kind; readonly words: string; readonly calls?: boolean; readonly data: Schema },
): MessageDefinition<Name, Kind, Schema> {
  return { name, kind, words, calls, with: (data) => ({ template: name, data: data as Json }), read: (data) => schema.parse(data) };
}

/** What a board shows: `putBoard(tx, place, rev, PROGRESS_BOARD.with({ ... }))`. */
export interface ShownBoard<Name extends string = string> {
  readonly board: Name;
  readonly view: Json;
}

export interface BoardDefinition<Name extends string, Schema extends z.ZodType> {
  readonly name: Name;
  readonly kind: 'board';
  readonly words: string;
  /** It mentions people so that they come. */
  readonly calls: boolean;
  with(view: z.input<Schema>): ShownBoard<Name>;
  /** The view that is stored with it; another release may have stored it. @throws ZodError */
  read(view: Json): z.output<Schema>;
}

/** Declares a message that shows how work goes on: all that it shows is stored with it. Its name is stored: never rename one. */
export function defineBoard<Name extends string, Schema extends z.ZodType>(
  name: Name,
  { words, calls = false, view: schema }: { readonly words: string; readonly calls?: boolean; readonly view: Schema },
): BoardDefinition<Name, Schema> {
  return { name, kind: 'board', words, calls, with: (view) => ({ board: name, view: view as Json }), read: (view) => schema.parse(view) };
}
