import { join } from 'node:path';
import { DirectoryStore } from '../../../src/adapters/evidence/directory.ts';
import { formatReport, verdict } from '../../../src/evidence/verify/report.ts';
import { verifyEvidence } from '../../../src/evidence/verify/verify.ts';
import { spareMemory } from '../../../src/lib/spare-memory.ts';
import { ownPins } from '../../evidence/helpers/pins.ts';
import { watchMemory } from '../memory.ts';

/** Verifies `DIRECTORY/evidence` as the command line does, and prints what it took of memory (MiB, resident) and time. */
const [directory = ''] = process.argv.slice(2);

spareMemory();
const store = await DirectoryStore.openReadOnly(join(directory, 'evidence'));
const pins = await ownPins(store);
const memory = watchMemory();
const began = performance.now();
const report = await verifyEvidence(store, pins);
const seconds = (performance.now() - began) / 1_000;
if (verdict(report) !== 'valid') throw new Error(formatReport(report, { color: false }));
console.log(JSON.stringify({ streams: report.streams.length, records: report.records, seconds, ...memory.end() }));
