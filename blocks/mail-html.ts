import { escapeMarkup } from '../src/lib/markup.ts';

/** How the HTML of a mail begins: as wide as a phone is, and what is too long to fit is broken. */
export function htmlHead(subject: string): readonly string[] {
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeMarkup(subject)}</title></head><body style="font-family: sans-serif; overflow-wrap: anywhere">`,
  ];
}
