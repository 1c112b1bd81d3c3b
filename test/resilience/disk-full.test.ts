import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ask, type OpenBot, slashCommand, startOpenBot } from '../doors/bot.ts';

const cleaning: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleaning.splice(0).toReversed()) await clean();
});

/** A file system of its own in memory, `null` where this user may not mount one. */
async function small(size: string): Promise<string | null> {
  const path = await mkdtemp(join(tmpdir(), 'tocsin-small-'));
  cleaning.push(() => rm(path, { recursive: true, force: true }));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return null;
  }
  cleaning.push(() => execFileSync('umount', ['-l', path]));
  return path;
}

/** Takes all the room but `left` bytes; returns what gives it back. */
async function fill(path: string, left: number): Promise<() => Promise<void>> {
  const { bavail, bsize } = statfsSync(path);
  const file = join(path, 'something-else');
  // The bot writes too: when it was faster, the file is as large as the room that was left.
  await writeFile(file, Buffer.alloc(Math.max(0, bavail * bsize - left))).catch(() => undefined);
  return () => rm(file);
}

async function start(options: Parameters<typeof startOpenBot>[0]): Promise<OpenBot> {
  const open = await startOpenBot(options);
  cleaning.push(() => open.stop());
  return open;
}

/** Waits for what the bot finds out in its own time. */
async function ready(open: OpenBot, holds: (answer: { status: number; text: string }) => boolean): Promise<{ status: number; text: string }> {
  for (;;) {
    const answer = await ask(open.doors.operations, { method: 'GET', path: '/readyz' });
    if (holds(answer)) return answer;
    await ask(open.doors.slack, slashCommand(`note INC-1999-0001 ${'x'.repeat(2_000)}`));
  }
}

describe('A file system without space', () => {
  test('under the evidence: /readyz says why, people still get their answers, and nothing is lost', async () => {
    const evidence = await small('2m');
    if (evidence === null) return;
    const open = await start({ evidence });
    const empty = await fill(evidence, 0);
    await ask(open.doors.slack, slashCommand('declare P3 shop a record that has to be stored'));
    expect(await ready(open, ({ status }) => status === 503)).toMatchObject({ text: 'not ready: evidence: no space left on its disk\n' });
    expect(await open.genuine('slack')).toBe(200);
    await empty();
    await ready(open, ({ status }) => status === 200);
    expect(open.hasEnded()).toBe(false);
  }, 600_000);

  test('under the embedded database: /readyz says why, the person is told in the answer to the command, and it goes on with new room', async () => {
    const data = await small('160m');
    if (data === null) return;
    const evidence = await mkdtemp(join(tmpdir(), 'tocsin-evidence-'));
    cleaning.push(() => rm(evidence, { recursive: true, force: true }));
    const open = await start({ data, evidence });
    const empty = await fill(data, 0);
    expect(await ready(open, ({ status }) => status === 503)).toMatchObject({ text: 'not ready: database: no space left on its disk\n' });
    const { status, text } = await ask(open.doors.slack, slashCommand('list'));
    expect([status, text]).toEqual([200, expect.stringContaining('disk of Tocsin’s database is full')]);
    await empty();
    await ready(open, (answer) => answer.status === 200);
    expect([open.hasEnded(), await open.genuine('slack')]).toEqual([false, 200]);
  }, 600_000);
});
