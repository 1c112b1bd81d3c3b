import type { Message } from '../../../blocks/kit.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { asJson, readBack } from '../../domain/json.ts';
import { plural } from '../../lib/plural.ts';
import type { RunContext } from '../../ports/runs.ts';
import type { Views } from '../views.ts';

/** What became of a pack's copy on the service's volume; `none`: no copy is wanted. */
export type PackCopy =
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly why: string }
  | {
      readonly kind: 'done';
      /** Where it is, for people. */
      readonly location: string;
      readonly files: number;
      /** Files that were too large. */
      readonly left: readonly string[];
    };

/** How often it is tried, and how long (ms) it is waited in between: pods start again, and volumes are cleared. */
const TRIES = 3;
const WAIT = 2 * 60_000;
/** So many files stand in a sentence. */
const NAMED = 3;

interface CopyingDeps {
  readonly views: Pick<Views, 'note' | 'problem'>;
  copy(incident: Incident, number: number): Promise<PackCopy>;
  tell(key: string, message: Message): Promise<void>;
}

/** Copies a pack to the service's volume, and says in the room where it is, or why it is not. */
export async function copyToVolume(run: RunContext, { views, copy, tell }: CopyingDeps, incident: Incident, number: number): Promise<void> {
  const pack = `Evidence pack ${number} of *${incident.id}*`;
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const copied = readBack<PackCopy>(await run.step(`copy:${attempt}`, async () => asJson(await copy(incident, number))));
    if (copied.kind === 'none') return;
    if (copied.kind === 'failed' && attempt < TRIES) {
      await run.sleep(`copy-wait:${attempt}`, WAIT);
      continue;
    }
    const message =
      copied.kind === 'done'
        ? views.note(
            `:floppy_disk: ${pack} is also on the service’s volume: ${plural(copied.files, 'file')} below \`${copied.location}\`.${sayLeft(copied.left)}`,
          )
        : views.problem(
            `${pack} is in the evidence store, and could not be copied to the service’s volume: ${copied.why} When that is fixed, type \`/incident evidence\`: the next pack is copied there.`,
          );
    await run.step('copy-told', async () => {
      await tell('copy', message);
      return true;
    });
    return;
  }
}

function sayLeft(left: readonly string[]): string {
  if (left.length === 0) return '';
  const names = left.slice(0, NAMED).map((path) => `\`${path}\``);
  const rest = left.length > names.length ? ` and ${left.length - names.length} more` : '';
  return ` ${left.length === 1 ? 'One is' : `${left.length} are`} too large for it and only in the evidence store: ${names.join(', ')}${rest}.`;
}
