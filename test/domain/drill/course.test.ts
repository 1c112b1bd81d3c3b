import { expect, test } from '@jest/globals';
import type { DrillTerms } from '../../../src/domain/drill/drill.ts';
import type { IncidentEvent } from '../../../src/domain/incident/events.ts';
import { declared, type Life, MINUTE } from '../helpers/incidents.ts';

const TERMS: DrillTerms = {
  form: 'tabletop',
  runbook: 'aureus/policy-engine-failure',
  runbook_title: 'Policy engine failure',
  revision: 'a'.repeat(64),
  simulated: false,
  questions: [{ id: 'first', text: 'What first?', options: ['Look', 'Restart'], right: 0 }],
  within: { diagnose_ms: 10 * MINUTE, ask_ms: 20 * MINUTE, approve_ms: 30 * MINUTE },
  sign_off: 'incident-commander',
};

const BY = { kind: 'person', id: 'U0ADA', roles: [] } as const;

/** What happens in a drill, by somebody. */
function happens(life: Life, type: 'drill.answered' | 'drill.signed-off', data: object): void {
  life.append({ type, data, actor: BY, outcome: 'done' } as unknown as IncidentEvent);
}

test('a drill keeps who answered what, and who signed it', () => {
  const life = declared('P1', { drill: TERMS });
  happens(life, 'drill.answered', { question: 'first', option: 1, right: false, text: 'What first?', answer: 'Restart' });
  life.at += MINUTE;
  happens(life, 'drill.signed-off', { runbook: TERMS.runbook, revision: TERMS.revision, role: 'incident-commander' });
  expect(life.incident.drill).toMatchObject({ answers: { first: { option: 1, by: 'U0ADA' } }, signedOff: { by: 'U0ADA', at: life.at } });
});

test('an incident is made no drill by what only drills have', () => {
  const life = declared('P1');
  happens(life, 'drill.signed-off', { runbook: 'r', revision: 'v', role: 'incident-commander' });
  expect(life.incident).not.toHaveProperty('drill');
});
