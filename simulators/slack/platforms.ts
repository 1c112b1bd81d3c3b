import { watch } from './watching.ts';
import type { Workspace } from './workspace.ts';

/** Something that can be wrong with a simulated platform, and whether it is. */
export interface PlatformFault {
  readonly id: string;
  /** Name of the platform, as people read it. */
  readonly platform: string;
  /** What is wrong when it is active. */
  readonly title: string;
  readonly active: boolean;
}

/** The platforms that people may break and mend on the page. Where they run is no matter of the workspace. */
export interface Platforms {
  list(): readonly PlatformFault[];
  /** Breaks (`on`) or mends; resolves when that has happened. */
  set(id: string, on: boolean): Promise<void>;
}

/** The platforms as the page sees them. */
export interface PlatformPanel {
  list(): readonly PlatformFault[];
  /** Rejects for unknown faults, and with what the platform says when it does not work. */
  set(id: string, on: boolean): Promise<void>;
  close(): void;
}

/** How often the platforms are looked at, ms: whoever mends one by its own API does not tell the workspace. */
const LOOK_EVERY_MS = 1000;

/** Tells the pages of every change, whoever made it. Without platforms there is nothing to list. */
export function platformPanel(workspace: Workspace, platforms: Platforms | undefined): PlatformPanel {
  if (platforms === undefined) {
    return {
      list: () => [],
      set: () => Promise.reject(new Error('This workspace has no platforms.')),
      close: () => undefined,
    };
  }
  const watched = watch(
    () => platforms.list(),
    LOOK_EVERY_MS,
    (now) => workspace.changed({ kind: 'platforms', platforms: now }),
  );

  return {
    list: () => platforms.list(),
    async set(id, on) {
      if (!platforms.list().some((fault) => fault.id === id)) throw new Error(`There is no fault ${id}.`);
      try {
        await platforms.set(id, on);
      } finally {
        watched.tell();
      }
    },
    close: watched.close,
  };
}
