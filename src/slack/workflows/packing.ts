import type { WebClient } from '@slack/web-api';
import type { Message } from '../../../blocks/kit.ts';
import { sayChangesDone } from '../../domain/change/done.ts';
import type { Incident } from '../../domain/incident/incident.ts';
import { asJson, readBack } from '../../domain/json.ts';
import { REPLY_MESSAGE } from '../../domain/messages/messages.ts';
import { type Incidents, sendMessage } from '../../engine/incidents/incidents.ts';
import { PACK } from '../../engine/run-kinds.ts';
import { plural } from '../../lib/plural.ts';
import { TYPED } from '../../lib/typed.ts';
import type { Run } from '../../ports/runs.ts';
import type { Store, StoreTx } from '../../ports/store.ts';
import { shareFile } from '../deliver/files.ts';
import type { Views } from '../views.ts';
import { copyToVolume, type PackCopy } from './pack-copying.ts';

export interface MadePack {
  readonly number: number;
  readonly records: number;
  readonly files: number;
  /** Where it lies: a folder, or `s3://...`. */
  readonly location: string;
  readonly timeline: string;
  /** What the record of the pack says. */
  readonly made?: {
    readonly incident_id: string;
    readonly number: number;
    readonly size: number;
    readonly head: string;
    readonly manifest_sha256: string;
    readonly key_id: string;
  };
}

/** What a pack is made of: the same basis gives the same pack. */
export interface PackBasis {
  readonly number: number;
  /** UTC, milliseconds, `Z`. */
  readonly time: string;
  /** Records up to here. */
  readonly seq: number;
  readonly people: Readonly<Record<string, string>>;
  /** `false`: the map of names could not be read, and people are shown by their ids alone. */
  readonly namesReadable?: boolean;
}

export interface PackingDeps {
  readonly client: WebClient;
  readonly views: Pick<Views, 'note' | 'problem'>;
  readonly store: Store;
  readonly incidents: Incidents;
  readonly durable: (stream: string, seq: number) => Promise<void>;
  readonly prepare: (incident: string, seq: number) => Promise<PackBasis>;
  /** Makes the pack from the evidence store and puts it there; safe to do again. */
  readonly make: (incident: string, basis: PackBasis) => Promise<MadePack>;
  /** Copies it to where the service wants it as well. */
  readonly copy: (incident: Incident, number: number) => Promise<PackCopy>;
  /** Records that the pack exists, with its bytes. */
  readonly record: (tx: StoreTx, made: NonNullable<MadePack['made']>) => Promise<void>;
}

/** A pack holds the chain from its beginning; what is recorded later is in the next one. */
function sayRecords(count: number): string {
  return count === 1 ? 'record 1' : `records 1 to ${count}`;
}

/** `/incident evidence`: the pack is made from the evidence store, not from the database, so it holds what an auditor will see. */
export function packRun({ client, views, store, incidents, durable, prepare, make, copy, record }: PackingDeps): Run {
  return PACK.does(async (run, { incident: id, plan }) => {
    const incident = await incidents.find(id);
    if (incident === null) return;
    const seq = await run.step('seq', async () => incident.seq);
    await run.step('stored', async () => {
      await durable(id, seq);
      return true;
    });
    const basis = readBack<PackBasis>(await run.step('basis', async () => asJson(await prepare(id, seq))));
    const pack = readBack<MadePack>(await run.step('pack', async () => asJson(await make(id, basis))));
    await run.write('recorded', async (tx) => {
      // A pack that an older version made, just before it was replaced, says nothing to record: `verify` tells of it.
      if (pack.made === undefined) return true;
      // The incident's stream first, as everybody does who locks both.
      await incidents.tell(tx, id, { type: 'packed', number: pack.number, records: pack.records });
      await record(tx, pack.made);
      return true;
    });
    const about = plan === undefined ? '' : ` with \`plans/${plan}/\` for the emergency change`;
    const names = basis.namesReadable === false ? ' People are shown by their ids alone: `people.json` cannot be read.' : '';
    const text = `:card_index_dividers: Evidence pack ${pack.number} of *${id}*${about}: ${sayRecords(pack.records)}, ${sayChangesDone(incident)}, ${plural(pack.files, 'file')}, at \`${pack.location}\`. Check it without trusting the bot: \`${TYPED} evidence verify\`, or by hand with docs/how-to/verify-evidence.md.${names}`;
    const tell = (key: string, message: Message) =>
      store.transaction((tx) =>
        sendMessage(tx, {
          key: `${run.id}:${key}`,
          stream: id,
          seq: 0,
          lane: id,
          to: { kind: 'room' },
          ...REPLY_MESSAGE.with(message),
        }),
      );
    await run.step('tell', async () => {
      await tell('pack', views.note(text));
      return true;
    });
    const name = `${id}-timeline-${pack.number}.md`;
    const file = await run.step('file', async () => {
      const room = (await incidents.find(id))?.room ?? null;
      if (room === null) return null;
      return shareFile(client, { ...room, name, title: `${id} timeline`, content: Buffer.from(pack.timeline) });
    });
    if (typeof file === 'string' && file.startsWith('refused: '))
      await run.step('no-file', async () => {
        await tell(
          'no-file',
          views.problem(`\`${name}\` could not be posted here (${file.slice('refused: '.length)}). The pack has it as \`timeline.md\`.`),
        );
        return true;
      });
    await copyToVolume(run, { views, copy, tell }, incident, pack.number);
  });
}
