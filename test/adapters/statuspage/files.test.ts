import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { S3Simulator } from '../../../simulators/s3/index.ts';
import { S3Store } from '../../../src/adapters/evidence/s3.ts';
import { bucketFiles } from '../../../src/adapters/status-files/bucket.ts';
import { directoryFiles } from '../../../src/adapters/status-files/directory.ts';
import { statusFiles } from '../../../src/adapters/status-files/publish.ts';
import type { PublicNotice } from '../../../src/ports/status-page.ts';

const AT = Date.UTC(2026, 10, 30, 8);
const NOTICE: PublicNotice = {
  incident: 'INC-2026-0001',
  notice: 'PLN-1',
  subject: 'Slow <b>orders</b> & "more"',
  text: 'Orders are <i>slow</i>.\n\nImpact:\n- Orders wait',
  status: 'investigating',
  state: 'partial_outage',
  at: AT,
};

describe('A status page as files', () => {
  let directory = '';
  const open = (url: string | null = null) => statusFiles(directoryFiles(directory), { name: 'Example Shop', url });
  const read = (name: string) => readFile(join(directory, name), 'utf8');

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tocsin-status-'));
  });
  afterEach(async () => {
    await chmod(directory, 0o700);
    await rm(directory, { recursive: true, force: true });
  });

  test('what people wrote is on the page, in the feed and as JSON, and nothing of it is markup', async () => {
    expect(await open('https://status.example.com/').publish(NOTICE)).toEqual({
      url: expect.stringMatching(/^https:\/\/status\.example\.com\/#[0-9a-f]{12}$/),
    });
    const page = await read('index.html');
    expect(page).toContain('Slow &lt;b&gt;orders&lt;/b&gt; &amp; &quot;more&quot;');
    expect(page).toContain('<p>Impact:<br>- Orders wait</p>');
    expect(page).toContain('Does not work for some customers');
    expect(page).not.toMatch(/<script|<b>|<i>|INC-2026/);
    const feed = await read('feed.xml');
    expect(feed).toContain('<updated>2026-11-30T08:00:00.000Z</updated>');
    expect(feed).not.toContain('<i>');
    expect(JSON.parse(await read('status.json'))).toMatchObject({
      name: 'Example Shop',
      state: 'partial_outage',
      open: [{ status: 'investigating' }],
    });
  });

  test('a notice that is published again is there once; the end takes the incident down to what was before', async () => {
    const page = open();
    await page.publish(NOTICE);
    await page.publish(NOTICE);
    const last = { ...NOTICE, notice: 'PLN-2', text: 'It works.', status: 'resolved', state: 'operational', at: AT + 60_000 } as const;
    await page.publish(last);
    await open().publish(last);
    const {
      open: left,
      resolved,
      state,
    } = JSON.parse(await read('status.json')) as { open: unknown[]; resolved: { notices: unknown[] }[]; state: string };
    expect([left, resolved.map(({ notices }) => notices.length), state]).toEqual([[], [2], 'operational']);
    expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('incidents that are published at the same moment are all there', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, i) => open().publish({ ...NOTICE, incident: `INC-${i}`, notice: `PLN-${i}` })));
    expect((JSON.parse(await read('status.json')) as { open: unknown[] }).open).toHaveLength(8);
  });

  describe('that another process writes too', () => {
    const LATER = { ...NOTICE, at: AT + 60_000, notice: 'PLN-2', text: 'It works.', status: 'resolved', state: 'operational' } as const;
    type Shown = { open: { notices: { id: string }[] }[]; resolved: { status: string; notices: { id: string }[] }[] };
    const shown = async (): Promise<Shown> => JSON.parse(await read('status.json')) as Shown;

    /** The page of a process whose first writing of a file is overtaken by what `other` does. */
    function overtaken(file: string, other: () => Promise<unknown>) {
      const files = directoryFiles(directory);
      let isFirst = true;
      const write = async (name: string, text: string) => {
        const isOvertaken = name === file && isFirst;
        if (isOvertaken) isFirst = false;
        if (isOvertaken) await other();
        await files.write(name, text);
      };
      return statusFiles({ ...files, location: `${directory} of another process`, write }, { name: 'Example Shop', url: null });
    }

    test.each(['index.html', 'status.json'])('shows all incidents, whoever writes %s last', async (file) => {
      await overtaken(file, () => open().publish({ ...NOTICE, incident: 'INC-2', notice: 'PLN-2' })).publish(NOTICE);
      expect((await shown()).open).toHaveLength(2);
    });

    test('has all notices of an incident, the newest first, whoever writes it last', async () => {
      const files = directoryFiles(directory);
      await open().publish(NOTICE);
      const [name = ''] = await files.entries();
      const before = (await files.read(name)) ?? '';
      // The other one read the entry before the notice was in it.
      const page = overtaken('feed.xml', async () => {
        await files.write(name, before);
        await open().publish(LATER);
      });
      await page.publish({ ...NOTICE, at: AT + 30_000, notice: 'PLN-3' });
      expect((await shown()).resolved).toMatchObject([{ status: 'resolved', notices: [{ id: 'PLN-2' }, { id: 'PLN-3' }, { id: 'PLN-1' }] }]);
    });

    test('is tried again later when that one never stops', async () => {
      let nth = 0;
      const files = directoryFiles(directory);
      const write = async (name: string, text: string) => {
        nth += 1;
        if (name === 'index.html') await open().publish({ ...NOTICE, incident: `INC-9${nth}`, notice: 'PLN-9' });
        await files.write(name, text);
      };
      const page = statusFiles({ ...files, location: 'another process', write }, { name: 'Example Shop', url: null });
      await expect(page.publish(NOTICE)).rejects.toMatchObject({ reason: 'away', message: expect.stringContaining('other processes write') });
    });

    test('is not touched by a look at it', async () => {
      await open().publish(NOTICE);
      const files = directoryFiles(directory);
      const written: string[] = [];
      const write = async (name: string, text: string) => {
        written.push(name);
        await files.write(name, text);
      };
      await statusFiles({ ...files, write }, { name: 'Example Shop', url: null }).verify();
      expect(written).toEqual(['probe.txt']);
      expect((await shown()).open).toHaveLength(1);
    });
  });

  test('what was altered is told, not overwritten', async () => {
    await open().publish(NOTICE);
    const [name = ''] = await readdir(join(directory, 'incidents'));
    await writeFile(join(directory, 'incidents', name), '{}');
    await expect(open().publish({ ...NOTICE, notice: 'PLN-2' })).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('not as Tocsin wrote it'),
    });
  });

  test('a directory that cannot be made says what to do', async () => {
    await writeFile(join(directory, 'file'), '');
    const page = statusFiles(directoryFiles(join(directory, 'file')), { name: 'Example Shop', url: null });
    await expect(page.verify()).rejects.toMatchObject({ reason: 'away', message: expect.stringContaining('Give Tocsin the right') });
  });

  test('an empty page is made before anything happened', async () => {
    await open().verify();
    expect(await read('index.html')).toContain('No incident is open.');
  });

  test('a bucket shows the same, and says what is wrong with it', async () => {
    const s3 = await S3Simulator.start({ buckets: { status: {} } });
    try {
      const bucketOf = (bucket: string) =>
        bucketFiles(`s3://${bucket}/shop`, async () =>
          S3Store.open({
            bucket,
            prefix: 'shop',
            region: 'eu-west-1',
            endpoint: s3.url,
            credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
            shows: true,
            sleep: async () => undefined,
          }),
        );
      const page = statusFiles(bucketOf('status'), { name: 'Example Shop', url: null });
      await page.verify();
      await page.publish(NOTICE);
      await page.publish(NOTICE);
      await page.publish({ ...NOTICE, incident: 'INC-2', notice: 'PLN-2' });
      const text = await bucketOf('status').read('status.json');
      expect((JSON.parse(text ?? '{}') as { open: unknown[] }).open).toHaveLength(2);
      expect(await bucketOf('status').read('index.html')).toContain('Orders wait');
      const other = statusFiles(bucketOf('other'), { name: 'Example Shop', url: null });
      await expect(other.verify()).rejects.toMatchObject({ name: 'StatusPageError', message: expect.stringContaining('s3://other/shop') });
    } finally {
      await s3.stop();
    }
  });
});
