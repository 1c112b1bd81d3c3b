import { expect, test } from '@jest/globals';
import { snapshotSchema } from '../../../src/actions/k8s/scale-back.ts';
import { scopeSchema } from '../../../src/actions/k8s/scale-scope.ts';

const HPA = { name: 'frontend', uid: 'u1', before: { min: 3, max: 10 }, after: { min: 5, max: 10 } };

test('what a release before has planned and applied can still be put back', () => {
  expect(scopeSchema.parse({ before: 3, replicas: 5, autoscaled: true, hpa: HPA })).toEqual({ replicas: null, hpa: HPA });
  expect(scopeSchema.parse({ before: 3, replicas: 5, autoscaled: false, hpa: null })).toEqual({ replicas: { before: 3, after: 5 }, hpa: null });
  expect(scopeSchema.parse({ before: 3, replicas: 0, autoscaled: true, hpa: null })).toEqual({ replicas: { before: null, after: 0 }, hpa: null });
  expect(snapshotSchema.parse({ replicas: 3, hpa: { name: 'frontend', uid: 'u1', bounds: { min: 3, max: 10 } } })).toEqual({
    replicas: 3,
    bounds: { min: 3, max: 10 },
  });
  expect(snapshotSchema.parse({ replicas: 3, hpa: null })).toEqual({ replicas: 3, bounds: null });
});

test('what this release plans is read as it is', () => {
  const scope = { replicas: { before: 3, after: 5 }, hpa: HPA };
  expect(scopeSchema.parse(scope)).toEqual(scope);
  expect(snapshotSchema.parse({ replicas: null, bounds: { min: 3, max: 10 } })).toEqual({ replicas: null, bounds: { min: 3, max: 10 } });
});
