/** One place for what every suite shares; `test/jest/*.config.js` choose which files run. */
export const base = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, swcrc: false }],
  },
  globalSetup: '<rootDir>/test/jest/template.ts',
  globalTeardown: '<rootDir>/test/jest/teardown.ts',
  // A guard against what hangs, not a measure: a machine may be slow and busy.
  testTimeout: 300_000,
  // More than two cores: half of what the longest suites do is waiting for what they started.
  maxWorkers: 4,
  // Suites leave their modules behind; a heap that has grown large costs more to collect than a new worker to start.
  workerIdleMemoryLimit: '500MB',
};

export default {
  ...base,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(resilience|platforms|browser|conformance|chaos|bench)/'],
};
