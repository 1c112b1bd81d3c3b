import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DrillTerms } from '../../src/domain/drill/drill.ts';
import { questionsOf } from '../../src/domain/drill/questions.ts';
import { UserError } from '../../src/domain/errors.ts';
import { evolve, replay } from '../../src/domain/incident/evolve.ts';
import { type Incident, isIn } from '../../src/domain/incident/incident.ts';
import { formatTimer } from '../../src/domain/incident/timer.ts';
import { timersOf } from '../../src/domain/incident/timers.ts';
import type { ServiceChannels } from '../../src/engine/incidents/notice.ts';
import { noticesOf } from '../../src/engine/incidents/notices.ts';
import { ChangeLife, commander, PLAN, security } from '../blocks/helpers/changes.ts';
import { declared, MINUTE, matrixPolicy, policy } from '../domain/helpers/incidents.ts';
import { live, steps } from '../domain/helpers/steps.ts';

const CHANNELS: ServiceChannels = {
  incidents: 'C0INC',
  updates: 'C0OPS',
  resolutions: 'C0RES',
  stakeholders: 'C0STAKE',
  security: 'C0SEC',
  room: 'thread',
};
const TERMS: DrillTerms = {
  form: 'fire',
  runbook: 'aureus/policy-engine-failure',
  runbook_title: 'Policy engine failure',
  revision: 'a'.repeat(64),
  simulated: false,
  questions: [],
  within: { diagnose_ms: 10 * MINUTE, ask_ms: 20 * MINUTE, approve_ms: 30 * MINUTE },
  sign_off: 'incident-commander',
};
const WORDS = { title: 'Down', service: 'AUREUS', remedy: 'Bypass', text: 'why', many: 1 };
const MAILED = { ...matrixPolicy, mail: { after_ms: 30 * MINUTE }, review_within: { P0: { ms: MINUTE }, P1: { ms: MINUTE }, P2: null, P3: null } };

describe('[AU-90] whatever happens in a drill', () => {
  test('nothing leaves it, nobody is called, and its records give its state', () => {
    fc.assert(
      fc.property(fc.constantFrom(policy, MAILED), steps, (service, given) => {
        const life = declared('P0', { policy: service, drill: TERMS, incidentType: 'security-breach' });
        live(life, given);
        let state: Incident | null = null;
        for (const record of life.records) {
          expect(record.type).not.toMatch(/^(?:incident\.(?:escalated|merged|absorbed)|mail\.due|review\.scheduled)$/);
          state = evolve(state, record);
          if (state === null) throw new Error('There is no drill.');
          for (const notice of noticesOf(record, state, CHANNELS)) {
            if (notice.kind === 'run') expect(notice.run).not.toMatch(/page|mail|alerts|anchor/);
            if (notice.kind !== 'message') continue;
            const { to } = notice;
            if (to.kind === 'channel') expect(to.channel).toBe(state.room?.channel);
            if (to.kind === 'person') expect(isIn(state, to.user)).toBe(true);
          }
        }
        expect(replay(JSON.parse(JSON.stringify(life.records)) as typeof life.records)).toEqual(life.state);
      }),
      { numRuns: 200 },
    );
  });

  test('no timer fires for ever', () => {
    fc.assert(
      fc.property(steps, fc.nat(120), (given, late) => {
        const life = declared('P0', { policy: MAILED, drill: TERMS });
        live(life, given);
        life.at += late * MINUTE;
        for (const { timer, dueAt } of timersOf(life.incident)) {
          const now = () => timersOf(life.incident).find((one) => formatTimer(one.timer) === formatTimer(timer));
          if (now()?.dueAt !== dueAt) continue;
          life.at = Math.max(life.at, dueAt);
          life.give({ at: life.at, by: null, ask: { type: 'timer', timer } });
          expect(now()?.dueAt).not.toBe(dueAt);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('no intent of a change is recorded outside of the local workspace, whoever has approved it', () => {
    const approved = (simulated: boolean): ChangeLife => {
      const life = new ChangeLife(WORDS, { drill: { ...TERMS, simulated } });
      life.request();
      life.plan();
      life.ask({ type: 'approve', plan: PLAN }, security);
      expect(life.incident.plans[PLAN]?.status).toBe('approved');
      expect(life.types()).not.toContain('incident.escalated');
      return life;
    };
    const real = approved(false);
    expect(() => real.apply()).toThrow(new UserError('plan-state', 'This is a drill: it ends at the approval, and nothing is applied.'));
    expect(real.types()).not.toContain('change.intended');
    const local = approved(true);
    local.apply();
    expect(local.types()).toContain('change.intended');
  });

  test('a step is counted once, at its first time', () => {
    const life = new ChangeLife(WORDS, { drill: TERMS });
    life.at += 4 * MINUTE;
    life.request();
    life.plan();
    const asked = life.at;
    life.at += 40 * MINUTE;
    expect(life.incident.drill).toMatchObject({ askedAt: asked, approvedAt: null, diagnosedAt: null });
    life.ask({ type: 'finish-drill' }, commander);
    const judged = life.records.find((record) => record.type === 'drill.judged');
    expect(judged?.data).toMatchObject({
      held: false,
      steps: [
        { step: 'acknowledge', within_ms: MINUTE, met: true },
        { step: 'diagnose', within_ms: null, met: false },
        { step: 'ask', within_ms: 5 * MINUTE, met: true },
        { step: 'approve', within_ms: null, met: false },
      ],
    });
    expect(life.incident.plans[PLAN]?.status).toBe('voided');
    expect(life.incident.status).toBe('closed');
  });
});

describe('A drill that nobody finishes', () => {
  const HOUR = 60 * MINUTE;
  const due = (life: { readonly incident: Incident }) => timersOf(life.incident).find(({ timer }) => timer.kind === 'drill-end')?.dueAt ?? null;

  test.each([
    ['after eight hours', TERMS, 8],
    ['when its service says', { ...TERMS, ends_after_ms: 2 * HOUR }, 2],
  ])('is ended %s, judged by what was done, and reminds nobody any more', (_, terms, hours) => {
    const life = declared('P0', { policy, drill: terms });
    const endsAt = life.at + hours * HOUR;
    expect(due(life)).toBe(endsAt);
    life.at = endsAt - 1;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'drill-end' } } });
    expect(life.incident.status).toBe('investigating');
    life.at = endsAt;
    life.give({ at: life.at, by: null, ask: { type: 'timer', timer: { kind: 'drill-end' } } });
    expect(life.records.find(({ type }) => type === 'drill.judged')?.data).toMatchObject({ held: false });
    expect(life.records.find(({ type }) => type === 'incident.resolved')?.data).toEqual({
      summary: `Nobody finished this drill within ${hours} h, so Tocsin ended it.`,
    });
    expect(life.incident.status).toBe('closed');
    expect(timersOf(life.incident)).toEqual([]);
    expect(due(declared('P0'))).toBeNull();
  });

  test('is not ended while a change of it is in force', () => {
    const life = new ChangeLife(WORDS, { drill: { ...TERMS, simulated: true } });
    expect(due(life)).not.toBeNull();
    life.request();
    life.plan();
    life.ask({ type: 'approve', plan: PLAN }, security);
    life.apply();
    expect(due(life)).toBeNull();
  });
});

describe('The questions of a tabletop exercise', () => {
  const texts = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 5 });
  const asked = fc.record({
    id: fc.string({ minLength: 1 }),
    title: fc.string({ minLength: 1 }),
    symptoms: texts,
    findings: fc.array(fc.record({ says: fc.string({ minLength: 1 }), suggests: texts }), { maxLength: 4 }),
    remedies: fc.array(fc.record({ name: fc.string({ minLength: 1 }), title: fc.string({ minLength: 1 }), needs: texts }), { maxLength: 4 }),
  });

  test('[AU-90] have one right answer among different ones, and are the same each time', () => {
    fc.assert(
      fc.property(asked, fc.array(asked, { maxLength: 4 }), (runbook, others) => {
        const questions = questionsOf(runbook, others);
        expect(questionsOf(runbook, others)).toEqual(questions);
        expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
        for (const { options, right } of questions) {
          expect(options.length).toBeGreaterThan(1);
          expect(new Set(options).size).toBe(options.length);
          expect(options[right]).toBeDefined();
        }
      }),
    );
  });
});
