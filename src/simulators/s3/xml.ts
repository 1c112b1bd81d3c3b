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
  return new RegExp(`<${name}(?:\\s[^>]*)?>([^<]*)</${name}>`).exec(xml)?.[1]?.trim() ?? null;
}

function render(content: Xml): string {
  if (typeof content !== 'object') return String(content).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return content.map(([name, child]) => `<${name}>${render(child)}</${name}>`).join('');
}
