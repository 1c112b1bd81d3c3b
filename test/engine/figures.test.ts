import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCsv } from '../../src/actions/postgres/csv.ts';
import { renderPng } from '../../src/adapters/pictures/render.ts';
import { figuresOf, trendOf } from '../../src/domain/incident/figures.ts';
import { describeTrend, drawTrend } from '../../src/engine/figures/chart.ts';
import { figuresTable } from '../../src/engine/figures/table.ts';
import { writeCsv } from '../../src/lib/csv.ts';
import { declaring, Life, MINUTE, START } from '../domain/helpers/incidents.ts';

const DAY = 24 * 60 * MINUTE;

function resolved(title: string) {
  const life = new Life();
  life.ask(declaring('P0', { title }));
  life.at += 5 * MINUTE;
  life.ask({ type: 'acknowledge' });
  life.at += 25 * MINUTE;
  life.ask({ type: 'resolve', summary: 'Done' });
  return figuresOf(life.incident);
}

describe('the table of the figures', () => {
  test('has a line for each incident; what is no number is empty', () => {
    const [names = [], line = []] = parseCsv(figuresTable([resolved('Slow, "very" slow')]));
    expect(Object.fromEntries(names.map((name, i) => [name, line[i]]))).toMatchObject({
      id: 'INC-2026-0001',
      title: 'Slow, "very" slow',
      severity: 'P0',
      declared: '2026-11-21T08:00:00Z',
      resolved: '2026-11-21T08:30:00Z',
      acknowledge_seconds: '300',
      acknowledge_target_seconds: '300',
      acknowledgements_late: '0',
      first_update_seconds: '',
      resolve_seconds: '1800',
    });
  });

  test('a title is no formula in a spreadsheet', () => {
    for (const title of ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)']) {
      const [, line = []] = parseCsv(figuresTable([resolved(title)]));
      expect(line[1]).toBe(`'${title}`);
    }
  });

  test('any text is read back as it was written', () => {
    const texts = fc.array(
      fc.string().filter((text) => !/^[=+\-@\t\r]/.test(text)),
      { minLength: 2 },
    );
    fc.assert(fc.property(texts, (texts) => expect(parseCsv(writeCsv([texts]))).toEqual([texts])));
  });
});

describe('the chart of the trend', () => {
  const trend = trendOf([resolved('One'), { ...resolved('Two'), declaredAt: START + 8 * DAY, severity: 'P3' }], START, START + 30 * DAY, 10);

  test('has a bar for each severity of each part, with numbers above', async () => {
    const svg = drawTrend('AUREUS & others', trend);
    expect(svg).toContain('AUREUS &amp; others');
    expect(svg.match(/<rect/g)).toHaveLength(1 + 4 + 2 + 2);
    expect(svg.match(/>30 min</g)).toHaveLength(2);
    expect(
      Buffer.from(await renderPng(svg))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  test('is told in words to who does not see it', () => {
    expect(describeTrend('Incidents', trend)).toContain(
      'Incidents. From 2026-11-21: 1 incident, median time to resolve 30 min. From 2026-11-24: 0 incidents',
    );
  });
});
