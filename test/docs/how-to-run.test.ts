import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ADA, approve, environmentOf, GRACE, incidentOf, planOf } from '../e2e/helpers/remedies.ts';
import { DEMO, startWorld, type World } from '../e2e/helpers/world.ts';
import { inMemory } from '../store/helpers/memory.ts';
import { read } from './files.ts';
import { fenced } from './markdown.ts';

describe('The runbook of docs/how-to/write-a-runbook.md, in a folder of its own', () => {
  const page = read('docs/how-to/write-a-runbook.md');
  const blocks = fenced(page, 'yaml');
  let folder: string;
  let world: World;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tocsin-runbooks-'));
    await mkdir(join(folder, 'aureus'));
    world = await startWorld({ platforms: true, config: (text) => `${text}runbooks: ${folder}\n`, database: await inMemory() });
  });
  afterAll(async () => {
    await world.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The slash command of the page that begins like this. */
  function command(start: string): string {
    const found = fenced(page, '')
      .flatMap((text) => text.split('\n'))
      .find((line) => line.startsWith(start));
    if (found === undefined) throw new Error(`The page has no ${start}.`);
    return found;
  }

  async function save(count: number): Promise<void> {
    await writeFile(join(folder, 'aureus', 'queries-too-slow.yml'), blocks.slice(0, count).join('\n'));
    await loaded(count);
  }

  /** The folder is watched: the file is there after a moment. */
  async function loaded(count: number): Promise<void> {
    const remedies = Math.max(0, count - 3);
    const patience = performance.now() + 30_000;
    while (performance.now() < patience) {
      await world.say(ADA, DEMO.incidents, '/runbook show aureus/queries-too-slow');
      const last = JSON.stringify(world.slack.ephemerals(ADA).at(-1)?.message ?? '');
      const shown = ['Restart the frontend', 'Allow fewer queries'].filter((title) => last.includes(title)).length;
      if (last.includes('Queries take too long') && shown === remedies) return;
    }
    throw new Error('The runbook was not read.');
  }

  test('is read as it grows, looks, and changes what it says, with two people, and back', async () => {
    await save(2);
    await world.say(ADA, DEMO.incidents, command('/incident declare'));
    const [index] = await world.tocsin.store.incidents({});
    const situation = { id: index?.id ?? '', room: world.room(index?.id ?? '') };
    await world.say(ADA, situation.room, command('/incident ack'));
    await world.say(ADA, situation.room, command('/runbook diagnose'));
    expect(world.texts(situation.room).join('\n')).toContain('3 of 3 pods ready');

    await save(5);
    await world.say(ADA, situation.room, '/runbook run queries-too-slow limit-queries limit=3 Users wait');
    const plan = await planOf(world, situation.id);
    await approve(world, ADA, situation, plan);
    expect(environmentOf(world, 'aureus', 'aureus-frontend')).not.toHaveProperty('RATE_LIMIT_QUERY');
    await approve(world, GRACE, situation, plan);
    expect(environmentOf(world, 'aureus', 'aureus-frontend')).toMatchObject({ RATE_LIMIT_QUERY: '3', RATE_LIMIT_SET_BY: ADA });
    expect((await incidentOf(world, situation.id)).plans[plan.id]).toMatchObject({ status: 'applied', verified: true });

    await world.later(121);
    expect(environmentOf(world, 'aureus', 'aureus-frontend')).not.toHaveProperty('RATE_LIMIT_QUERY');
    expect((await incidentOf(world, situation.id)).plans[plan.id]).toMatchObject({ status: 'reverted' });
  }, 600_000);
});
