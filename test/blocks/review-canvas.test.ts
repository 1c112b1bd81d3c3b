import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { reviewCanvasOf } from '../../blocks/review-canvas.ts';
import { canvasMarkdown, sectionsOf, wordsOf } from '../../simulators/slack/canvases.ts';
import { DESCRIBE } from '../../src/app/keeping.ts';
import { reviewMark } from '../../src/domain/incident/review.ts';
import { renderPostMortem } from '../../src/evidence/pack/review/post-mortem.ts';
import { ada, declaring, joan, Life, MINUTE } from '../domain/helpers/incidents.ts';

/** What the canvas of a review looks like, to the letter. `UPDATE_GOLDEN=1` writes it anew: read the difference. */
const FOLDER = new URL('./canvas/', import.meta.url).pathname;
const PEOPLE = { [ada.id]: 'Ada Lovelace', [joan.id]: 'Joan [Clarke](https://evil.example.com)' };
/** What people write to make it look like something else. */
const HOSTILE =
  '- # Over ![](@U0MARIE) [Approve](https://evil.example.com) <@U0MARIE|marie> **bold** `code` | cell :white_check_mark:\n- new line <!here>';

function paper(life: Life): string {
  return renderPostMortem(life.incident.id, life.records, { people: PEOPLE, describe: DESCRIBE });
}

/** As Slack takes it. */
function drawn(text: string): string {
  return canvasMarkdown({ type: 'markdown', markdown: reviewCanvasOf('INC-2026-0001', text) }, 'canvas_creation_failed');
}

function golden(name: string, shown: string): void {
  const file = `${FOLDER}${name}.md`;
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, shown);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden file; UPDATE_GOLDEN=1 writes it').toBe(shown);
}

function over(words: string): Life {
  const life = new Life();
  life.ask(declaring('P1', { title: words, impact: words }));
  life.at += 3 * MINUTE;
  life.ask({ type: 'acknowledge' });
  life.ask({ type: 'add-note', text: `Lesson: ${words}` });
  life.ask({ type: 'add-follow-up', text: words, owner: joan.id });
  life.at += 30 * MINUTE;
  life.ask({ type: 'resolve', summary: words });
  return life;
}

test('[SK-72] it is the post-mortem, with its questions to tick, and says that it is people’s from now on', () => {
  const text = paper(over('The frontend is down'));
  const canvas = drawn(text);
  golden('review', canvas);
  expect(canvas.split('\n').filter((line) => !text.split('\n').includes(line))).toHaveLength(1);
});

test('people’s words stay words: nothing in them formats, mentions or is drawn', () => {
  const canvas = drawn(paper(over(HOSTILE)));
  golden('review-hostile', canvas);
  expect(canvas).not.toMatch(/^- [-+]/m);
  expect(canvas.replaceAll('- [ ]', '')).not.toMatch(/(?<!\\)\[|:white\\?_check/);
});

test('what it is known by is one section, as Slack looks for it', () => {
  const canvas = { id: 'F0', title: '', markdown: drawn(paper(over('x'))), by: '', updated: 0, locked: false };
  expect(sectionsOf(canvas).filter((one) => wordsOf(one).includes(reviewMark('INC-2026-0001')))).toHaveLength(1);
});

function table(rows: number, length = 10): string {
  const all = Array.from({ length: rows }, (_, i) => `| ${i} | ${'x'.repeat(length)} |`);
  return ['# Title', '', '## Timeline', '', '| Time | Event |', '| --- | --- |', ...all, '', '## Root Cause', '', '- [ ] Why?', ''].join('\n');
}

test('a long table is divided, and all of it is there', () => {
  const canvas = drawn(table(500));
  expect(canvas.split('\n').filter((line) => /^\| \d/.test(line))).toHaveLength(500);
  expect(canvas.split('\n').filter((line) => line === '| Time | Event |')).toHaveLength(4);
  expect(canvas).not.toContain('not fit here');
});

test('what is longer than a canvas loses the end of its longest table, which says how much; the questions stay', () => {
  const canvas = drawn(table(2_000, 1_000));
  const rows = canvas.split('\n').filter((line) => /^\| \d/.test(line)).length;
  expect(canvas).toContain(
    `_${2_000 - rows} more lines do not fit here: \`/incident postmortem\` posts all of it._\n\n## Root Cause\n\n- [ ] Why?\n`,
  );
  expect(rows).toBeGreaterThan(800);
});

test('where no table can give way, the end does', () => {
  const canvas = drawn(['# Title', '', ...Array.from({ length: 2_000 }, () => `- ${'x'.repeat(1_000)}`)].join('\n'));
  expect(canvas).toMatch(/\n_\d+ more lines do not fit here: `\/incident postmortem` posts all of it\._$/);
});
