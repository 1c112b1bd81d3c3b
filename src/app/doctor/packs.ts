import { tryFolder } from '../../actions/volume/try-folder.ts';
import type { Config } from '../../config/load.ts';
import { contextsOf } from '../contexts.ts';
import { PACK_FOLDER } from '../pack-copies.ts';
import { type Check, good, look } from './check.ts';

const PATIENCE = 30_000;

/** Whether packs can be copied to the volume of each service that names one: a file is written there, and removed. */
export async function checkPackCopies(config: Config): Promise<Check[]> {
  const contexts = contextsOf(config);
  try {
    const found = await Promise.all(
      Object.entries(config.file.services).flatMap(([service, { packs_to: target }]) => {
        if (target === undefined) return [];
        const name = `Copies of packs of ${service}`;
        const advice = `Correct \`packs_to\` of ${service} or its target ${target} in tocsin.yml, and let its pods write there: docs/how-to/verify-evidence.md.`;
        const context = contexts.create({ service, incident: null, signal: AbortSignal.timeout(PATIENCE) });
        return [look(name, advice, async () => [good(name, `can be written to ${await tryFolder(context, target, PACK_FOLDER)}`)])];
      }),
    );
    return found.flat();
  } finally {
    contexts.close();
  }
}
