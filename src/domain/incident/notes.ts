import { z } from 'zod';
import type { StoredRecord } from '../record.ts';
import type { Incident } from './incident.ts';

/** A note of the timeline. People name it by its number: they are counted from 1, and never change. What it says is in the records. */
export interface Note {
  readonly by: string;
  /** It does not count any more. */
  readonly struck?: true;
}

/** A note as the records tell of it. */
export interface NoteTold {
  readonly number: number;
  /** The seq of the record that added it. */
  readonly seq: number;
  readonly by: string;
  /** When it was added: UTC, milliseconds, `Z`. */
  readonly time: string;
  /** As it reads now. */
  readonly text: string;
  readonly edited: boolean;
  /** Why it does not count any more, in a person's words where they gave any; `null` for one that counts. */
  readonly struck: { readonly why: string | null } | null;
}

const addedSchema = z.object({ text: z.string() });
const editedSchema = z.object({ number: z.number(), text: z.string() });
const struckSchema = z.object({ number: z.number(), why: z.string().nullable() });

/** Every note of an incident as it reads now, in the order in which they were added. Pure. */
export function notesTold(records: readonly StoredRecord[]): readonly NoteTold[] {
  const notes: NoteTold[] = [];
  const change = (number: number, what: Partial<NoteTold>) => {
    const note = notes[number - 1];
    if (note !== undefined) notes[number - 1] = { ...note, ...what };
  };
  for (const { type, seq, time, actor, data } of records) {
    if (type === 'note.added') {
      const text = addedSchema.safeParse(data).data?.text ?? '';
      notes.push({ number: notes.length + 1, seq, by: actor.id, time, text, edited: false, struck: null });
    } else if (type === 'note.edited') {
      const edit = editedSchema.safeParse(data).data;
      if (edit !== undefined) change(edit.number, { text: edit.text, edited: true });
    } else if (type === 'note.struck') {
      const strike = struckSchema.safeParse(data).data;
      if (strike !== undefined) change(strike.number, { struck: { why: strike.why } });
    }
  }
  return notes;
}

/** What a note says, for who reads it: its newest words and that they are not the first, or that it does not count. */
export function sayNote({ text, edited, struck }: Pick<NoteTold, 'text' | 'edited' | 'struck'>): string {
  if (struck !== null) return struck.why === null ? '(struck)' : `(struck: ${struck.why})`;
  return edited ? `${text} (edited)` : text;
}

/** The records with each note as it reads now: for whoever reads what happened. What was written first stays in the record itself. */
export function withNewestNotes<R extends StoredRecord>(records: readonly R[]): readonly R[] {
  const changed = new Map(notesTold(records).flatMap((note) => (note.edited || note.struck !== null ? [[note.seq, note] as const] : [])));
  if (changed.size === 0) return records;
  return records.map((record) => {
    const note = record.type === 'note.added' ? changed.get(record.seq) : undefined;
    return note === undefined ? record : { ...record, data: { ...addedSchema.loose().parse(record.data), text: sayNote(note) } };
  });
}

/** The state with one more note. */
export function withNote(state: Incident, by: string): Incident {
  return { ...state, notes: [...(state.notes ?? []), { by }] };
}

/** What the next update lists of a note that reads otherwise now. */
export function withNoteEdited(state: Incident, number: number, text: string): Incident {
  return { ...state, actions: state.actions.map((action) => (action.note === number ? { ...action, text } : action)) };
}

/** A struck note is in no update. */
export function withNoteStruck(state: Incident, number: number): Incident {
  const notes = (state.notes ?? []).map((note, i) => (i === number - 1 ? { ...note, struck: true as const } : note));
  return { ...state, notes, actions: state.actions.filter(({ note }) => note !== number) };
}
