import { z } from 'zod';
import type { ConfigFile } from './config-schema.ts';
import type { Json } from './domain/record.ts';
import type { RunContext, RunKind, Store, StoreTx } from './engine/ports.ts';
import type { Catalogue } from './engine/runbooks/catalogue.ts';

const DAY = 24 * 60 * 60_000;
const nightInput = z.object({ day: z.string().regex(/^\d{4}-\d\d-\d\d$/) });

export interface NightlyDeps {
  readonly store: Store;
  readonly file: ConfigFile;
  readonly catalogue: Catalogue;
}

/** Starts the next night's pre-flight; one a day, whoever asks. Does nothing where the configuration names no time. */
export async function startNightly(tx: StoreTx, file: ConfigFile, now: number): Promise<void> {
  if (file.preflight === undefined) return;
  const today = new Date(now).toISOString().slice(0, 10);
  const due = Date.parse(`${today}T${file.preflight.at}:00.000Z`);
  const day = due > now ? today : new Date(due + DAY).toISOString().slice(0, 10);
  await tx.startRun({ id: `preflight:${day}`, kind: 'preflight-nightly', input: { day } });
}

/** Every night: the runbooks of each service against its live systems, the report where its alerts arrive (DESIGN: Pre-flight). */
export function nightlyRun({ store, file, catalogue }: NightlyDeps): RunKind {
  return async function nightly(run: RunContext, input: Json): Promise<void> {
    const { day } = nightInput.parse(input);
    const at = file.preflight?.at;
    if (at === undefined) return;
    const left = await run.step('left', async () => Math.max(0, Date.parse(`${day}T${at}:00.000Z`) - (await store.now())));
    await run.sleep('night', left);
    await run.write('start', async (tx) => {
      for (const [id, service] of Object.entries(file.services)) {
        if (catalogue.list(id).length === 0) continue;
        const channel = service.channels.alerts ?? service.channels.updates ?? service.channels.incidents;
        const asked = { service: id, by: 'nightly', to: { kind: 'channel', channel } };
        await tx.startRun({ id: `preflight:${day}:${id}`, kind: 'preflight', input: asked });
      }
      await startNightly(tx, file, await tx.now());
      return true;
    });
  };
}
