import { describe, expect, test } from '@jest/globals';
import { turnsOf } from '../../src/engine/rota/naming.ts';
import { readFeed } from '../../src/engine/rota/reading.ts';
import type { NamedTurn } from '../../src/ports/rotas.ts';

const SLACK: Readonly<Record<string, string>> = { 'ada@example.com': 'U0ADA', 'linus@example.com': 'U0LINUS', 'lead@example.com': 'U0LEAD' };
const PEOPLE = { Ada: 'U0ADA', 'Ada Byron': 'U0BYRON', 'Grace@Example.com': 'U0GRACE', Zoë: 'U0ZOE' };

async function users(turn: Partial<NamedTurn>): Promise<readonly (string | null)[]> {
  const named = { mails: [], organizer: null, says: '', from: 0, until: 1, ...turn };
  return (await turnsOf([named], PEOPLE, async (mail) => SLACK[mail] ?? null)).map(({ user }) => user);
}

describe('[VQ-25] whose turn it is', () => {
  test('by the addresses of those who are invited, where the file wins over Slack', async () => {
    expect(await users({ mails: ['linus@example.com', 'ada@example.com'] })).toEqual(['U0LINUS', 'U0ADA']);
    expect(await users({ mails: ['grace@example.com'] })).toEqual(['U0GRACE']);
    expect(await users({ mails: ['stranger@example.com', 'ada@example.com'], says: 'Zoë' })).toEqual(['U0ADA']);
  });

  test('by names of the file in the title: whole words, the longest first, in the order of the text', async () => {
    expect(await users({ says: 'On call - ADA - Platform' })).toEqual(['U0ADA']);
    expect(await users({ says: 'Ada Byron' })).toEqual(['U0BYRON']);
    expect(await users({ says: 'Zoë & Ada' })).toEqual(['U0ZOE', 'U0ADA']);
    expect(await users({ says: 'Adamant, Canada' })).toEqual([null]);
    expect(await users({ says: 'constructor __proto__' })).toEqual([null]);
  });

  test('by a title that is an address, and by who organizes it only where nobody is invited', async () => {
    expect(await users({ says: ' Linus@example.com ' })).toEqual(['U0LINUS']);
    expect(await users({ says: 'On call', organizer: 'lead@example.com' })).toEqual(['U0LEAD']);
    expect(await users({ says: 'On call', organizer: 'lead@example.com', mails: ['stranger@example.com'] })).toEqual([null]);
  });

  test('of too many addresses Slack is not asked at all costs', async () => {
    const mails = Array.from({ length: 101 }, (_, i) => `p${i}@example.com`);
    await expect(users({ mails })).rejects.toThrow('more than 100 mail addresses');
  });

  test('turns of several people count as one of each: of too many nothing is kept', async () => {
    const mails = ['ada@example.com', 'linus@example.com', 'lead@example.com', 'zoe@example.com'];
    const read = (count: number) => {
      const turns = Array.from({ length: count }, (_, i) => ({ mails, organizer: null, says: 'On call', from: i, until: i + 1 }));
      const reader = { read: async () => ({ turns, tag: null, problems: [] }) };
      const feed = { rota: { id: 'platform', name: 'Platform' }, source: 'calendar', every: 300_000, people: { 'zoe@example.com': 'U0ZOE' }, reader };
      return readFeed(feed, async (mail) => SLACK[mail] ?? null, 0, null);
    };
    const kept = await read(700);
    expect(kept === 'same' ? 0 : kept.list.turns.length).toBe(2_800);
    await expect(read(800)).rejects.toThrow('more than 3000 turns');
  });
});
