import { describe, expect, test } from '@jest/globals';
import { notesTold, withNewestNotes } from '../../src/domain/incident/notes.ts';
import { draftUpdate, unreadUpdate } from '../../src/domain/incident/update.ts';
import { codeOf } from './helpers/code-of.ts';
import { ada, declared, joan } from './helpers/incidents.ts';

/** Joan wrote two notes; Ada has the command. */
function noted() {
  const life = declared('P1');
  life.ask({ type: 'acknowledge' });
  life.ask({ type: 'add-note', text: 'first' }, joan);
  life.ask({ type: 'add-note', text: 'second' }, joan);
  return life;
}
const actionsOf = (life: ReturnType<typeof noted>) => life.incident.actions.map(({ text }) => text);

describe('Notes', () => {
  test('are edited by their author alone; the next update has the newest words, and publishes none by itself', () => {
    const life = noted();
    life.ask({ type: 'edit-note', number: 1, text: 'corrected' }, joan);
    expect(codeOf(() => life.ask({ type: 'edit-note', number: 1, text: 'mine' }, ada))).toBe('not-your-note');
    expect(codeOf(() => life.ask({ type: 'edit-note', number: 3, text: 'x' }, joan))).toBe('unknown-note');
    expect(codeOf(() => life.ask({ type: 'edit-note', number: 1, text: ' ' }, joan))).toBe('text-missing');
    expect(actionsOf(life).slice(-2)).toEqual(['corrected', 'second']);
    expect(draftUpdate(life.incident).actions_taken.join()).toContain('corrected');
    expect(unreadUpdate(life.incident).actions_taken.join()).not.toMatch(/corrected|first/);
  });

  test('are struck by their author or the commander, once, and are not edited afterwards', () => {
    const life = noted();
    expect(codeOf(() => life.ask({ type: 'strike-note', number: 1 }, { ...joan, id: 'U0MARIE' }))).toBe('not-your-note');
    life.ask({ type: 'strike-note', number: 1, why: 'another incident' }, ada);
    life.ask({ type: 'strike-note', number: 2 }, joan);
    expect(life.ask({ type: 'strike-note', number: 1 }, joan)).toEqual([]);
    expect(codeOf(() => life.ask({ type: 'edit-note', number: 1, text: 'x' }, joan))).toBe('note-struck');
    expect(actionsOf(life)).not.toEqual(expect.arrayContaining(['first']));
    expect(draftUpdate(life.incident).actions_taken.join()).not.toMatch(/first|second/);
  });

  test('read as they do now wherever what happened is told, and the records keep all of it', () => {
    const life = noted();
    life.ask({ type: 'edit-note', number: 2, text: 'corrected' }, joan);
    life.ask({ type: 'edit-note', number: 2, text: 'corrected again' }, joan);
    life.ask({ type: 'strike-note', number: 1, why: 'another incident' }, ada);
    const texts = withNewestNotes(life.records).flatMap((record) => (record.type === 'note.added' ? [record.data.text] : []));
    expect(texts).toEqual(['(struck: another incident)', 'corrected again (edited)']);
    expect(notesTold(life.records)).toMatchObject([
      { number: 1, by: 'U0JOAN', text: 'first', struck: { why: 'another incident' } },
      { number: 2, text: 'corrected again', edited: true, struck: null },
    ]);
    expect(life.records.flatMap((record) => (record.type === 'note.added' ? [record.data.text] : []))).toEqual(['first', 'second']);
  });
});
