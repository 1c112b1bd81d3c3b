import { ALERT_DATA } from '../../src/domain/records/data/alerts.ts';
import { ROTA_DATA } from '../../src/domain/records/data/rotas.ts';
import { RECORD_TYPES } from '../../src/domain/records/record-types.ts';
import { read, sources } from './files.ts';

/** Every record type that Tocsin writes, with the names of its data: of incidents and alerts from their tables, of what else happens from where it is written. */
export function recordTypes(): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [type, { shape }] of Object.entries({ ...ALERT_DATA, ...ROTA_DATA })) found.set(type, Object.keys(shape));
  // An incident's stream says what an alert is when it comes; that is what the page shows.
  for (const [type, { data }] of Object.entries(RECORD_TYPES)) found.set(type, Object.keys(data.shape));
  for (const path of sources()) {
    const text = read(path);
    for (const [, type = ''] of text.matchAll(/\btype: '([a-z-]+\.[a-z]+)'/g)) if (!found.has(type)) found.set(type, []);
    // What happens outside of any incident: the type is an argument, the data the object before it.
    for (const [, type = ''] of text.matchAll(/\brecordOutside\(tx, '([a-z-]+\.[a-z]+)'/g))
      if (!found.has(type)) found.set(type, dataBefore(text, type));
  }
  return found;
}

function dataBefore(text: string, type: string): string[] {
  const before = text.slice(0, text.indexOf(`'${type}'`));
  const shape = [...before.matchAll(/\bconst data = \{([^}]*)\}/g)].at(-1)?.[1] ?? '';
  return shape.split(',').map((field) => field.trim().split(':')[0] ?? '');
}
