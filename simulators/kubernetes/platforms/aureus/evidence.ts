import { createHash } from 'node:crypto';
import type { Volume } from '../../containers/files.ts';
import { noise } from '../../containers/program.ts';

const DAY = 86_400_000;
const GIB = 2 ** 30;

/** Categories of the evidence folder, with the ages of their files in days. */
const CATEGORIES: Readonly<Record<string, readonly number[]>> = {
  audit: [1, 3, 12, 33, 65, 95, 140, 400],
  approvals: [2, 20, 70, 120, 500],
  policy: [5, 40, 75, 200],
  incidents: [6, 61, 91, 180],
  deployments: [8, 50, 100, 300, 1_200],
  snapshots: [1, 15, 62, 93, 250, 370, 420, 800],
};

/** Content that depends on its name only, a few KiB of JSON lines. */
function content(path: string): string {
  const lines = Array.from({ length: 24 + Math.floor(noise(path) * 60) }, (_each, index) =>
    JSON.stringify({ evidence: path, line: index + 1, digest: createHash('sha256').update(`${path}/${index}`).digest('hex') }),
  );
  return `${lines.join('\n')}\n`;
}

/** Fills the evidence volume with what a platform has after two years: about 19 GiB of 50. */
export function fillEvidence(volume: Volume, now: number): void {
  for (const [category, ages] of Object.entries(CATEGORIES)) {
    for (const age of ages) {
      const day = new Date(now - age * DAY).toISOString().slice(0, 10);
      const path = `${category}/${category}-${day}.jsonl`;
      // Evidence files are preallocated: small to copy, large on disk.
      volume.put(path, content(path), now - age * DAY - 3_600_000, Math.round((0.2 + noise('size', path) * 0.7) * GIB));
    }
  }
}

const FILL = 'snapshots/full-';

/** Fills what is free, with snapshots from 61 days to over a year old, to the last block. */
export function fillUp(volume: Volume, now: number): void {
  const ages = [61, 68, 75, 92, 110, 130, 160, 200, 380, 400, 450, 520];
  const each = Math.floor(volume.free / ages.length / 4096) * 4096;
  for (const age of ages) {
    const day = new Date(now - age * DAY).toISOString().slice(0, 10);
    volume.put(`${FILL}${day}.tar`, content(`full-${day}`), now - age * DAY, each);
  }
  volume.put('incidents/current-heap.bin', content('heap'), now, volume.free);
}

/** Takes away what `fillUp` wrote and is still there. */
export function drain(volume: Volume): void {
  for (const path of volume.files.keys()) if (path.startsWith(FILL) || path === 'incidents/current-heap.bin') volume.files.delete(path);
}
