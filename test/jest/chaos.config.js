import { base } from '../../jest.config.js';

export default { ...base, testMatch: ['<rootDir>/test/chaos/**/*.test.ts'], testTimeout: 300_000, maxWorkers: 1 };
