import { read, sources } from './files.ts';

/** Where the types of an incident's records are, with the names of what each carries. */
const TYPES = [
  ['src/domain/incident/events.ts', 'EventData'],
  ['src/domain/change/events.ts', 'ChangeEventData'],
  ['src/domain/incident/reach.ts', 'ReachEventData'],
  ['src/domain/alert/alerts.ts', 'AlertEventData'],
] as const;

/** Every record type that Tocsin writes, with the names of its data: of incidents from the domain's types, of the others from their schemas. */
export function recordTypes(): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [path, name] of TYPES) for (const [type, data] of typesOf(read(path), name)) if (!found.has(type)) found.set(type, data);
  for (const path of sources()) {
    const text = read(path);
    for (const [, type = ''] of text.matchAll(/\btype: '([a-z-]+\.[a-z]+)'/g)) if (!found.has(type)) found.set(type, []);
    // What happens outside of any incident: the type is an argument, the data the object before it.
    for (const [, type = ''] of text.matchAll(/\brecordOutside\(tx, '([a-z-]+\.[a-z]+)'/g))
      if (!found.has(type)) found.set(type, dataBefore(text, type));
  }
  return found;
}

/** The types of an interface `NAME { 'a.b': { c: string } }`, comments left out. */
function typesOf(source: string, name: string): [string, readonly string[]][] {
  const text = source.replaceAll(/\/\*\*[\s\S]*?\*\//g, '');
  const update = fieldsOf(/interface UpdateFields \{([^}]*)\}/.exec(text)?.[1] ?? '');
  const body = new RegExp(`interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(text)?.[1] ?? '';
  return [...body.matchAll(/^ {2}'([a-z.-]+)': ([\s\S]*?\});/gm)].map(([, type = '', shape = '']) => [
    type,
    [...(shape.startsWith('UpdateFields') ? update : []), ...fieldsOf(shape.slice(shape.indexOf('{') + 1, shape.lastIndexOf('}')))],
  ]);
}

function dataBefore(text: string, type: string): string[] {
  const before = text.slice(0, text.indexOf(`'${type}'`));
  const shape = [...before.matchAll(/\bconst data = \{([^}]*)\}/g)].at(-1)?.[1] ?? '';
  return shape.split(',').map((field) => field.trim().split(':')[0] ?? '');
}

/** Names before a colon, at the outermost level. */
function fieldsOf(shape: string): string[] {
  const flat = shape.replaceAll(/\{[^{}]*\}/g, '');
  return [...flat.matchAll(/(?:^|[;\s])(?:readonly )?([a-z_]+)\??:/g)].map(([, name = '']) => name);
}
