import { describe, expect, test } from '@jest/globals';
import { Flights } from '../../../src/adapters/kubernetes/flights.ts';

describe('Reads that are under way', () => {
  test('are shared by who asks the same at the same moment', async () => {
    const flights = new Flights();
    let reads = 0;
    const gate = Promise.withResolvers<string>();
    const read = () => {
      reads += 1;
      return gate.promise;
    };
    const both = Promise.all([flights.join('/a', undefined, read), flights.join('/a', undefined, read), flights.join('/b', undefined, read)]);
    gate.resolve('seen');
    expect(await both).toEqual(['seen', 'seen', 'seen']);
    expect(reads).toBe(2);
    await flights.join('/a', undefined, read);
    expect(reads).toBe(3);
  });

  test('are not joined after a write: who has written sees what was written', async () => {
    const flights = new Flights();
    let state = 'old';
    const gate = Promise.withResolvers<void>();
    const early = flights.join('/a', undefined, async () => {
      const seen = state;
      await gate.promise;
      return seen;
    });
    state = 'new';
    flights.wrote();
    const late = flights.join('/a', undefined, async () => state);
    gate.resolve();
    expect([await early, await late]).toEqual(['old', 'new']);
  });

  test('that fail for one, by its own abort, are read again for the other', async () => {
    const flights = new Flights();
    const gate = Promise.withResolvers<string>();
    const first = flights.join('/a', undefined, () => gate.promise);
    const second = flights.join('/a', undefined, async () => 'mine');
    gate.reject(new Error('aborted'));
    await expect(first).rejects.toThrow('aborted');
    expect(await second).toBe('mine');
  });
});
