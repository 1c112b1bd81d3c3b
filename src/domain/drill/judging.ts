import type { EventData } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import type { Drill } from './drill.ts';

export type Judgement = EventData['drill.judged'];

/** How a drill went: each step of a fire drill against its target, the answers, the signature. It was held when all of that was done, late or not. */
export function judge(state: Incident, drill: Drill): Judgement {
  const { form, runbook, expect, questions } = drill.terms;
  const steps = form === 'fire' ? stepsOf(state, drill) : [];
  const answered = questions.filter(({ id }) => drill.answers[id] !== undefined);
  const right = answered.filter(({ id, right: one }) => drill.answers[id]?.option === one);
  return {
    form,
    runbook,
    held: isHeld(drill, steps),
    steps,
    ...(form === 'fire' && expect !== undefined ? { expected: { title: expect.title, asked: drill.expected } } : {}),
    ...(form === 'tabletop' ? { answers: { questions: questions.length, answered: answered.length, right: right.length } } : {}),
    ...(form === 'review' ? { signed_off_by: drill.signedOff?.by ?? null } : {}),
  };
}

function isHeld({ terms: { form, questions }, answers, signedOff }: Drill, steps: Judgement['steps']): boolean {
  if (form === 'fire') return steps.every(({ within_ms: within }) => within !== null);
  if (form === 'tabletop') return questions.every(({ id }) => answers[id] !== undefined);
  return signedOff !== null;
}

function stepsOf({ milestones, policy, severity }: Incident, { terms: { within }, diagnosedAt, askedAt, approvedAt }: Drill): Judgement['steps'] {
  const step = (name: Judgement['steps'][number]['step'], at: number | null, target_ms: number) => {
    const within_ms = at === null ? null : at - milestones.declared;
    return { step: name, within_ms, target_ms, met: within_ms !== null && within_ms <= target_ms };
  };
  return [
    step('acknowledge', milestones.acknowledged, policy.respond_within_ms[severity]),
    step('diagnose', diagnosedAt, within.diagnose_ms),
    step('ask', askedAt, within.ask_ms),
    step('approve', approvedAt, within.approve_ms),
  ];
}
