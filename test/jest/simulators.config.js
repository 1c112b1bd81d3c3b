import { base } from '../../jest.config.js';

export default { ...base, testMatch: ['<rootDir>/simulators/test/**/*.test.ts'] };
