import { kindOf } from '../ports/targets.ts';
import type { ConfigFile } from './schema.ts';

/** Services whose packs would be copied to something that is no volume. */
export function packProblems({ services }: Pick<ConfigFile, 'services'>): readonly { readonly path: readonly string[]; readonly message: string }[] {
  return Object.entries(services).flatMap(([id, { packs_to: name, targets }]) => {
    if (name === undefined) return [];
    const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
    if (target !== undefined && kindOf(target) === 'volume') return [];
    const volumes = Object.entries(targets).flatMap(([one, other]) => (kindOf(other) === 'volume' ? [one] : []));
    const says = volumes.length === 0 ? 'It has none: add one, such as { pvc: app-evidence }' : `Its volumes are ${volumes.join(', ')}`;
    return [{ path: ['services', id, 'packs_to'], message: `names no volume among the service's targets. ${says}` }];
  });
}
