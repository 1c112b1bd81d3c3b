/** A document in the Atlassian Document Format: paragraphs of plain words, and addresses as links. */
export function documentOf(paragraphs: readonly string[]): object {
  const content = paragraphs.filter((text) => text.trim() !== '').map((text) => ({ type: 'paragraph', content: inlineOf(text) }));
  return { version: 1, type: 'doc', content };
}

const ADDRESS = /(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)])/g;

/** An empty text is none that the format takes. */
function inlineOf(paragraph: string): readonly object[] {
  return paragraph.split('\n').flatMap((line, i) => [
    ...(i === 0 ? [] : [{ type: 'hardBreak' }]),
    ...line
      .split(ADDRESS)
      .map((part, n) => (n % 2 === 1 ? { type: 'text', text: part, marks: [{ type: 'link', attrs: { href: part } }] } : { type: 'text', text: part }))
      .filter(({ text }) => text !== ''),
  ]);
}
