import { expect, test } from '@jest/globals';
import { type DiagnosisShown, diagnosisDetails } from '../../blocks/diagnosis.ts';

const step = { table: null, chart: null, file: false, ms: 10 } as const;

function view(steps: DiagnosisShown['steps']): DiagnosisShown {
  const about = { incident: null, runbook: 'aureus/assess', revision: '', title: 'Assess', by: 'U0ADA' } as const;
  return { ...about, steps, findings: [], unjudged: 0, remedies: [], fills: {}, links: [] };
}

test('a reason for which several checks are unknown is said once, with all of them', () => {
  const why = 'Access denied: Tocsin may not read pods.';
  const texts = diagnosisDetails(
    view([
      { ...step, name: 'pods', title: 'Pods', state: 'unknown', summary: why },
      { ...step, name: 'health', title: 'Health', state: 'good', summary: 'answers' },
      { ...step, name: 'events', title: 'Events', state: 'unknown', summary: why },
      { ...step, name: 'disk', title: 'Disk', state: 'unknown', summary: 'No such target.' },
    ]),
  ).blocks.map((block) => (block.type === 'section' ? (block.text?.text ?? '') : ''));
  expect(texts.filter((text) => text.includes(why))).toEqual([`:grey_question: *Pods*, *Events* are *unknown*: ${why}`]);
  expect(texts).toContain(':grey_question: *Disk* is *unknown*: No such target.');
});
