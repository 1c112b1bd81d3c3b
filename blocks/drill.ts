import type { KnownBlock } from '@slack/types';
import type { Drill, DrillQuestion } from '../src/domain/drill/drill.ts';
import type { DrillStanding } from '../src/domain/drill/due.ts';
import { FORM_NAMES } from '../src/domain/drill/forms.ts';
import type { Judgement } from '../src/domain/drill/judging.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { chunks } from './chunks.ts';
import { tableText } from './code.ts';
import { actions, button, context, header, type Message, message, option, plainText, section, withMenu } from './kit.ts';
import { safe, sentence } from './outside.ts';
import { clamp, LIMITS, user, when } from './text.ts';

/** Buttons for what a drill has no part in. */
const NOT_IN_DRILLS: ReadonlySet<string> = new Set(['incident.escalate', 'incident.resolve', 'incident.close', 'incident.reopen', 'incident.review']);

/** Any message of a drill, marked so that nobody takes it for real: in its headline, in its notification, and without buttons that lead out of it. */
export function asDrill({ text, blocks }: Message, id: string): Message {
  const [first, ...rest] = blocks;
  const marked: readonly KnownBlock[] =
    first?.type === 'header'
      ? [{ ...first, text: plainText(`DRILL: ${first.text.text}`, LIMITS.header) }, ...rest]
      : [context(`:performing_arts: *DRILL* ${id}: nothing here is real`), ...blocks];
  return { text: `DRILL: ${text}`, blocks: marked.flatMap(withoutWaysOut) };
}

function withoutWaysOut(block: KnownBlock): KnownBlock[] {
  if (block.type !== 'actions') return [block];
  const elements = block.elements.filter((element) => !('action_id' in element) || !NOT_IN_DRILLS.has(element.action_id ?? ''));
  return elements.length === 0 ? [] : [{ ...block, elements }];
}

/** The task of a drill, in its room: what to do, the questions with their answers, the signature. */
export function drillMessage(incident: Incident, notice: string | null = null): Message {
  const { drill, id } = incident;
  if (drill === undefined) return message(id, [section(`*${id}* is no drill.`)]);
  const { form, runbook, runbook_title: title } = drill.terms;
  const done = incident.status === 'closed';
  return message(`${FORM_NAMES[form]} of ${safe(runbook)}`, [
    header(`${FORM_NAMES[form].toUpperCase()}: ${title}`),
    ...(notice === null ? [] : [section(`:information_source: ${sentence(notice)}`)]),
    section(`${taskOf(drill)}\nNobody is called. To bring people in, use Slack’s \`/invite\`.`),
    ...drill.terms.questions.map((question, i) => questionBlock(id, drill, question, i, done)),
    ...(drill.signedOff === null
      ? []
      : [section(`:white_check_mark: ${user(drill.signedOff.by)} signed the runbook at ${when(drill.signedOff.at)}.`)]),
    ...(done ? [] : [actions('drill', buttonsOf(id, drill))]),
  ]);
}

function taskOf({ terms: { form, runbook, simulated, within, sign_off: role } }: Drill): string {
  if (form === 'tabletop') return `Answer the questions about \`${runbook}\` together. The first answer to each one counts.`;
  if (form === 'review')
    return `Read \`${runbook}\`: is it still right? Whoever holds the role *${role}* signs it. If it is wrong, change it first, and start another review.`;
  const end = simulated
    ? 'What you approve is applied to the simulated platform, which is broken for it until the drill is over.'
    : 'The plan is real, with its exact diff. The drill ends at the approval: *nothing is applied*.';
  return [
    `Play \`${runbook}\` as if it were real: \`/incident ack\`, \`/runbook diagnose ${runbook}\`, \`/runbook run ${runbook} remedy reason\`, and approve the plan. ${end}`,
    `Targets: diagnose within ${sayDuration(within.diagnose_ms)}, ask for approval within ${sayDuration(within.ask_ms)}, approve within ${sayDuration(within.approve_ms)}.`,
  ].join('\n');
}

function questionBlock(id: string, { answers }: Drill, { id: question, text, options, right }: DrillQuestion, i: number, done: boolean): KnownBlock {
  const lead = `*${i + 1}.* ${safe(text)}`;
  const answer = answers[question];
  if (answer === undefined && done) return section(`${lead}\n:grey_question: Not answered. Right: ${safe(options[right] ?? '')}`);
  if (answer === undefined) {
    const menu = options.map((one, index) => option(one, `${id}:${question}:${index}`));
    return { ...withMenu(lead, 'drill.answer', 'Choose an answer', menu), block_id: `question:${question}` };
  }
  const given = safe(options[answer.option] ?? '');
  const verdict = answer.option === right ? `:white_check_mark: ${given}` : `:x: ${given}. Right: ${safe(options[right] ?? '')}`;
  return section(`${lead}\n${verdict}  _${user(answer.by)}_`);
}

function buttonsOf(id: string, { terms: { form, runbook }, signedOff }: Drill) {
  return [
    ...(form === 'review' ? [button('Show runbook', 'runbook.show', runbook)] : []),
    ...(form === 'review' && signedOff === null ? [button('Sign', 'drill.sign-off', id, { style: 'primary' as const })] : []),
    button('Finish drill', 'drill.finish', id),
  ];
}

const STEP_NAMES = { acknowledge: 'Acknowledge', diagnose: 'Diagnose', ask: 'Ask for approval', approve: 'Approve' } as const;

/** How a drill went: the one message at its end, with its table. `forgotten`: nobody finished it, so Tocsin did. */
export function drillJudged({ id, serviceName }: Pick<Incident, 'id' | 'serviceName'>, judgement: Judgement, forgotten: boolean): Message {
  const { form, runbook, steps, expected, answers, signed_off_by: signed } = judgement;
  const met = steps.filter((step) => step.met).length;
  return message(`The ${FORM_NAMES[form]} of ${safe(runbook)} is over`, [
    header(`${FORM_NAMES[form].toUpperCase()} ${forgotten ? 'ENDED' : 'FINISHED'}: ${serviceName}`),
    section(sayHeld(id, judgement, forgotten)),
    ...(steps.length === 0 ? [] : [section(`${tableOf(steps)}\n${met} of ${plural(steps.length, 'target')} met.`)]),
    ...(expected === undefined
      ? []
      : [
          section(
            `${expected.asked ? ':white_check_mark:' : ':x:'} The expected remedy “${safe(expected.title)}” was ${expected.asked ? '' : 'not '}asked for.`,
          ),
        ]),
    ...(answers === undefined ? [] : [section(sayAnswers(answers))]),
    ...(signed === undefined
      ? []
      : [section(signed === null ? ':x: Nobody signed the runbook.' : `:white_check_mark: ${user(signed)} signed the runbook.`)]),
    context(`\`/incident evidence ${id}\` packs its evidence. \`/drill list\` shows what is due next.`),
  ]);
}

function sayHeld(id: string, { runbook, held }: Judgement, forgotten: boolean): string {
  const how = forgotten ? `Nobody finished *${id}*, so Tocsin ended it.` : `*${id}* ${held ? 'is over' : 'was broken off'}.`;
  if (held) return `:checkered_flag: ${how} It counts as a test of \`${runbook}\`.`;
  return `:warning: ${how} It does not count as a test of \`${runbook}\`. \`/drill start\` begins another one.`;
}

function sayAnswers({ right, questions, answered }: NonNullable<Judgement['answers']>): string {
  const left = questions === answered ? '' : `; ${questions - answered} not answered`;
  return `${right} of ${plural(questions, 'question')} answered right${left}.`;
}

function tableOf(steps: Judgement['steps']): string {
  const rows = steps.map(({ step, within_ms: within, target_ms: target, met }) => [
    STEP_NAMES[step],
    within === null ? 'not done' : sayDuration(within),
    sayDuration(target),
    met ? 'met' : 'missed',
  ]);
  return `\`\`\`${tableText({ columns: ['Step', 'Took', 'Target', ''], rows })}\`\`\``;
}

/** When each drill was last held and is next due; the overdue ones first. */
export function drillList(standings: readonly DrillStanding[]): Message {
  const [first] = standings;
  if (first === undefined) return message('No drills', [section('No service has a runbook, so no drill is due.')]);
  const overdue = standings.filter((one) => one.overdue).length;
  return message(`Drills: ${overdue} overdue`, [
    section(`*Drills*: ${overdue === 0 ? 'none is overdue' : `${overdue} ${overdue === 1 ? 'is' : 'are'} overdue`}`),
    ...chunks(standings.map(line)).map((chunk) => section(chunk)),
    context(`\`/drill start ${first.form} ${first.service}\` begins the first of these.`),
  ]);
}

function line({ serviceName, form, last, dueAt, overdue }: DrillStanding): string {
  const due = dueAt === null ? 'not scheduled' : `${overdue ? 'was due' : 'next due'} ${when(dueAt, 'day')}`;
  const tested = last === null ? 'never tested' : `last tested ${when(last.at, 'day')} (${last.drill}, \`${last.runbook}\`)`;
  return `${overdue ? ':red_circle:' : ':white_circle:'} *${safe(clamp(serviceName, 40))}*, ${FORM_NAMES[form]}: ${tested}; ${due}`;
}

/** In the service's channel, once a week: all of its drills that are overdue. */
export function drillReminder(service: string, serviceName: string, overdue: readonly DrillStanding[]): Message {
  const text = `${plural(overdue.length, 'drill')} of ${safe(serviceName)} ${overdue.length === 1 ? 'is' : 'are'} overdue`;
  return message(text, [
    section(`:alarm_clock: *${text}*`),
    section(overdue.map(line).join('\n')),
    context(overdue.map(({ form }) => `\`/drill start ${form} ${service}\``).join('  ')),
  ]);
}

/** To who started it: where it is. */
export function drillStarted(incident: Incident): Message {
  const { id, drill, title } = incident;
  const what = drill === undefined ? 'drill' : FORM_NAMES[drill.terms.form];
  const text = `The ${what} *${id}* begins: ${safe(title)}. Its channel \`#${id.toLowerCase()}\` opens now, and you are invited. Nobody else is called: bring in who plays with Slack’s \`/invite\`.`;
  return message(text, [section(`:performing_arts: ${text}`)]);
}
