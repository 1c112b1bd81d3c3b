import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { type Incident, peopleOf } from '../../domain/incident/incident.ts';
import { PLAIN_NAME, roomName } from '../../domain/incident/room-name.ts';
import { saySlackError } from '../../domain/slack-error-words.ts';
import { RetryLater } from '../../ports/queue.ts';
import type { Run } from '../../ports/runs.ts';
import { cardKey } from '../incidents/notice.ts';
import { ROOM } from '../run-kinds.ts';
import { carryOver } from './carry-over.ts';
import type { Place, ReachDeps } from './ports.ts';

/** Where the room is to be, by what its run was started with. */
type Wanted = Pick<z.output<typeof ROOM.schema>, 'lost' | 'name' | 'back'>;

interface Found extends Place {
  /** Why it is not the place that people expect; `null` when it is. */
  readonly note: string | null;
}

/** How long (ms) until it is tried again when there is no place at all. */
const NO_PLACE = 30_000;
/** So many rooms may be lost within an hour before the next one waits, for minutes that double each time, up to five (ms). */
const LOSSES = 3;
const HOUR = 3_600_000;
const CALM = 60_000;
const LONGEST_CALM = 5 * CALM;
/** How long (ms) the thread waits for its card. */
const CARD_WAIT = 250;

/**
 * The incident's room: a channel that Tocsin made, under the first name that is free; else the thread of a card; else the reporter's direct
 * message. Telling comes before inviting, and both follow from the record that there is a room (src/engine/incidents/notices.ts).
 */
export function roomRun(deps: ReachDeps): Run {
  const { incidents, workspace } = deps;

  return ROOM.does(async (run, { incident: id, lost, name, back }) => {
    if (lost !== undefined) {
      // Where the workspace refuses every message, each new channel would be lost as well, and the next one made at once.
      const calm = await run.step('losses', () => calmAfter(id));
      if (calm > 0) await run.sleep('calm', calm);
    }
    const place: Found | null = await run.step('place', async () => {
      const incident = await found(id);
      if (incident.room !== null) return null;
      return { ...(await findPlace(incident, run.id, { lost, name, back })) };
    });
    if (place === null) return;
    const { channel, threadTs } = place;
    const isAnother = lost !== undefined && lost.channel !== channel;
    const note = [isAnother ? sayLost(lost) : null, place.note].filter((part) => part !== null).join(' ');
    await run.write('created', async (tx) => {
      await incidents.tell(tx, id, { type: 'room-created', channel, threadTs, note: note === '' ? null : note });
      return true;
    });
    if (isAnother) {
      await run.writeAfter(
        'carried-over',
        () => carryOver(deps.store, incidents, id, lost.channel),
        (tx, carry) => carry(tx),
      );
    }
    if (threadTs !== null || channel.startsWith('D')) return;
    await run.step('furnished', async () => {
      await workspace.furnish(channel, await found(id));
      return true;
    });
  });

  async function found(id: string): Promise<Incident> {
    const incident = await incidents.find(id);
    if (incident === null) throw new RetryLater(1_000);
    return incident;
  }

  async function calmAfter(id: string): Promise<number> {
    const since = (await deps.store.now()) - HOUR;
    const losses = (await deps.store.records(id)).filter(({ type, time }) => type === 'room.lost' && Date.parse(time) > since).length;
    return losses <= LOSSES ? 0 : Math.min(LONGEST_CALM, CALM * 2 ** (losses - LOSSES - 1));
  }

  async function findPlace(incident: Incident, runId: string, { lost, name: given, back }: Wanted): Promise<Found> {
    if (lost !== undefined && back === true && (await workspace.unarchive(lost.channel, incident.private)) === null)
      return { channel: lost.channel, threadTs: null, note: null };
    const [wanted = '', ...others] = namesOf(incident.id, runId, given ?? roomName(deps.channelsOf(incident.service).name ?? PLAIN_NAME, incident));
    let refused = 'name_taken';
    let first = '';
    for (const name of [wanted, ...others]) {
      const made = await workspace.makeChannel(incident, name);
      if ('channel' in made) {
        return { channel: made.channel, threadTs: null, note: name === wanted || lost !== undefined ? null : `${first}, so this is ${name}.` };
      }
      refused = made.error;
      if (!NAME_ERRORS.has(made.error)) break;
      if (name === wanted)
        first = refused === 'name_taken' ? `The name ${wanted} is taken by another channel` : `Slack does not take the name ${wanted} (${refused})`;
    }
    const why = `No channel could be made (${saySlackError(refused)})`;
    const thread = incident.private ? null : await threadOf(incident);
    if (thread !== null && thread.channel !== lost?.channel) return { ...thread, note: `${why}: ${incident.id} continues in this thread.` };
    const direct = await directPlace(incident);
    if (direct !== null) return { channel: direct, threadTs: null, note: `${why}: ${incident.id} continues in this direct message.` };
    throw new RetryLater(NO_PLACE);
  }

  /** The thread of the first card that was posted; waits for one that is on its way. */
  async function threadOf(incident: Incident): Promise<Place | null> {
    const { incidents: first, updates } = deps.channelsOf(incident.service);
    for (const channel of new Set([first, updates])) {
      const card = incident.cards.find((one) => one.channel === channel);
      if (card !== undefined) return { channel, threadTs: card.ts };
      const message = await deps.store.message(cardKey(incident.id, channel));
      if (message !== null && message.state !== 'failed') throw new RetryLater(CARD_WAIT);
    }
    return null;
  }

  async function directPlace(incident: Incident): Promise<string | null> {
    for (const user of peopleOf(incident)) {
      const channel = await workspace.directMessage(user);
      if (channel !== null) return channel;
    }
    return null;
  }
}

const NAME_ERRORS: ReadonlySet<string> = new Set([
  'name_taken',
  'invalid_name',
  'invalid_name_maxlength',
  'invalid_name_punctuation',
  'invalid_name_required',
  'invalid_name_specials',
]);

/** Names to try, the same ones each time: first the one that is wanted, then those by the id. Nobody can take the last ones beforehand: they come from the run's own id. */
function namesOf(incident: string, runId: string, wanted: string): readonly string[] {
  const name = incident.toLowerCase();
  const secret = createHash('sha256').update(runId).digest('hex');
  return [...new Set([wanted, name]), `${name}-room`, `${name}-${secret.slice(0, 6)}`, `${name}-${secret.slice(6, 14)}`];
}

function sayLost({ channel, reason }: { channel: string; reason: string }): string {
  return `<#${channel}> can no longer be used: ${saySlackError(reason)}.`;
}
