/** An XML element as data: text, or named children in order. */
export type Xml = string | number | boolean | readonly (readonly [name: string, content: Xml])[];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document with one root element, as S3 writes them. Errors have no namespace. */
export function document(root: string, content: Xml, options: { namespace: boolean } = { namespace: true }): string {
  const attribute = options.namespace ? ` xmlns="${NAMESPACE}"` : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${render(content)}</${root}>`;
}

/** The text of the first element with this name, or `null`. Enough for the few small documents that S3 is sent here. */
export function textOf(xml: string, name: string): string | null {
  const found = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1];
  return found === undefined ? null : unescape(found.trim());
}

/** The inner XML of every element with this name; they must not be nested in each other. */
export function elementsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, 'gs'))].map(([, inner]) => inner ?? '');
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name ?? ''] ?? whole;
  });
}

function render(content: Xml): string {
  if (typeof content !== 'object') return String(content).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return content.map(([name, child]) => `<${name}>${render(child)}</${name}>`).join('');
}
