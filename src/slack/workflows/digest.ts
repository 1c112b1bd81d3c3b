import { type DigestTime, isDigestTime, startDigest, WEEK_DAYS } from '../../engine/figures/digest.ts';
import { DIGEST } from '../../engine/run-kinds.ts';
import { sleepUntil } from '../../engine/until.ts';
import type { Run } from '../../ports/runs.ts';
import { type FiguresDeps, postFigures } from './figures.ts';

export interface DigestDeps extends FiguresDeps {
  /** `null` where none is configured. */
  readonly digest: (DigestTime & { readonly channel: string }) | null;
}

/** Posts the figures of the week that is over, once, and waits for the next. After a downtime it is late, and counts the same week. */
export function digestRun(deps: DigestDeps): Run {
  const { digest, store } = deps;
  return DIGEST.does(async (run, { at }) => {
    await sleepUntil(run, store, at);
    // The start began to wait for the moment that is configured by now.
    const isMeant = await run.step('meant', async () => digest !== null && isDigestTime(digest, at));
    if (digest === null || !isMeant) return;
    await run.write('next', async (tx) => {
      await startDigest(tx, digest, Math.max(at, await tx.now()));
      return true;
    });
    await postFigures(run, deps, { kind: 'channel', channel: digest.channel }, { before: at, days: WEEK_DAYS, service: null });
  });
}
