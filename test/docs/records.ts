import { read, sources } from './files.ts';

/** Every record type that Tocsin writes, with the names of its data: of incidents from the domain's types, of the others from their schemas. */
export function recordTypes(): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const domain = read('src/domain/events.ts');
  const update = fieldsOf(/interface UpdateFields \{([^}]*)\}/.exec(domain)?.[1] ?? '');
  const body = /export interface EventData \{\n([\s\S]*?)\n\}/.exec(domain)?.[1] ?? '';
  for (const [, type = '', shape = ''] of body.matchAll(/^ {2}'([a-z.]+)': ([\s\S]*?\});/gm)) {
    found.set(type, [...(shape.startsWith('UpdateFields') ? update : []), ...fieldsOf(shape.slice(shape.indexOf('{') + 1, shape.lastIndexOf('}')))]);
  }
  for (const path of sources()) {
    for (const [, type = ''] of read(path).matchAll(/\btype: '([a-z]+\.[a-z]+)'/g)) if (!found.has(type)) found.set(type, []);
  }
  return found;
}

/** Names before a colon, at the outermost level. */
function fieldsOf(shape: string): string[] {
  const flat = shape.replaceAll(/\{[^{}]*\}/g, '');
  return [...flat.matchAll(/(?:^|[;\s])(?:readonly )?([a-z_]+)\??:/g)].map(([, name = '']) => name);
}
