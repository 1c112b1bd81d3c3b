import { expect, test } from '@jest/globals';
import { PackedLists, PackedRows } from '../../src/lib/packed-rows.ts';

const ROWS = 1_000;

test('rows are found by their place and by their ascending number, however many there are', () => {
  const rows = new PackedRows(6);
  for (let index = 0; index < ROWS; index += 1) {
    const row = rows.add();
    row.writeUInt32BE(10 * index, 0);
    row.writeUInt16BE(index, 4);
  }
  expect(rows.length).toBe(ROWS);
  for (const index of [0, 63, 64, 500, ROWS - 1]) {
    expect(rows.at(index).readUInt16BE(4)).toBe(index);
    expect(rows.find(10 * index)?.readUInt16BE(4)).toBe(index);
    expect(rows.find(10 * index + 1)).toBeNull();
    expect(rows.atOrAfter(10 * index - 5)?.readUInt16BE(4)).toBe(index);
  }
  expect(rows.atOrAfter(10 * ROWS)).toBeNull();
  expect(() => rows.at(ROWS)).toThrow(RangeError);
  expect(new PackedRows(4).find(0)).toBeNull();
});

test('each name has its own rows, in the order in which they came', () => {
  const lists = new PackedLists(2);
  for (let index = 0; index < ROWS; index += 1) lists.add(`name ${index % 3}`).writeUInt16BE(index, 0);
  const numbers = (name: string) => lists.of(name).map((row) => row.readUInt16BE(0));
  expect([...lists.names()]).toEqual(['name 0', 'name 1', 'name 2']);
  expect(numbers('name 1').slice(0, 3)).toEqual([1, 4, 7]);
  expect(numbers('name 2').at(-1)).toBe(998);
  expect(lists.has('name 3')).toBe(false);
  expect(numbers('name 3')).toEqual([]);
});
