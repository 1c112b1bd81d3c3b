import type { WrittenMail } from '../src/domain/incident/mails.ts';
import { clamp } from '../src/lib/clamp.ts';
import { escapeMarkup } from '../src/lib/markup.ts';
import { plain } from './text.ts';

/** How the HTML of a mail begins: as wide as a phone is, and what is too long to fit is broken. */
export function htmlHead(subject: string): readonly string[] {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(subject)}</title></head><body style="font-family: sans-serif; overflow-wrap: anywhere">`,
  ];
}

/** What a mail about an incident consists of. `rows`: those without a value are left out; `links`: values that a browser may open. */
interface MailTable {
  readonly subject: string;
  readonly opening: string;
  readonly rows: readonly (readonly [label: string, value: string | null])[];
  readonly links: readonly (string | null)[];
  readonly closing: string;
}

/** A mail that is a sentence, a table and a last line, as text and as HTML. */
export function mailTable({ subject, opening, rows: all, links, closing }: MailTable): WrittenMail {
  const rows = all.flatMap(([label, value]) => (value === null || value === '' ? [] : [[label, clamp(plain(value), 1_000)] as const]));
  return {
    subject,
    text: [opening, '', ...rows.map(([label, value]) => `${label}: ${value}`), '', closing, ''].join('\n'),
    html: [
      ...htmlHead(subject),
      `<p><strong>${escaped(opening)}</strong></p>`,
      '<table cellpadding="4">',
      ...rows.map(([label, value]) => `<tr><th align="left" valign="top">${escaped(label)}</th><td>${cell(value, links)}</td></tr>`),
      '</table>',
      `<p><small>${escaped(closing)}</small></p>`,
      '</body></html>',
      '',
    ].join('\n'),
  };
}

function cell(value: string, links: readonly (string | null)[]): string {
  return links.includes(value) && /^https?:/.test(value) ? `<a href="${escaped(value)}">${escaped(value)}</a>` : escaped(value);
}

function escaped(text: string): string {
  return escapeMarkup(text).replaceAll("'", '&#39;');
}
