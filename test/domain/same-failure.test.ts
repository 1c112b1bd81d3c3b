import { describe, expect, test } from '@jest/globals';
import { inOneLine } from '../../src/domain/change/one-line.ts';
import { isAnotherFailure } from '../../src/domain/change/same-failure.ts';

describe('What came back after a change', () => {
  const image = 'No frontend pod is ready: the image registry.example/frontend:v41 does not exist.';

  test.each([
    ['the same with another pod and count', [image], 'No frontend pod is ready: the image registry.example/frontend:v42 does not exist.', false],
    ['another failure', [image], 'The container is killed for its memory: it needs more than its limit of 256Mi.', true],
    ['one of several that were found', ['Disk is full.', image], image, false],
    ['nothing was found before', [], image, false],
  ])('%s', (_what, before, now, another) => {
    expect(isAnotherFailure(before, now)).toBe(another);
  });
});

describe('A finding in an update', () => {
  test.each([
    ['Diagnose aureus/frontend. No frontend pod is ready. Press Restart.', 'No frontend pod is ready.'],
    ['frontend-7d9f8b6c5-x2x9z is killed for its memory', 'a pod of frontend is killed for its memory.'],
    ['Restart it.', ''],
  ])('%s', (says, line) => {
    expect(inOneLine(says)).toBe(line);
  });
});
