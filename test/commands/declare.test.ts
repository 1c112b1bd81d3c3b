import { expect, test } from '@jest/globals';
import { declare } from '../../commands/incident/declare.ts';
import { lookUp, request } from './helpers/fixture.ts';

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
