import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describe as sentence } from '../../src/domain/incident/describe.ts';
import { timerRowsOf } from '../../src/domain/incident/timers.ts';
import { SEVERITIES } from '../../src/domain/severity.ts';
import { toIso } from '../../src/lib/time.ts';
import { changeSteps, lived } from './helpers/change-steps.ts';
import { declared, type Life } from './helpers/incidents.ts';
import { live, steps } from './helpers/steps.ts';

/**
 * Whole lives to the letter: what was decided, what it says, what waits, and the state in the end. `UPDATE_GOLDEN=1` writes them anew: read the
 * difference, since it is what the same asks lead to from now on.
 */
const GOLDEN = new URL('./lives/', import.meta.url);
const RISKS = ['change', 'destructive', 'emergency'] as const;

function write(life: Life, refused: readonly string[]): string {
  const records = life.records.map(({ time, actor, type, data, outcome }, index) => {
    const record = life.records[index];
    const said = record === undefined ? '' : sentence(record);
    return `${time.slice(11, 16)} ${actor.id} ${type}${outcome === 'done' ? '' : ` (${outcome})`}: ${said}\n      ${brief(data)}`;
  });
  const waits = timerRowsOf(life.incident).map(({ name, dueAt }) => `waits ${toIso(dueAt).slice(11, 16)} ${name}`);
  return [...records, ...waits, `refused: ${refused.join(', ')}`, `state: ${brief(life.incident)}`, ''].join('\n');
}

/** Without what is the same in all lives. */
function brief(value: object): string {
  return JSON.stringify(value, (key, one) => (key === 'policy' || key === 'steps' ? undefined : one)).replaceAll(/([a-d])\1{63}/g, '$1…');
}

function compare(name: string, text: string): void {
  const file = new URL(`${name}.txt`, GOLDEN);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden file; UPDATE_GOLDEN=1 writes it').toBe(text);
}

test.each(SEVERITIES)('lives of a %s', (severity) => {
  const lives = fc.sample(steps, { seed: 4 + SEVERITIES.indexOf(severity), numRuns: 8 }).map((given) => {
    const life = declared(severity);
    return write(life, live(life, given));
  });
  compare(severity, lives.join('\n'));
});

test.each(RISKS)('lives of a plan: %s', (risk) => {
  const lives = fc.sample(changeSteps, { seed: 7 + RISKS.indexOf(risk), numRuns: 8 }).map((given) => write(lived(risk, given), []));
  compare(risk, lives.join('\n'));
});
