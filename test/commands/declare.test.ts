import { expect, test } from '@jest/globals';
import { declare } from '../../commands/incident/declare.ts';
import { lookUp, request, taken } from './helpers/fixture.ts';

async function declared(text: string): Promise<object | undefined> {
  const answer = await declare.run(request({ text }), lookUp());
  return answer.asks?.[0]?.ask;
}

test.each([
  'type:security-breach P1 aureus Keys leaked',
  'P1 aureus type:security-breach Keys leaked',
  'P1 aureus Keys type:security-breach leaked',
  'P1 aureus Keys leaked type:SECURITY-BREACH',
])('the type counts wherever it stands, so that a breach is private: %s', async (text) => {
  expect(await declared(text)).toMatchObject({ type: 'declare', incidentType: 'security-breach', title: 'Keys leaked' });
});

test('a type that is misspelt at the end opens no incident', async () => {
  await expect(declared('P1 aureus Keys leaked type:security-breech')).rejects.toThrow(/Did you mean `security-breach`/);
  expect(await declared('P1 aureus The prototype: it fails')).toMatchObject({ title: 'The prototype: it fails' });
});

test('what it is compared with fits into its record, however many incidents are open', async () => {
  const { incident, records } = taken('P1');
  const lives = Array.from({ length: 5_000 }, (_, i) => ({ incident: { ...incident, id: `INC-2026-${10_000 + i}` }, records }));
  const { service } = incident;
  const answer = await declare.run(request({ text: `P1 ${service} Keys leaked` }), lookUp({ lives }));
  expect(answer.asks?.[0]?.ask).toMatchObject({ beside: { length: 40 } });
});
