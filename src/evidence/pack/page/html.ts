import { escapeMarkup } from '../../../lib/markup.ts';

/** Text between tags: what people wrote is never markup. Line breaks stay. */
export function text(said: string): string {
  return escapeMarkup(said.trim()).replaceAll('\n', '<br>');
}

/** A cell of a table that holds sentences. */
export function what(said: string): string {
  return `<td class="what">${text(said)}</td>`;
}

/** A part of the page, with an id that its contents lead to. */
export function section(id: string, title: string, lines: readonly string[]): string {
  return [`<section aria-labelledby="${id}">`, `<h2 id="${id}">${text(title)}</h2>`, ...lines, '</section>'].join('\n');
}

/** A table; cells are HTML. What is said where it has no row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], none: string): string {
  if (rows.length === 0) return `<p>${text(none)}</p>`;
  const heads = head.map((one) => `<th scope="col">${text(one)}</th>`).join('');
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => (cell.startsWith('<td') ? cell : `<td>${cell}</td>`)).join('')}</tr>`);
  return `<div class="wide"><table><thead><tr>${heads}</tr></thead><tbody>\n${lines.join('\n')}\n</tbody></table></div>`;
}

/** A list; items are HTML. */
export function list(items: readonly string[], none: string): string {
  return items.length === 0 ? `<p>${text(none)}</p>` : `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;
}

/** Names with what they are; values are HTML. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): string {
  return `<dl class="facts">${rows.map(([name, value]) => `<dt>${text(name)}</dt><dd>${value}</dd>`).join('')}</dl>`;
}

/** A drawing with what it shows in words: who cannot see it reads `label`. */
export function drawing(label: string, size: readonly [width: number, height: number], shapes: readonly string[], caption: string): string {
  const [width, height] = size;
  const svg = `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeMarkup(label)}">\n${shapes.join('\n')}\n</svg>`;
  return `<figure><div class="wide">${svg}</div><figcaption>${caption}</figcaption></figure>`;
}

/** A text of a drawing. */
export function label(x: number, y: number, said: string, more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${more === '' ? '' : ` ${more}`}>${escapeMarkup(said)}</text>`;
}

/** A box of a drawing, with what it says when it is pointed at. */
export function box(x: number, y: number, [width, height]: readonly [number, number], kind: string, title = ''): string {
  const said = title === '' ? '' : `<title>${escapeMarkup(title)}</title>`;
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(width, 1))}" height="${round(height)}" rx="2" class="${kind}">${said}</rect>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
