import type { WebClient } from '@slack/web-api';
import type { Config } from '../config/load.ts';
import type { RotaBook } from '../engine/rota/rotas.ts';
import type { Store } from '../ports/store.ts';
import type { Home } from '../slack/home.ts';
import { createPeople, type People } from '../slack/people.ts';
import { createWorkspace } from '../slack/workspace.ts';
import type { Settings } from './settings.ts';

/** Who is asking, what they may, and where they can be reached. */
export interface WhoIsWho {
  readonly home: Home;
  readonly people: People;
  readonly workspace: ReturnType<typeof createWorkspace>;
}

export interface PeopleDeps {
  readonly client: WebClient;
  readonly home: Home;
  readonly config: Config;
  readonly settings: Settings;
  readonly store: Store;
  readonly rotas: RotaBook;
  /** ms of a clock that only goes forward, for how old an answer of Slack's is. */
  readonly elapsed: (() => number) | undefined;
}

export function openPeople({ client, home, config: { file }, settings: { service }, store, rotas, elapsed }: PeopleDeps): WhoIsWho {
  const people = createPeople(client, home, file.roles, rotas, elapsed);
  const workspace = createWorkspace({
    client,
    people,
    team: [...home.teams][0] ?? null,
    serviceOf: service,
    incidentsOf: (channel) => store.incidents({ channel }),
  });
  return { home, people, workspace };
}
