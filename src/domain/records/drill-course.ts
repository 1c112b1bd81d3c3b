import { plural } from '../../lib/plural.ts';
import { sayDuration } from '../../lib/time.ts';
import type { Drill } from '../drill/drill.ts';
import { FORM_NAMES } from '../drill/forms.ts';
import type { EventData } from '../incident/events.ts';
import type { Incident } from '../incident/incident.ts';
import { mention } from '../mentions.ts';
import { DRILL_COURSE_DATA } from './data/drill-course.ts';
import type { RecordTypes } from './record-type.ts';

/** What happens in a drill and in no other incident. */
export const DRILL_COURSE: RecordTypes<keyof typeof DRILL_COURSE_DATA> = {
  'drill.answered': {
    data: DRILL_COURSE_DATA['drill.answered'],
    evolve: (state, { data, actor }) =>
      withDrill(state, (drill) => ({ ...drill, answers: { ...drill.answers, [data.question]: { option: data.option, by: actor.id } } })),
    says: ({ data }, { by }) => `${by} answered ${data.right ? 'right' : 'wrong'}: ${data.text} ${data.answer}`,
  },
  'drill.signed-off': {
    data: DRILL_COURSE_DATA['drill.signed-off'],
    evolve: (state, { actor }, at) => withDrill(state, (drill) => ({ ...drill, signedOff: { by: actor.id, at } })),
    says: ({ data }, { by }) => `${by} read the runbook ${data.runbook} (${data.revision.slice(0, 12)}) and signed it as ${data.role}`,
  },
  'drill.judged': {
    data: DRILL_COURSE_DATA['drill.judged'],
    says: ({ data, actor }, { by }) => `${sayFinished(data, actor.kind === 'timer' ? null : by)}${sayJudgement(data)}`,
  },
};

/** `by`: who finished it; `null` where nobody did. */
function sayFinished({ form, runbook, held }: EventData['drill.judged'], by: string | null): string {
  const drill = `the ${FORM_NAMES[form]} of ${runbook}`;
  if (by === null) return `Tocsin ended ${drill}, because nobody finished it${held ? '' : '; it does not count as held'}`;
  return `${by} finished ${drill}${held ? '' : ', which does not count as held'}`;
}

const STEP_WORDS = { acknowledge: 'acknowledged', diagnose: 'diagnosed', ask: 'asked for approval', approve: 'approved' } as const;

function sayJudgement({ steps, expected, answers, signed_off_by: signed }: EventData['drill.judged']): string {
  const parts = [
    ...steps.map(({ step, within_ms: within, target_ms: target, met }) =>
      within === null
        ? `not ${STEP_WORDS[step]}`
        : `${STEP_WORDS[step]} after ${sayDuration(within)}, ${met ? 'within' : 'over'} the target of ${sayDuration(target)}`,
    ),
    ...(expected === undefined ? [] : [`the expected remedy “${expected.title}” was ${expected.asked ? '' : 'not '}asked for`]),
    ...(answers === undefined ? [] : [`${answers.right} of ${plural(answers.questions, 'question')} answered right`]),
    ...(signed === undefined ? [] : [signed === null ? 'nobody signed it' : `signed by ${mention(signed)}`]),
  ];
  return parts.length === 0 ? '' : `: ${parts.join('; ')}`;
}

function withDrill(state: Incident, change: (drill: Drill) => Drill): Incident {
  return state.drill === undefined ? state : { ...state, drill: change(state.drill) };
}
