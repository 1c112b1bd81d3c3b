import { afterAll, beforeAll } from '@jest/globals';
import { describeEachKind, describeOnServer } from '../../store/helpers/databases.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** CI plays the platforms on the embedded database by `npm run failures`, and has no time to do so, or what takes minutes, twice. */
const PLATFORMS_ON_SERVER = process.env.TOCSIN_TEST_PLATFORMS === 'postgresql';

/** Registers a suite on PGlite and, where there is one, on PostgreSQL, with one world for all of its tests. */
export function describeWorld(name: string, options: WorldOptions, suite: (world: () => World) => void): void {
  const register = (options.platforms === true || options.long === true) && PLATFORMS_ON_SERVER ? describeOnServer : describeEachKind;
  register(name, ({ url }) => {
    let world: World | null = null;
    beforeAll(async () => {
      const server = url();
      world = await startWorld(server === null ? options : { ...options, database: { url: server } });
    });
    afterAll(async () => world?.stop());
    suite(() => {
      if (world === null) throw new Error('The world starts in beforeAll; use it in tests only.');
      return world;
    });
  });
}
