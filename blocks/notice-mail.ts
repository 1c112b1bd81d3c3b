import type { Notice } from '../src/domain/records/data/notices.ts';
import { escapeMarkup } from '../src/lib/markup.ts';
import { htmlHead } from './mail-html.ts';

/** A notice for mailboxes that show HTML: the same words, paragraph by paragraph. */
export function noticeHtml({ subject, text }: Pick<Notice, 'subject' | 'text'>): string {
  const paragraphs = text.split('\n\n').map((paragraph) => `<p>${paragraph.split('\n').map(escapeMarkup).join('<br>')}</p>`);
  return [...htmlHead(subject), ...paragraphs, '</body></html>', ''].join('\n');
}
