import { afterAll, beforeAll } from '@jest/globals';
import { describeEachKind } from '../../store/helpers/databases.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

/** Registers a suite on PGlite and, where there is one, on PostgreSQL, with one world for all of its tests. */
export function describeWorld(name: string, options: WorldOptions, suite: (world: () => World) => void): void {
  describeEachKind(name, ({ url }) => {
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
