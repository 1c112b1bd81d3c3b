import type { ListObjectsV2CommandOutput, ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { listedKeys, listedVersions } from '../../src/adapters/evidence/s3-listing.ts';

const ROOT = 'tocsin/';
const INCIDENTS = Array.from({ length: 500 }, (_, index) => `incidents/INC-2026-${String(index).padStart(4, '0')}/x`);
/** The last lies behind every marker. */
const KEYS = ['a', ...INCIDENTS, 'incidents/\u{10ffff}z', 'keys/k', 'zzz'];
const PAGE = 10;
const SKIP = ['incidents/', 'keys/', 'log/'];

/** A bucket that gives ten names at a time, behind a marker. */
function pageAfter(marker: string): { readonly keys: readonly string[]; readonly last: string | undefined; readonly more: boolean } {
  const rest = KEYS.map((key) => ROOT + key).filter((key) => key > marker);
  const keys = rest.slice(0, PAGE);
  return { keys, last: keys.at(-1), more: rest.length > PAGE };
}

test('what need not be listed is passed over, and all else is listed', async () => {
  let asked = 0;
  const ask = async (next: { readonly ContinuationToken?: string; readonly StartAfter?: string }): Promise<ListObjectsV2CommandOutput> => {
    asked += 1;
    const { keys, last, more } = pageAfter(next.ContinuationToken ?? next.StartAfter ?? '');
    return {
      $metadata: {},
      Contents: keys.map((Key) => ({ Key })),
      IsTruncated: more,
      ...(last === undefined ? {} : { NextContinuationToken: last }),
    };
  };
  expect(await all(listedKeys(ask, ROOT, []))).toEqual(KEYS);
  expect(asked).toBe(51);
  asked = 0;
  const found = await all(listedKeys(ask, ROOT, SKIP));
  expect(found.filter((key) => !SKIP.some((folder) => key.startsWith(folder)))).toEqual(['a', 'zzz']);
  expect(asked).toBe(2);
});

test('so it is with versions', async () => {
  let asked = 0;
  const ask = async (next: { readonly KeyMarker?: string }): Promise<ListObjectVersionsCommandOutput> => {
    asked += 1;
    const { keys, last, more } = pageAfter(next.KeyMarker ?? '');
    const Versions = keys.map((Key) => ({ Key, VersionId: '1', IsLatest: true }));
    return { $metadata: {}, Versions, IsTruncated: more, ...(last === undefined ? {} : { NextKeyMarker: last }) };
  };
  const names = async (skip: readonly string[]) => (await all(listedVersions(ask, ROOT, skip))).map(({ key }) => key);
  expect(await names([])).toEqual(KEYS);
  asked = 0;
  expect((await names(SKIP)).filter((key) => !SKIP.some((folder) => key.startsWith(folder)))).toEqual(['a', 'zzz']);
  expect(asked).toBe(2);
});

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of found) items.push(item);
  return items;
}
