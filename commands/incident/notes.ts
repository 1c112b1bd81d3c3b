import { textModal } from '../../blocks/modals.ts';
import { editNoteModal, noteList, strikeNoteModal } from '../../blocks/notes.ts';
import { note as noteReply } from '../../blocks/replies.ts';
import { unknownNote } from '../../src/domain/incident/decide-note.ts';
import { type NoteTold, notesTold } from '../../src/domain/incident/notes.ts';
import { type Answer, ask, type Handler, incidentOf, type LookUp, type Request, type Subcommand, view } from '../command.ts';
import { reasonSchema, textSchema } from './schema.ts';

/** `edit 2 other words`, `strike #2 why`. Whatever has no number is a note that begins with that word. */
const CHANGE = /^(edit|strike)\s+#?(\d{1,4})(?:\s+([\s\S]*))?$/i;

export const note: Subcommand = {
  name: 'note',
  usage: 'note [edit|strike N] [text]',
  summary: 'Puts a note on the timeline, or changes or strikes one of yours.',
  incident: 'needed',
  run(request, look) {
    if (request.text === '') return { modal: textModal('incident.note', 'Add a note', 'Add', 'Note', incidentOf(request)) };
    const [, what = '', number = '', text = ''] = CHANGE.exec(request.text) ?? [];
    if (what === '') return ask(request, { type: 'add-note', text: request.text });
    if (what.toLowerCase() === 'strike') return strike(request, Number(number), text);
    return text === '' ? editForm(request, look, Number(number)) : edit(request, Number(number), text);
  },
};

export const noteView = view({
  schema: textSchema,
  submit: (request, input) => ask(request, { type: 'add-note', text: input.text }),
});

export const notes: Subcommand = {
  name: 'notes',
  usage: 'notes',
  summary: 'Shows the notes as they read now, with their numbers, to edit or strike one.',
  incident: 'needed',
  among: 'any',
  run: async (request, look) => ({ reply: noteList(incidentOf(request), await notesOf(request, look), request.person.id) }),
};

/** The buttons beside notes. */
export const editNoteForm: Handler = (request, look) => editForm(request, look, Number(request.value ?? ''));
export const strikeNoteForm: Handler = async (request, look) => ({
  modal: strikeNoteModal(incidentOf(request), await noteOf(request, look, Number(request.value ?? ''))),
});

export const editNoteView = view({
  schema: textSchema,
  submit: (request, input) => edit(request, Number(request.remember.number), input.text),
});

export const strikeNoteView = view({
  schema: reasonSchema,
  submit: (request, input) => strike(request, Number(request.remember.number), input.text ?? ''),
});

async function editForm(request: Request, look: LookUp, number: number): Promise<Answer> {
  return { modal: editNoteModal(incidentOf(request), await noteOf(request, look, number)) };
}

function edit(request: Request, number: number, text: string): Answer {
  return ask(request, { type: 'edit-note', number, text });
}

function strike(request: Request, number: number, why: string): Answer {
  return ask(request, { type: 'strike-note', number, why }, ([change]) =>
    change?.records.length === 0 ? noteReply(`Note ${number} was struck already.`) : null,
  );
}

async function noteOf(request: Request, look: LookUp, number: number): Promise<NoteTold> {
  const found = (await notesOf(request, look)).find((one) => one.number === number);
  if (found !== undefined) return found;
  throw unknownNote(incidentOf(request).id, number);
}

async function notesOf(request: Request, look: LookUp): Promise<readonly NoteTold[]> {
  return notesTold(await look.records(incidentOf(request).id));
}
