import type { Threads } from '../../src/ports/threads.ts';

/** Heavy work in the test's own thread. */
export const sameThread: Threads = { run: async (work, input) => work.run(input) };
