import { adoptIncidents } from '../app/adopting.ts';
import { databaseTargetOf } from '../app/database-target.ts';
import { openEvidenceToRead } from '../app/evidence-store.ts';
import { appendTo } from '../app/keeping.ts';
import { acceptedTail, restoreDatabase } from '../app/restoring.ts';
import { channelsOf } from '../app/services.ts';
import { keyMissing } from '../app/signing-key.ts';
import { keyFileOf, loadConfig } from '../config/load.ts';
import { TocsinError } from '../domain/errors.ts';
import { SYSTEM_STREAM } from '../domain/streams.ts';
import { createIncidents } from '../engine/incidents/incidents.ts';
import { SLACK_QUEUES } from '../engine/queues.ts';
import { nextRecord } from '../evidence/chain.ts';
import { openMacKey } from '../evidence/cipher.ts';
import { readFileSigner } from '../evidence/keys.ts';
import { plural } from '../lib/plural.ts';
import { spareMemory } from '../lib/spare-memory.ts';
import { TYPED } from '../lib/typed.ts';
import { ENGINE_QUEUES } from '../ports/engine-queues.ts';
import { openDatabase, withSeal } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { startQueue } from '../store/queue.ts';
import type { Refused, UnsignedRecord } from '../store/restore-ports.ts';
import { createSeal } from '../store/seal.ts';
import { createStore } from '../store/store.ts';
import { anchorOf } from './anchor.ts';
import { type CliCommand, listFlag, textFlag } from './command.ts';

export const restore: CliCommand = {
  name: 'restore',
  usage: '[--key FINGERPRINT] [--anchor N:SHA256] [--accept-unsigned-tail]',
  summary: 'Rebuilds an empty database from the evidence store.',
  flags: {
    key: { type: 'string', multiple: true, value: 'FINGERPRINT', summary: 'A signing key you trust; this installation’s own, if not given.' },
    anchor: { type: 'string', value: 'N:SHA256', summary: 'A checkpoint of the log that was published, as Slack shows it.' },
    'accept-unsigned-tail': { type: 'boolean', summary: 'Also takes records behind the last signed checkpoint. It is recorded.' },
  },
  more: 'Stop the bot first. The database named by DATABASE_URL, or ./data/database, must be empty: move the old one away.\nExits with 1 when unsigned records were left out, or objects passed over.',
  async run(invocation) {
    spareMemory();
    const config = loadConfig();
    const keyFile = keyFileOf(config.environment);
    const evidence = await openEvidenceToRead(config);
    const signer = await readFileSigner(keyFile);
    if (signer === null) throw keyMissing(keyFile, 'a restored database belongs to one');
    const pinned = listFlag(invocation, 'key')?.map((key) => key.toLowerCase()) ?? [signer.keyId];
    const anchor = anchorOf(textFlag(invocation, 'anchor'));
    const acceptUnsigned = invocation.flags['accept-unsigned-tail'] === true;
    const channels = channelsOf(config.file);
    const opened = await openDatabase(databaseTargetOf(config.environment));
    const database = withSeal(opened, createSeal(await openMacKey(keyFile)));
    try {
      await migrate(database);
      console.log(`Reading ${evidence.location}, signed by ${pinned.join(' or ')} ...`);
      const restored = await restoreDatabase(database, evidence, channels, { pinned, anchor, acceptUnsigned });
      const queue = await startQueue(database, [...ENGINE_QUEUES, ...SLACK_QUEUES]);
      const store = createStore(database, queue);
      if (acceptUnsigned)
        for (const record of acceptedTail(restored.unsigned)) await store.transaction((tx) => appendTo(tx, nextRecord, SYSTEM_STREAM, record));
      const incidents = createIncidents({ store, chain: neverChained, channelsOf: channels, wrong: database.seal.wrong });
      const adopted = await adoptIncidents(store, incidents, channels);
      await queue.stop(0);
      console.log(
        `✓ ${plural(restored.records, 'record')} of ${plural(restored.streams, 'stream')}, ${plural(restored.checkpoints, 'checkpoint')}; ${plural(adopted, 'incident')} resumed. Start the bot.`,
      );
      return Math.max(sayUnsigned(restored.unsigned, acceptUnsigned), sayRefused(restored.refused));
    } finally {
      await database.close();
    }
  },
};

function sayUnsigned(unsigned: readonly UnsignedRecord[], accepted: boolean): number {
  if (unsigned.length === 0) return 0;
  const lines = unsigned.map(({ stream, seq, type, time, sha256 }) => `  ${stream} ${seq}  ${type}  ${time}  ${sha256}`);
  if (accepted) {
    console.log(['Taken although no checkpoint covers them, which the stream system records:', ...lines].join('\n'));
    return 0;
  }
  console.log(
    [
      'LEFT OUT, since no signed checkpoint covers them; anybody who can write into the evidence store may have put them there:',
      ...lines,
      'If you know them, restore again into an empty database with --accept-unsigned-tail. If not: docs/how-to/repair-evidence.md',
    ].join('\n'),
  );
  return 1;
}

function sayRefused(refused: readonly Refused[]): number {
  if (refused.length === 0) return 0;
  console.log(
    [
      'PASSED OVER, since no trusted key signed them; they are damaged, or somebody else wrote them:',
      ...refused.map(({ key, why }) => `  ${key}  ${why}`),
      `Find out which before you start the bot: ${TYPED} evidence verify, then docs/how-to/repair-evidence.md`,
    ].join('\n'),
  );
  return 1;
}

function neverChained(): never {
  throw new TocsinError('restore-appends', 'A restore appends nothing to an incident.');
}
