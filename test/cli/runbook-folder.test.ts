import { expect, test } from '@jest/globals';
import { folderChaos } from '../chaos/folder.ts';

test('a bot starts with, lives through and goes on reading a folder of runbooks in which anything comes and goes', async () => {
  expect((await folderChaos(4)).problems).toEqual([]);
}, 300_000);
