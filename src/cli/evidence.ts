import { resolve } from 'node:path';
import { openEvidenceAt, openEvidenceToRead } from '../app/evidence-store.ts';
import { DESCRIBE } from '../app/keeping.ts';
import { packFiles } from '../app/pack-files.ts';
import { openSigningKey } from '../app/signing-key.ts';
import { isConfigured, keyFileOf, loadConfig, loadEnvironment } from '../config/load.ts';
import { STREAM } from '../evidence/layout.ts';
import { buildPack, collectSigned } from '../evidence/pack/pack.ts';
import { exportPack } from '../evidence/pack/pack-directory.ts';
import { readPeople } from '../evidence/pack/people.ts';
import { exitCode, formatReport } from '../evidence/verify/report.ts';
import { verifyEvidence } from '../evidence/verify/verify.ts';
import { plural } from '../lib/plural.ts';
import { spareMemory } from '../lib/spare-memory.ts';
import { toIso } from '../lib/time.ts';
import { TYPED } from '../lib/typed.ts';
import type { EvidenceStore } from '../ports/evidence.ts';
import { anchorOf } from './anchor.ts';
import { type CliCommand, type Flag, type Invocation, listFlag, textFlag, UsageError } from './command.ts';
import { useColor } from './terminal.ts';

const STORE: Flag = { type: 'string', value: 'PLACE', summary: 'A directory or s3://bucket/prefix; what tocsin.yml says, if not given.' };

export const verify: CliCommand = {
  name: 'evidence verify',
  words: Infinity,
  usage: '[INCIDENT ...] [--store PLACE] [--key FINGERPRINT] [--anchor N:SHA256]',
  summary: 'Checks the evidence without trusting the bot. Works offline.',
  flags: {
    store: STORE,
    key: { type: 'string', multiple: true, value: 'FINGERPRINT', summary: 'A signing key you got another way; any other key is then an alteration.' },
    anchor: { type: 'string', value: 'N:SHA256', summary: 'A checkpoint of the log that was published, as Slack shows it.' },
    strict: { type: 'boolean', summary: 'Also checks that each record is in canonical form.' },
    json: { type: 'boolean', summary: 'Prints the report as JSON.' },
  },
  more: 'Exit codes: 0 valid, and pinned by --key or --anchor; 1 altered; 2 incomplete, unanchored or unpinned; 3 could not be checked (nothing there, out of reach, wrong arguments).',
  failed: 3,
  async run(invocation) {
    const keys = keysOf(listFlag(invocation, 'key'));
    const anchor = anchorOf(textFlag(invocation, 'anchor'));
    const streams = invocation.positionals;
    for (const stream of streams) if (!STREAM.test(stream)) throw new UsageError(`"${stream}" is not an incident id. It looks like INC-2026-0042.`);
    spareMemory();
    const store = await storeOf(invocation);
    const report = await verifyEvidence(store, {
      ...(streams.length === 0 ? {} : { streams }),
      ...(keys === undefined ? {} : { pinnedKeyIds: keys }),
      ...(anchor === null ? {} : { anchor }),
      strict: invocation.flags.strict === true,
    });
    console.log(invocation.flags.json === true ? JSON.stringify(report, null, 2) : formatReport(report, { color: useColor() }));
    return exitCode(report);
  },
};

export const exportEvidence: CliCommand = {
  name: 'evidence export',
  words: 1,
  usage: 'INCIDENT --out DIR',
  summary: 'Writes an incident’s pack into a new directory.',
  flags: { out: { type: 'string', value: 'DIR', summary: 'The directory to make.' }, store: STORE },
  async run(invocation) {
    const [incident] = invocation.positionals;
    const out = textFlag(invocation, 'out');
    if (incident === undefined || out === undefined) {
      throw new UsageError(`Say which incident and where to: ${TYPED} evidence export INC-2026-0042 --out ./pack`);
    }
    const store = await storeOf(invocation);
    const signer = await openSigningKey(keyFileOf(loadEnvironment()), store, null);
    const collected = await collectSigned(store, incident, signer.keyId);
    if (collected.leftOut > 0)
      console.error(`Left out: ${collected.leftOut} of its records, which no trusted key signed yet. Run: ${TYPED} evidence verify`);
    const { people, readable } = await readPeople(store);
    if (!readable) console.error('people.json cannot be read: people are shown by their ids alone.');
    const options = { number: 1, time: toIso(Date.now()), people, describe: DESCRIBE };
    const files = await buildPack(collected, { ...options, signer, extra: packFiles(collected, { ...options, keyId: signer.keyId }) });
    await exportPack(resolve(out), files);
    console.log(
      `✓ ${incident}: ${plural(collected.records.length, 'record')}, ${plural(files.length, 'file')} in ${resolve(out)}. Check them: cd ${out} && sha256sum -c SHA256SUMS`,
    );
    return 0;
  },
};

async function storeOf(invocation: Invocation): Promise<EvidenceStore> {
  const place = textFlag(invocation, 'store');
  if (place !== undefined) return openEvidenceAt(place, loadEnvironment());
  if (isConfigured()) return openEvidenceToRead(loadConfig());
  throw new UsageError('Say where the evidence is: --store DIR or --store s3://bucket/prefix');
}

function keysOf(texts: readonly string[] | undefined): readonly string[] | undefined {
  const wrong = texts?.find((text) => !/^[0-9a-f]{64}$/i.test(text));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is not the fingerprint of a key: it has 64 hex digits.`);
  return texts?.map((text) => text.toLowerCase());
}
