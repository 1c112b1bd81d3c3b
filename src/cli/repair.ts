import { databaseTargetOf } from '../app/database-target.ts';
import { openEvidenceStore } from '../app/evidence-store.ts';
import { repairStream } from '../app/repairing.ts';
import { openSigningKey } from '../app/signing-key.ts';
import { keyFileOf, loadConfig } from '../config/load.ts';
import { nextRecord } from '../evidence/chain.ts';
import { openMacKey } from '../evidence/cipher.ts';
import { TYPED } from '../lib/typed.ts';
import { ENGINE_QUEUES } from '../ports/engine-queues.ts';
import { openDatabase, withSeal } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { startQueue } from '../store/queue.ts';
import { createSeal } from '../store/seal.ts';
import { createStore } from '../store/store.ts';
import { type CliCommand, UsageError } from './command.ts';

export const repair: CliCommand = {
  name: 'evidence repair',
  words: 1,
  usage: 'STREAM',
  summary: 'Continues after objects that somebody else wrote into the evidence store. Both histories stay visible.',
  flags: {},
  more: 'STREAM is an incident, or system or log. With the embedded database, stop the bot first.',
  async run({ positionals: [stream] }) {
    if (stream === undefined) throw new UsageError(`Say which stream: ${TYPED} evidence repair INC-2026-0042`);
    const config = loadConfig();
    const keyFile = keyFileOf(config.environment);
    const evidence = await openEvidenceStore(config);
    const opened = await openDatabase(databaseTargetOf(config.environment));
    try {
      await migrate(opened);
      const signer = await openSigningKey(keyFile, evidence, opened);
      const database = withSeal(opened, createSeal(await openMacKey(keyFile)));
      const queue = await startQueue(database, ENGINE_QUEUES);
      const store = createStore(database, queue);
      const objects = await repairStream({ database, store, chain: nextRecord, evidence, signer }, stream);
      await queue.stop(0);
      if (objects.length === 0) console.log(`No foreign object blocks ${stream}. Its uploads continue.`);
      else
        console.log(
          [`Left where they are, and recorded in the stream system:`, ...objects.map(({ key, sha256 }) => `  ${key}  ${sha256}`)].join('\n'),
        );
      return 0;
    } finally {
      await opened.close();
    }
  },
};
