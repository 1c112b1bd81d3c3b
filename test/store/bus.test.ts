import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type pg from 'pg';
import { postgresBus } from '../../src/store/bus.ts';

/** A connection that listens and hears nothing. */
class Listening extends EventEmitter {
  async connect() {}
  async query() {}
  async end() {}
}

/** A bus, and what it has told the other replicas by now: one list for each statement. */
function bus() {
  const told: string[][] = [];
  const errors: unknown[] = [];
  let isOpen = true;
  const query = async (_: string, [, , topics]: readonly [string, string, readonly string[]]) => {
    if (!isOpen) throw new Error('the pool has ended');
    told.push([...topics]);
    return { rows: [] };
  };
  const session = { Client: Listening, application_name: 'test' } as unknown as Parameters<typeof postgresBus>[1];
  const made = postgresBus({ query } as unknown as pg.Pool, session, (error) => errors.push(error));
  const close = async () => {
    await made.close();
    isOpen = false;
  };
  return { publish: made.publish, close, told, errors };
}

test('what is published together is told at once, and of each job one worker hears', async () => {
  const { publish, close, told } = bus();
  for (const topic of ['appended', 'queue:flow', 'queue:flow', 'queue:message', 'queue:flow', 'appended']) publish(topic);
  await close();
  expect(told).toEqual([['appended', 'queue:flow', 'queue:flow#1', 'queue:message', 'queue:flow#2']]);
});

test('what was published right before the end is told', async () => {
  const { publish, close, told, errors } = bus();
  publish('appended');
  await close();
  expect(told).toEqual([['appended']]);
  expect(errors).toEqual([]);
});
