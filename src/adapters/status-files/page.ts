import { z } from 'zod';
import { gravestOf } from '../../domain/notice/text.ts';
import { SERVICE_STATES } from '../../domain/records/data/notices.ts';
import { htmlPageHead } from '../../lib/html-page.ts';
import { escapeMarkup } from '../../lib/markup.ts';
import { sayUtc, toIso } from '../../lib/time.ts';
import { STYLE } from './style.ts';

/** One incident of the page: only what was published of it. Stored as JSON beside the page. */
export const entrySchema = z.object({
  /** Says nothing of how incidents are numbered inside. */
  ref: z.string(),
  subject: z.string(),
  status: z.enum(['investigating', 'identified', 'monitoring', 'resolved']),
  state: z.enum(SERVICE_STATES),
  /** Newest first. `id`: the notice's. */
  notices: z.array(z.object({ id: z.string(), at: z.string(), status: z.string(), text: z.string() })).min(1),
});
export type Entry = z.output<typeof entrySchema>;

export interface PageTerms {
  /** What customers call the service. */
  readonly name: string;
  /** Where people read the page, if that is known. */
  readonly url: string | null;
}

/** Incidents that are over, of which the page tells. */
const HISTORY = 20;

const STATE_WORDS: Readonly<Record<Entry['state'], string>> = {
  operational: 'Works normally',
  degraded_performance: 'Works with problems',
  partial_outage: 'Does not work for some customers',
  major_outage: 'Does not work',
};

/** The page (HTML without scripts), its feed (Atom) and the same for programs (JSON). Pure. */
export function pageFiles(terms: PageTerms, entries: readonly Entry[]): Readonly<Record<'index.html' | 'feed.xml' | 'status.json', string>> {
  const sorted = entries.toSorted((a, b) => newestOf(b).localeCompare(newestOf(a)));
  const open = sorted.filter(({ status }) => status !== 'resolved');
  const over = sorted.filter(({ status }) => status === 'resolved').slice(0, HISTORY);
  return { 'index.html': html(terms, open, over), 'feed.xml': feed(terms, [...open, ...over]), 'status.json': json(terms, open, over) };
}

/** The gravest state of what is open. */
function stateNow(open: readonly Entry[]): Entry['state'] {
  return gravestOf(open.map(({ state }) => state));
}

function newestOf({ notices }: Entry): string {
  return notices[0]?.at ?? '';
}

function html(terms: PageTerms, open: readonly Entry[], over: readonly Entry[]): string {
  const name = escapeMarkup(terms.name);
  const state = stateNow(open);
  return `${[
    ...htmlPageHead({
      title: `${terms.name}: ${STATE_WORDS[state]}`,
      style: STYLE,
      more: [`<link rel="alternate" type="application/atom+xml" title="${name} status" href="feed.xml">`],
    }),
    `<header><h1>${name} status</h1></header>`,
    '<main>',
    `<p class="state ${state}"><strong>${escapeMarkup(STATE_WORDS[state])}</strong></p>`,
    part('now', 'Now', open, 'No incident is open.'),
    part('before', 'Before', over, 'No earlier incident.'),
    '</main>',
    '<footer><p>Times are UTC. <a href="feed.xml">Feed</a> <a href="status.json">JSON</a></p></footer>',
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

function part(id: string, heading: string, entries: readonly Entry[], none: string): string {
  const content = entries.length === 0 ? `<p>${none}</p>` : entries.map(article).join('\n');
  return `<section aria-labelledby="${id}">\n<h2 id="${id}">${heading}</h2>\n${content}\n</section>`;
}

function article({ ref, subject, notices }: Entry): string {
  return [
    `<article id="${ref}" aria-labelledby="${ref}-title">`,
    `<h3 id="${ref}-title">${escapeMarkup(subject)}</h3>`,
    ...notices.map(update),
    '</article>',
  ].join('\n');
}

function update({ at, status, text }: Entry['notices'][number]): string {
  const paragraphs = text.split('\n\n').map((paragraph) => `<p>${paragraph.split('\n').map(escapeMarkup).join('<br>')}</p>`);
  const word = status.charAt(0).toUpperCase() + status.slice(1);
  return `<h4>${word} <time datetime="${at}">${sayUtc(Date.parse(at))}</time></h4>\n${paragraphs.join('\n')}`;
}

function feed({ name, url }: PageTerms, entries: readonly Entry[]): string {
  const all = entries
    .flatMap((entry) => entry.notices.map((notice) => ({ entry, notice })))
    .toSorted((a, b) => b.notice.at.localeCompare(a.notice.at));
  const link = (to: string) => (url === null ? [] : [`<link href="${escapeMarkup(`${url.replace(/\/$/, '')}/${to}`)}"/>`]);
  return `${[
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `<title>${escapeMarkup(name)} status</title>`,
    `<id>urn:tocsin:status:${encodeURIComponent(name)}</id>`,
    `<updated>${all[0]?.notice.at ?? toIso(0)}</updated>`,
    `<author><name>${escapeMarkup(name)}</name></author>`,
    ...link(''),
    ...all.flatMap(({ entry, notice }) => [
      '<entry>',
      `<title>${escapeMarkup(`${entry.subject} (${notice.status})`)}</title>`,
      `<id>urn:tocsin:notice:${encodeURIComponent(notice.id)}</id>`,
      `<updated>${notice.at}</updated>`,
      ...link(`#${entry.ref}`),
      `<content type="text">${escapeMarkup(notice.text)}</content>`,
      '</entry>',
    ]),
    '</feed>',
  ].join('\n')}\n`;
}

function json({ name }: PageTerms, open: readonly Entry[], over: readonly Entry[]): string {
  return `${JSON.stringify({ name, state: stateNow(open), open, resolved: over }, null, 2)}\n`;
}
