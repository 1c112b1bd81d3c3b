import type { KnownBlock, ModalView } from '@slack/types';
import type { Risk } from '../src/domain/change/plans.ts';
import { remedyTitle } from '../src/domain/change/plans.ts';
import type { Incident } from '../src/domain/incident/incident.ts';
import type { Severity } from '../src/domain/severity.ts';
import { plural } from '../src/lib/plural.ts';
import { sayDuration } from '../src/lib/time.ts';
import { actions, button, context, divider, header, type Message, message, option, section, withButton } from './kit.ts';
import { about, input, modal, select } from './modals.ts';
import { safe } from './outside.ts';
import { sayNeeds, sayRisk } from './plan-words.ts';
import { clamp, LIMITS } from './text.ts';

/** A runbook as people are shown it. */
export interface RunbookShown {
  readonly id: string;
  readonly title: string;
  readonly service: string;
  readonly severity: Severity;
  readonly source: string | null;
  readonly symptoms: readonly string[];
  readonly steps: readonly { readonly title: string; readonly uses: string }[];
  readonly findings: readonly { readonly says: string; readonly suggests: readonly string[] }[];
  readonly remedies: readonly RemedyShown[];
}

export interface RemedyShown {
  readonly name: string;
  readonly title: string;
  readonly about: string | null;
  readonly risk: Risk;
  readonly lastResort: boolean;
  /** What is at stake, where the runbook says it. */
  readonly stake: string | null;
  /** Its own condition, as the runbook has it. */
  readonly when: string | null;
  readonly arguments: readonly ArgumentShown[];
  /** Roles that its approvals need. */
  readonly needs: readonly string[];
  readonly revertAfterMs: number | null;
  /** All that it does is propose something. */
  readonly proposes: boolean;
}

export interface ArgumentShown {
  readonly name: string;
  readonly about: string;
  readonly pattern: string | null;
  readonly default: string | null;
}

export interface RunbookProblem {
  readonly file: string;
  readonly line: number | null;
  readonly text: string;
}

/** Every runbook as a line, by service; what could not be loaded is not kept quiet. */
export function runbookList(runbooks: readonly RunbookShown[], problems: readonly RunbookProblem[]): Message {
  const services = Map.groupBy(runbooks, ({ service }) => service);
  return message(
    plural(runbooks.length, 'runbook'),
    [
      header(plural(runbooks.length, 'runbook')),
      ...[...services].flatMap(([service, those]) => [section(`*${safe(service)}*`), ...chunked(those.map(sayRunbook))]),
      ...(runbooks.length === 0 ? [section('There are none. `runbooks` in tocsin.yml names a folder of your own.')] : []),
      context('`/runbook show name` says what one does; `/runbook diagnose name` changes nothing.'),
      ...(problems.length === 0
        ? []
        : [
            section(
              [`:warning: *${plural(problems.length, 'problem')}* in files that could not be loaded`, ...problems.slice(0, 5).map(sayProblem)].join(
                '\n',
              ),
            ),
          ]),
    ],
    '`/runbook list service` lists one service.',
  );
}

function sayRunbook({ id, title, severity, remedies }: RunbookShown): string {
  const count = remedies.length === 0 ? 'diagnosis only' : plural(remedies.length, 'remedy', 'remedies');
  return `• \`${id}\`  ${safe(title)}  ·  ${severity}  ·  ${count}`;
}

function sayProblem({ file, line, text }: RunbookProblem): string {
  return `• ${safe(clamp(file, 200))}${line === null ? '' : `:${line}`}: ${safe(clamp(text, 300))}`;
}

/** Lines put together, as many a section as it holds. */
function chunked(lines: readonly string[]): KnownBlock[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + line.length + 1 <= LIMITS.section) texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts.map((text) => section(text));
}

/** What a runbook looks at, concludes and can do. `incident`: whose channel this is shown in. */
export function runbookPage(runbook: RunbookShown, incident: Incident | null): Message {
  const value = (about: string) => (incident === null ? about : `${incident.id}:${about}`);
  const facts = [`\`${runbook.id}\``, `usually ${runbook.severity}`, runbook.source === null ? null : safe(runbook.source)];
  return message(
    `${runbook.id}: ${runbook.title}`,
    [
      header(runbook.title),
      context(facts.filter((fact) => fact !== null).join('  ·  ')),
      ...(runbook.symptoms.length === 0 ? [] : [bullets('Symptoms', runbook.symptoms.map(safe), 1_000)]),
      bullets(
        'Looks at',
        runbook.steps.map(({ title, uses }) => `${safe(title)}  \`${uses}\``),
        1_500,
      ),
      ...(runbook.findings.length === 0
        ? []
        : [
            bullets(
              'Concludes',
              runbook.findings.map((finding) => sayFinding(finding, runbook.remedies)),
              2_000,
            ),
          ]),
      ...(runbook.remedies.length === 0 ? [section('*Remedies*: none; diagnosis only.')] : [divider(), section('*Remedies*')]),
      ...runbook.remedies.map((remedy) => withButton(sayRemedy(remedy), button('Run…', 'runbook.run', value(`${runbook.id}#${remedy.name}`)))),
      actions('runbook', [button('Diagnose', 'runbook.diagnose', value(runbook.id), { style: 'primary' })]),
    ],
    'The runbook’s file has all of it.',
  );
}

function bullets(title: string, lines: readonly string[], length: number): KnownBlock {
  const kept: string[] = [];
  let size = 0;
  for (const line of lines) {
    if (size + line.length > length) break;
    kept.push(`• ${line}`);
    size += line.length;
  }
  const left = lines.length - kept.length;
  return section([`*${title}*`, ...kept, ...(left > 0 ? [`_and ${left} more_`] : [])].join('\n'));
}

/** A computed conclusion is shown by its words only, and what it suggests by the titles. */
function sayFinding({ says, suggests }: RunbookShown['findings'][number], remedies: RunbookShown['remedies']): string {
  const words = says.startsWith('=') ? wordsOf(says.slice(1)) : says;
  const titles = suggests.map((name) => safe(remedies.find((remedy) => remedy.name === name)?.title ?? name));
  return `${safe(clamp(words, 300))}${titles.length === 0 ? '' : `  → ${titles.join(', ')}`}`;
}

/** The texts of an expression, with an ellipsis for what is computed: `="Ready: " + string(n)` reads `Ready: …`, and `=plural(n, "file", "files")` reads `… files`. */
function wordsOf(expression: string): string {
  const parts = expression
    .replaceAll(/\bplural\([^"]*, "(?:[^"\\]|\\.)*", ("(?:[^"\\]|\\.)*")\)/g, (_, many: string) => `"… ${many.slice(1)}`)
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part) => (part.startsWith('"') ? part.slice(1, -1) : part.trim() === '' || part.trim() === '+' ? '' : '…'));
  return parts.join('').trim();
}

function sayRemedy(remedy: RemedyShown): string {
  const named = remedy.arguments.map(({ name, about, default: given }) => `\`${name}\` ${safe(about)}${given === null ? '' : ` (${safe(given)})`}`);
  return [
    `*${safe(remedyTitle(remedy))}*  \`${remedy.name}\``,
    `${sayRisk({ risk: remedy.risk, stake: remedy.stake })}${sayTerms(remedy)}`,
    ...(remedy.about === null ? [] : [safe(remedy.about)]),
    ...(named.length === 0 ? [] : [`Needs ${named.join(', ')}`]),
  ].join('\n');
}

/** Who approves and when it reverts. */
function sayTerms({ needs, risk, revertAfterMs, when }: RemedyShown): string {
  const parts = [
    needs.length < 2 && risk !== 'destructive' && risk !== 'emergency' ? null : `Needs the approval of ${sayNeeds(needs)}`,
    revertAfterMs === null ? null : `reverts by itself after ${sayDuration(revertAfterMs)}`,
    when === null ? null : sayWhen(when),
  ].filter((part) => part !== null);
  return parts.length === 0 ? '' : `\n${parts.join(', ')}`;
}

/** A remedy's condition in words: whoever reads it runs no expressions. */
function sayWhen(when: string): string {
  const severity = /^incident\.severity == "(P\d)"$/.exec(when)?.[1];
  if (when === 'incident.private') return 'only of a private incident';
  if (when === '!incident.private') return 'not of a private incident';
  return severity === undefined ? 'not in every incident' : `only while the incident is ${severity}`;
}

/** Which runbook? For Diagnose on a card, and for `/runbook diagnose` without a name. */
export function pickModal(runbooks: readonly RunbookShown[], incident: Incident | null, initial: string | undefined): ModalView {
  const options = runbooks
    .filter(({ id }) => id.length <= LIMITS.optionValue)
    .slice(0, 100)
    .map(({ id, title }) => option(`${title} (${id})`, id));
  return modal('runbook.pick', 'Diagnose', 'Diagnose', incident === null ? {} : { incident: incident.id }, [
    ...(incident === null ? [] : [about(incident)]),
    select('runbook', 'What does it look like?', options, { initial, placeholder: 'Choose a runbook' }),
    context('A diagnosis only reads. It changes nothing.'),
  ]);
}

export interface RunDraft {
  readonly reason: string;
  readonly arguments: Readonly<Record<string, string>>;
  /** Open incidents of the service that it may belong to, when the channel does not say. */
  readonly incidents: readonly Incident[];
  /** The channel's incident is one of another service, and not meant. */
  readonly outside?: boolean;
}

/** Everything that somebody should know before they ask for a remedy, and what is still missing. */
export function runModal(runbook: RunbookShown, remedy: RemedyShown, incident: Incident | null, draft: RunDraft): ModalView {
  const remember = {
    ...(incident === null ? {} : { incident: incident.id }),
    remedy: `${runbook.id}#${remedy.name}`,
    ...(draft.outside === true ? { outside: 1 } : {}),
    ...(remedy.proposes ? { proposes: 1 } : {}),
  };
  return modal('runbook.run', 'Run a remedy', remedy.needs.length === 0 ? 'Run' : 'Ask for it', remember, [
    ...(incident === null ? [] : [about(incident)]),
    section(
      [
        ...(remedy.lastResort ? [':warning: *LAST RESORT*: try everything else first.'] : []),
        `*${safe(remedy.title)}*`,
        `${sayRisk({ risk: remedy.risk, stake: remedy.stake })}${sayTerms(remedy)}`,
        ...(remedy.about === null ? [] : [safe(remedy.about)]),
      ].join('\n'),
    ),
    ...(incident === null ? where(runbook, remedy, draft.incidents) : []),
    ...remedy.arguments.map((argument) => argumentInput(argument, draft.arguments[argument.name])),
    input('reason', 'Why?', { multiline: true, focus: true, max: 1_000, initial: draft.reason }),
    context(remedy.risk === 'safe' ? 'It runs at once.' : 'Nothing changes yet: you get a plan with the exact diff first.'),
  ]);
}

/** The incident it belongs to: one that is open, or a new one. */
function where(runbook: RunbookShown, remedy: RemedyShown, incidents: readonly Incident[]): KnownBlock[] {
  const severity = severityFor(runbook, remedy);
  const fresh = `A new one: ${severity} ${runbook.title}`;
  if (incidents.length === 0) return [context(`It declares an incident: ${severity} ${safe(runbook.title)}`)];
  const options = [...incidents.slice(0, 99).map(({ id, severity, title }) => option(`${id} ${severity} ${title}`, id)), option(fresh, 'new')];
  return [select('where', 'Incident', options, { initial: options[0]?.value })];
}

/** An emergency remedy is for P0 only, so an incident that is declared for one is P0. */
export function severityFor(runbook: Pick<RunbookShown, 'severity'>, remedy: Pick<RemedyShown, 'risk'>): Severity {
  return remedy.risk === 'emergency' ? 'P0' : runbook.severity;
}

/** A pattern that only lists words, such as `yes|no`, is a choice. */
const CHOICE = /^[\w-]{1,40}(?:\|[\w-]{1,40}){1,20}$/;

function argumentInput({ name, about, pattern, default: byDefault }: ArgumentShown, given: string | undefined): KnownBlock {
  const label = labelOf(name);
  const initial = given ?? byDefault ?? undefined;
  if (pattern !== null && CHOICE.test(pattern)) {
    const options = pattern.split('|').map((word) => option(word, word));
    return select(`arg_${name}`, `${label}: ${about}`, options, { initial });
  }
  return input(`arg_${name}`, label, { max: 200, initial, hint: about, optional: byDefault !== null });
}

/** `remove_later` as people read it: `Remove later`. */
function labelOf(name: string): string {
  const words = name.replaceAll(/[_-]/g, ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

/** Which emergency remedy of a service, when there are several. */
export function bypassModal(
  service: string,
  choices: readonly { readonly runbook: RunbookShown; readonly remedy: RemedyShown }[],
  incident: Incident | null,
  reason: string,
): ModalView {
  const options = choices
    .map(({ runbook, remedy }) => ({ label: `${remedyTitle(remedy)} (${runbook.title})`, value: `${runbook.id}#${remedy.name}` }))
    .filter(({ value }) => value.length <= LIMITS.optionValue)
    .slice(0, 100)
    .map(({ label, value }) => option(label, value));
  return modal('bypass.request', 'Emergency bypass', 'Ask for it', incident === null ? {} : { incident: incident.id }, [
    ...(incident === null ? [] : [about(incident)]),
    section(`:rotating_light: *Emergency remedies of ${safe(service)}*. P0 only; two people approve; each reverts by itself.`),
    select('remedy', 'Which one?', options, { placeholder: 'Choose one' }),
    input('reason', 'Why?', { multiline: true, focus: true, max: 1_000, initial: reason }),
  ]);
}
