import type { KnownBlock } from '@slack/types';
import type { Risk } from '../src/domain/change/plans.ts';
import { remedyTitle } from '../src/domain/change/plans.ts';
import type { DIAGNOSIS_BOARD, ShownOf } from '../src/domain/messages/messages.ts';
import { TOCSIN } from '../src/domain/streams.ts';
import { largest } from '../src/lib/numbers.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { bar, chartText, code, narrowTable, type TableShown } from './code.ts';
import { inLine, inSection } from './exact.ts';
import { actions, button, context, header, type Message, message, option, section, withButton, withMenu } from './kit.ts';
import { safe } from './outside.ts';
import { sayRisk } from './plan-words.ts';
import { clamp, LIMITS, user, when } from './text.ts';

/** Conclusions that stand in the channel, and the length (characters) of one; the whole is in the thread. */
const CONCLUSIONS = 4;
const CONCLUSION = 400;
/** Reasons for which something cannot be read here, and the length (characters) of one. */
const RIGHTS = 3;
const RIGHT_LENGTH = 300;
/** Names of checks that still run, as long as they are not done. */
const RUNNING = 4;
/** Characters that the details spend on tables and charts: each check has its place. */
const DETAILS = 6_000;
const ONE_DETAIL = 1_800;
/** Lines of a log. */
const LOG_LINES = 4;

export type DiagnosisShown = ShownOf<typeof DIAGNOSIS_BOARD>;
type StepShown = DiagnosisShown['steps'][number];
type RemedyChoice = DiagnosisShown['remedies'][number];
type FindingShown = NonNullable<DiagnosisShown['findings']>[number];

/** The sign shows the result, and not that the check ran. */
const SIGNS = { good: ':white_check_mark:', bad: ':x:', seen: ':small_blue_diamond:', unknown: ':grey_question:' } as const;

/** One message, edited as the checks come in: what follows from them, and what can be done. What was seen is in its thread (`diagnosisDetails`). */
export function diagnosisBoard(view: DiagnosisShown): Message {
  const { findings, steps } = view;
  if (findings === null) return running(view);
  const { called = view.title } = view;
  return message(`Diagnosis of ${called}: ${findings.map(inLine).join(' ') || nothingFound(steps).headline}`, [
    header(`Diagnosis: ${called}`),
    ...conclusions(view, findings),
    ...remedyBlocks(view),
    ...(view.unfilled === undefined ? [] : [context(`:information_source: ${safe(view.unfilled.join(' '))}`)]),
    context(footer(view)),
    actions('diagnosis', [
      button('Run again', 'runbook.diagnose', valueOf(view, view.runbook)),
      button('Show runbook', 'runbook.show', valueOf(view, view.runbook)),
    ]),
  ]);
}

/** What each check saw, in the diagnosis's thread: tables, charts, and the conclusions that have no place in the channel. */
export function diagnosisDetails(view: DiagnosisShown): Message {
  const { findings, steps } = view;
  const more = (findings ?? []).filter(({ says }, i) => i >= CONCLUSIONS || says.length > CONCLUSION);
  return message(
    `Results of ${plural(steps.length, 'check')}`,
    [...more.map((finding) => section(`:mag: ${inSection(finding)}`)), ...stepBlocks(steps), ...dashboards(view)],
    'Each check is in the record, and its full text is in the files in this thread.',
  );
}

function running(view: DiagnosisShown): Message {
  const { steps, title } = view;
  const left = steps.filter(({ state }) => state === 'running');
  const done = steps.length - left.length;
  const names = left.slice(0, RUNNING).map((step) => safe(step.title));
  const more = left.length > RUNNING ? [`${left.length - RUNNING} more`] : [];
  return message(`Diagnosis of ${title}: ${done} of ${plural(steps.length, 'check')} done`, [
    header(`Diagnosis: ${title}`),
    section(`\`${bar(done, steps.length)}\` ${done} of ${plural(steps.length, 'check')} done`),
    ...(left.length === 0 ? [] : [context(`:hourglass_flowing_sand: ${[...names, ...more].join(', ')}`)]),
    context(footer(view)),
  ]);
}

function conclusions(view: DiagnosisShown, findings: readonly FindingShown[]): KnownBlock[] {
  const shown = findings.slice(0, CONCLUSIONS);
  const drawn = shown.flatMap((finding, i) => conclusion(view, finding, shown.slice(0, i)));
  const left = findings.length - CONCLUSIONS;
  const more = left > 0 ? [context(`_And ${plural(left, 'more conclusion')} in the thread._`)] : [];
  if (drawn.length > 0) return [...drawn, ...more, ...unknowns(view), ...missingRights(view)];
  const { sign, headline, rest } = nothingFound(view.steps);
  return [section(`${sign} *${headline}*${rest}`), ...missingRights(view)];
}

/** What is said where no finding holds: nothing is well because nobody could look, or because this runbook does not know what is wrong. */
function nothingFound(steps: readonly StepShown[]): { readonly sign: string; readonly headline: string; readonly rest: string } {
  const unknown = steps.filter(isUnknown).length;
  const open = steps.filter(isOpen).map(({ title }) => safe(title));
  const bad = steps.filter(({ state }) => state === 'bad').map(({ title }) => safe(title));
  if (unknown > 0 && unknown === steps.length)
    return { sign: SIGNS.unknown, headline: 'Nothing is known', rest: ': no check could be read. The reasons are in the thread.' };
  const blind = unknown === 0 ? '' : ` ${sayUnread(steps)}.`;
  if (bad.length > 0) {
    const what = `Problems: ${bad.join(', ')}`;
    return { sign: ':warning:', headline: what, rest: `. This runbook draws no conclusion from that; the results are in the thread.${blind}` };
  }
  if (unknown > 0)
    return {
      sign: SIGNS.unknown,
      headline: sayUnread(steps),
      rest: `${open.length === 0 ? '' : `: ${open.join(', ')}`}. The others found no known problem.`,
    };
  return { sign: ':white_circle:', headline: 'No known problem found', rest: '. The results of all checks are in the thread.' };
}

/** The one number of what is not known, and which checks that are; the reasons are in the thread. */
function unknowns({ steps }: DiagnosisShown): KnownBlock[] {
  const names = steps.filter(isOpen).map(({ title }) => safe(title));
  if (names.length === 0) return [];
  return [context(`${SIGNS.unknown} ${sayUnread(steps)}: ${names.join(', ')}. What depends on that is not known.`)];
}

/** `8 of 16 checks could not be read` */
function sayUnread(steps: readonly StepShown[]): string {
  return `${steps.filter(isUnknown).length} of ${plural(steps.length, 'check')} could not be read`;
}

/** What this installation does not let Tocsin read, and what to grant: once an incident. */
function missingRights({ steps }: DiagnosisShown): KnownBlock[] {
  const reasons = Map.groupBy(
    steps.filter(({ needs, said }) => needs !== undefined && said !== true),
    ({ needs }) => needs ?? '',
  );
  return [...reasons].slice(0, RIGHTS).map(([needs, which]) => {
    const names = which.map(({ title }) => safe(title)).join(', ');
    return context(
      `:lock: Tocsin cannot read this here: ${names}. ${safe(clamp(needs, RIGHT_LENGTH))} \`/runbook preflight\` names every missing right.`,
    );
  });
}

/** A finding; one that names other runbooks to go on with has a button for each, unless one above has it. */
function conclusion(view: DiagnosisShown, finding: FindingShown, above: readonly FindingShown[]): KnownBlock[] {
  const text = `:mag: ${inSection(finding, CONCLUSION, true)}`;
  const before = new Set(above.flatMap((one) => runbooksIn(view, one)));
  const fresh = runbooksIn(view, finding).filter((id) => !before.has(id));
  const [next, ...others] = fresh.map((id) => ({ id, press: button('Diagnose', 'runbook.diagnose', valueOf(view, id)) }));
  if (next === undefined) return [section(text)];
  if (others.length === 0) return [withButton(text, next.press)];
  // Which button is which has to be said.
  return [section(text), ...[next, ...others].map(({ id, press }) => withButton(`\`${id}\``, press))];
}

/** The other runbooks of the service that a finding names, each once. */
function runbooksIn({ runbook }: DiagnosisShown, { says }: FindingShown): readonly string[] {
  const [service = ''] = runbook.split('/');
  const named = [...says.matchAll(/\b[a-z][a-z0-9-]{0,59}\/[a-z0-9][a-z0-9-]{0,79}\b/g)].map(([id]) => id);
  return [...new Set(named)].filter((id) => id.startsWith(`${service}/`) && id !== runbook);
}

/** What is suggested, best first (src/engine/runbooks/diagnose/suggesting.ts), as buttons with the risk in words; the other remedies in a menu. */
function remedyBlocks(view: DiagnosisShown): KnownBlock[] {
  const suggested = view.remedies.filter((remedy) => remedy.suggested);
  const others = view.remedies.filter((remedy) => !remedy.suggested);
  const options = others
    .map((remedy) => ({ label: `${remedyTitle(remedy)} (${remedy.risk})`, value: remedyValue(view, remedy) }))
    .filter(({ value }) => value.length <= LIMITS.optionValue)
    .slice(0, 100)
    .map(({ label, value }) => option(label, value));
  return [
    ...(suggested.length === 0 ? [] : [context('*Suggested*')]),
    ...suggested.map((remedy, i) =>
      withButton(
        `*${safe(remedyTitle(remedy))}*\n${sayRisk({ ...remedy, risk: remedy.risk as Risk })}`,
        button('Run…', 'runbook.run', remedyValue(view, remedy), i === 0 && isNext(remedy) ? { style: 'primary' } : {}),
      ),
    ),
    ...(options.length === 0 ? [] : [withMenu(suggested.length === 0 ? 'Remedies' : 'Other remedies', 'runbook.run', 'Choose a remedy', options)]),
  ];
}

/** The best remedy is the thing to press: it asks first. An emergency or a last resort never looks like it. */
function isNext({ risk, lastResort }: RemedyChoice): boolean {
  return !lastResort && risk !== 'emergency';
}

/** Outside of an incident, which keeps what its diagnoses found, the button says which diagnosis it belongs to. */
function remedyValue(view: DiagnosisShown, remedy: RemedyChoice): string {
  const about = valueOf(view, `${view.runbook}#${remedy.name}`);
  const filled = view.incident === null && view.run !== undefined && Object.hasOwn(view.fills, remedy.name) ? `${about}@${view.run}` : about;
  return filled.length <= LIMITS.optionValue ? filled : about;
}

function valueOf(view: DiagnosisShown, about: string): string {
  return view.incident === null ? about : `${view.incident}:${about}`;
}

/** A block a check. What is bad comes first, then what could not be seen, which is as important as what was. */
function stepBlocks(steps: readonly StepShown[]): KnownBlock[] {
  let left = DETAILS;
  const order = [...steps].sort((a, b) => weightOf(b) - weightOf(a));
  return together(order).map(([step, ...others]) => {
    const detail = detailOf(step, Math.min(ONE_DETAIL, left));
    left -= detail.length;
    return section([sayStep(step, others), detail].filter((part) => part !== '').join('\n'));
  });
}

/** Steps that are unknown for the same reason stand together: a cause is said once. Any other step stands for itself. */
function together(steps: readonly StepShown[]): readonly (readonly [StepShown, ...StepShown[]])[] {
  const groups = new Map<string, [StepShown, ...StepShown[]]>();
  for (const step of steps) {
    const key = isUnknown(step) ? `unknown: ${step.summary}` : `step: ${step.name}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [step]);
    else group.push(step);
  }
  return [...groups.values()];
}

function weightOf(step: StepShown): number {
  return step.state === 'bad' ? 2 : isUnknown(step) ? 1 : 0;
}

function isUnknown({ state }: StepShown): boolean {
  return state === 'unknown' || state === 'failed';
}

/** Unknown now, and perhaps not at the next look: what has to be granted first is said once, apart from it. */
function isOpen(step: StepShown): boolean {
  return isUnknown(step) && step.needs === undefined;
}

/** `others`: steps of which the same is to be said. */
function sayStep(step: StepShown, others: readonly StepShown[]): string {
  const { state, summary, file, picture } = step;
  const name = [step, ...others].map(({ title }) => `*${safe(title)}*`).join(', ');
  const said = safe(clamp(summary, 600));
  if (state === 'running') return `:hourglass_flowing_sand: ${name}: running`;
  if (isUnknown(step)) return `${SIGNS.unknown} ${name} ${others.length === 0 ? 'is' : 'are'} *unknown*: ${said}`;
  const sign = state === 'good' || state === 'bad' ? SIGNS[state] : SIGNS.seen;
  const drawn = picture !== undefined ? '  _(drawn in a picture in this thread)_' : '';
  return `${sign} ${name}: ${said}${drawn}${file ? '  _(all of it is in a file in this thread)_' : ''}`;
}

function detailOf({ state, table, chart, file }: StepShown, length: number): string {
  if (state === 'running') return '';
  const shown = table === null || !file ? table : newest(table);
  const texts = [...(shown === null || shown.rows.length === 0 ? [] : [narrowTable(shown)]), ...(chart === null ? [] : [chartText(chart)])];
  if (texts.length === 0) return '';
  return length < 200 ? '_Its table is in the record._' : code(texts.join('\n\n'), length);
}

/** Of a log that has a file in the thread, only the end: what happened last. */
function newest(table: TableShown): TableShown {
  return table.columns[0] === 'Time' ? { ...table, rows: table.rows.slice(-LOG_LINES) } : table;
}

/** Where people look on (AU-02). */
function dashboards({ links }: DiagnosisShown): KnownBlock[] {
  if (links.length === 0) return [];
  return [context(`:bar_chart: ${links.map(({ title, url }) => `<${url}|${safe(title)}>`).join('  ·  ')}`)];
}

function footer(view: DiagnosisShown): string {
  const took = Math.max(0, largest(view.steps.map(({ ms }) => ms)));
  const parts = [
    view.incident === null ? null : `*${view.incident}*`,
    `\`${view.runbook}\``,
    view.findings === null
      ? null
      : `${plural(view.steps.length, 'check')} in parallel in ${took < 1_000 ? `${took} ms` : sayDuration(took)}, details in the thread`,
    view.findings === null || view.as_of === undefined ? null : `as of ${when(view.as_of)}`,
    view.from === undefined ? null : `made for *${view.from}*`,
    view.by === TOCSIN.id ? 'started by rule' : `asked for by ${/^[UW][A-Z0-9]{2,20}$/.test(view.by) ? user(view.by) : safe(view.by)}`,
  ];
  return parts.filter((part) => part !== null).join('  ·  ');
}
