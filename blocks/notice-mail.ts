import type { Notice } from '../src/domain/records/data/notices.ts';
import { escapeMarkup } from '../src/lib/markup.ts';

/** A notice for mailboxes that show HTML: the same words, paragraph by paragraph. */
export function noticeHtml({ subject, text }: Pick<Notice, 'subject' | 'text'>): string {
  const paragraphs = text.split('\n\n').map((paragraph) => `<p>${paragraph.split('\n').map(escapeMarkup).join('<br>')}</p>`);
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${escapeMarkup(subject)}</title></head><body style="font-family: sans-serif">`,
    ...paragraphs,
    '</body></html>',
    '',
  ].join('\n');
}
