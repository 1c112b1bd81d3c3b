import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { readAction } from '../../ports/action.ts';
import { mustRun } from '../shared/container.ts';
import { oneLine, sayBytes, targetField } from '../shared/fields.ts';
import { isOnVolume, mountOf, volumePreflight, volumeRights } from './mount.ts';

/** From here on the bar is drawn as alarming. In per cent. */
const ALARMING = 85;

const input = z.strictObject({ target: targetField });

const output = z.strictObject({
  found: z.boolean(),
  size_bytes: z.number().int(),
  used_bytes: z.number().int(),
  available_bytes: z.number().int(),
  used_percent: z.number().int(),
});

type Output = z.infer<typeof output>;

/** How full a volume is, by df in a pod that mounts it (AU-31, SK-40). */
export const volumeDisk = readAction({
  name: 'volume.disk',
  about: 'Reads how full a volume is.',
  input,
  output,
  rights: ({ target }, context) => volumeRights(context, target),
  preflight: ({ target }, context) => volumePreflight(context, target, [['df', '-kP', '/']]),
  async run({ target }, context) {
    const mounted = await mountOf(context, target);
    if (!mounted.found) return { state: 'unknown', output: { found: false }, summary: mounted.why };
    const { place, path, claim } = mounted.mount;
    const ran = await mustRun(place, ['df', '-kP', path]);
    const disk = parseDf(ran.stdout);
    if (disk === null)
      throw new UserError(
        'volume-unreadable',
        `df ${path} in ${place.pod.metadata.name} gave no usable output: ${oneLine(ran.stderr || ran.stdout)}`,
      );
    const shown = [sayBytes(disk.size_bytes), sayBytes(disk.used_bytes), sayBytes(disk.available_bytes), `${disk.used_percent}%`];
    return {
      state: disk.used_percent >= ALARMING ? 'bad' : 'good',
      output: { found: true, ...disk },
      summary: `${path} (${isOnVolume(mounted.mount) ? '' : 'not on '}pvc/${claim}) is ${disk.used_percent}% full: ${shown[1]} of ${shown[0]} used, ${shown[2]} left.`,
      table: { columns: ['mounted at', 'size', 'used', 'available', 'use'], rows: [[path, ...shown]] },
      chart: { title: `Use of ${path}`, unit: '%', bars: [{ label: claim, value: disk.used_percent, alarming: disk.used_percent >= ALARMING }] },
    };
  },
});

/** The last line of `df -kP` (POSIX: 1024-byte blocks, one line each); `null` when there is none. The per cents are df's own, rounded up. */
export function parseDf(text: string): Omit<Output, 'found'> | null {
  for (const line of text.trim().split('\n').toReversed()) {
    const match = /\s(\d{1,13})\s+(\d{1,13})\s+(-?\d{1,13})\s+(\d{1,3}%|-)\s+\/\S*/.exec(line);
    if (match === null) continue;
    const [size, used, available] = [match[1], match[2], match[3]].map((kib) => Math.max(0, Number(kib)) * 1_024) as [number, number, number];
    const percent = match[4] === '-' ? percentOf(used, available) : Number.parseInt(match[4] ?? '0', 10);
    return { size_bytes: size, used_bytes: used, available_bytes: available, used_percent: percent };
  }
  return null;
}

function percentOf(used: number, available: number): number {
  return used + available === 0 ? 0 : Math.ceil((used * 100) / (used + available));
}
