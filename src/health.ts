import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './store/database.ts';

/** How long (ms) the database may take to answer; probes wait little longer. */
const ANSWER = 2_000;

export interface HealthDeps {
  readonly database: Database;
  /** Why Slack cannot be talked to; empty before it was, `null` when it can. */
  readonly slack: () => string | null;
  /** Whether the disk of the evidence store is full. */
  readonly evidenceFull: () => boolean;
}

/** What keeps Tocsin from working. Ready is who can take a payload: asked the way payloads go, which does not stand in line behind work. */
export async function missingParts({ database, slack, evidenceFull }: HealthDeps): Promise<string[]> {
  const parts = [
    slackProblem(slack()),
    await Promise.race([databaseProblem(database), sleep(ANSWER, 'database: no answer in time', { ref: false })]),
    evidenceFull() ? 'evidence: no space left on its disk' : null,
  ];
  return parts.filter((part) => part !== null);
}

async function databaseProblem(database: Database): Promise<string | null> {
  try {
    await database.intake('select 1', []);
    return (await database.isFull()) ? 'database: no space left on its disk' : null;
  } catch {
    return 'database';
  }
}

function slackProblem(why: string | null): string | null {
  if (why === null) return null;
  return why === '' ? 'slack' : `slack (${why})`;
}
