import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../store/database.ts';

/** How long (ms) the database may take to answer; probes wait little longer. */
const ANSWER = 2_000;

export interface HealthDeps {
  readonly database: Database;
  /** Whether Slack was connected since the start. */
  readonly connected: () => boolean;
  /** Whether the disk of the evidence store is full. */
  readonly evidenceFull: () => boolean;
}

/**
 * What keeps Tocsin from taking a payload: asked the way payloads go, which does not stand in line behind work. A Slack that is away later is
 * none of it (slackNotes): what it delivers is stored all the same, and a load balancer must not turn it away.
 */
export async function missingParts({ database, connected, evidenceFull }: HealthDeps): Promise<string[]> {
  const parts = [
    connected() ? null : 'slack',
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

/** The note for operators while Slack refuses or does not answer (`reason`; `null` when it does). */
export function slackNotes(reason: string | null): readonly string[] {
  return reason === null ? [] : [`slack away (${reason}): messages wait until it is back`];
}
