import { expect, test } from '@jest/globals';
import { isBesideLine, isPageOver } from '../../src/engine/reach/standing.ts';
import type { Store } from '../../src/ports/store.ts';
import { declared, type Life, MINUTE } from '../domain/helpers/incidents.ts';

function storeOf(life: Life): Store {
  return { records: async (_stream, range) => life.records.filter(({ seq: one }) => one === range?.from) } as Partial<Store> as Store;
}

function over(life: Life, seq: number): Promise<boolean> {
  return isPageOver(storeOf(life), life.incident, seq);
}

test('a page counts while its incident is open, and one from before a reopening no longer does', async () => {
  const life = declared('P1');
  expect(await over(life, 1)).toBe(false);
  life.at += MINUTE;
  life.ask({ type: 'resolve', summary: 'by itself' });
  expect(await over(life, 1)).toBe(true);
  life.at += MINUTE;
  life.ask({ type: 'reopen', reason: 'it is back' });
  expect(await over(life, 1)).toBe(true);
  expect(await over(life, life.records.length)).toBe(false);
});

test('what is escalated for another reason than a missing acknowledgement counts whatever the status', async () => {
  const life = declared('P1');
  life.ask({ type: 'escalate', reason: 'The revert failed' });
  const seq = life.records.length;
  life.at += 16 * MINUTE;
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'escalation' } } });
  life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'acknowledgement-breach' } } });
  const unacknowledged = life.records.length;
  life.ask({ type: 'resolve', summary: 'done' });
  expect(await over(life, seq)).toBe(false);
  expect(await over(life, unacknowledged)).toBe(true);
  expect(life.incident.escalation.nextAt).toBeNull();
});

test('somebody named is called beside the line, and for nothing that is over', async () => {
  const life = declared('P1');
  life.ask({ type: 'page', who: { user: 'U0GRACE' }, reason: 'She knows the disk' });
  const seq = life.records.length;
  expect(await over(life, seq)).toBe(false);
  expect(await isBesideLine(storeOf(life), life.incident.id, seq)).toBe(true);
  expect(await isBesideLine(storeOf(life), life.incident.id, 1)).toBe(false);
  life.ask({ type: 'resolve', summary: 'done' });
  expect(await over(life, seq)).toBe(true);
});
