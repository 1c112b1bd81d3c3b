import { withNewestNotes } from '../../../domain/incident/notes.ts';
import { htmlPageHead } from '../../../lib/html-page.ts';
import { escapeMarkup } from '../../../lib/markup.ts';
import { plural } from '../../../lib/plural.ts';
import { sayDuration } from '../../../lib/time.ts';
import { TYPED } from '../../../lib/typed.ts';
import type { IncidentEvidence } from '../pack.ts';
import { nameOf, type People } from '../people.ts';
import { type ChangeFacts, changeFactsOf } from '../review/changes.ts';
import { type Facts, factsOf } from '../review/facts.ts';
import { figuresOf } from '../review/figures.ts';
import { type Describe, whatOf, whoOf } from '../timeline.ts';
import { ACTION_NOTE, followUpsOf, isTold, LESSON_NOTE, moment, notesOf } from '../told.ts';
import { capturesSection, picturesOf } from './captures.ts';
import { drawCourse } from './course.ts';
import { drawDurations } from './durations.ts';
import { facts, list, section, table, text, what } from './html.ts';
import { STYLE } from './style.ts';

/** The name of the page in a pack. */
export const PAGE_FILE = 'report.html';
/** Lines of a difference that are shown; all of it is in the plan's file. */
const DIFF_LINES = 120;

export interface PageOptions {
  readonly people: People;
  readonly describe: Describe;
  /** When the pack is made: UTC, milliseconds, `Z`. */
  readonly time: string;
  readonly number: number;
  /** The key that signs the pack. */
  readonly keyId: string;
}

/**
 * The pack as one page (AU-70): what happened as a picture and in words, how long it took, what was captured, changed and decided, and how to check all of
 * it. HTML without scripts that loads nothing, for a screen and for paper. Pure; the same evidence gives the same bytes.
 */
export function renderReportPage(evidence: IncidentEvidence, options: PageOptions): string {
  const records = evidence.records.map(({ record }) => record);
  const own = factsOf(records);
  const changes = changeFactsOf(records);
  const title = own.declared?.title ?? evidence.stream;
  const parts: readonly (readonly [id: string, title: string, lines: readonly string[]])[] = [
    ['course', 'Course', [drawCourse(records, options)]],
    ['durations', 'How long it took', [drawDurations(records), ...judged(own)]],
    ['impact', 'Impact', impact(own)],
    ['cause', 'Cause and resolution', cause(own, options)],
    [
      'diagnosis',
      'What diagnoses found',
      [
        list(
          own.findings.map(({ runbook, says }) => `<code>${text(runbook)}</code>: ${text(says)}`),
          'No diagnosis found anything.',
        ),
        ...picturesOf(evidence),
      ],
    ],
    [
      'changes',
      'Changes and approvals',
      changes.length === 0 ? ['<p>Nothing was asked for through Tocsin.</p>'] : changes.map((one) => change(one, options)),
    ],
    ['captures', 'Captured evidence', capturesSection(evidence)],
    ['afterwards', 'Lessons and action items', afterwards(evidence, options)],
    ['timeline', 'Timeline', [timeline(evidence, options)]],
    ['verify', 'Check it without trusting the bot', verification(evidence, options)],
  ];
  return `${[
    ...htmlPageHead({ title: `${evidence.stream}: ${title}`, style: STYLE, pictures: true }),
    `<header>${head(evidence, own, options)}</header>`,
    `<nav aria-label="Contents"><ul>${parts.map(([id, name]) => `<li><a href="#${id}">${text(name)}</a></li>`).join('')}</ul></nav>`,
    '<main>',
    ...parts.map(([id, name, lines]) => section(id, name, lines)),
    '</main>',
    `<footer>${text(`Evidence pack ${options.number} of ${evidence.stream}, made ${moment(options.time)} from ${plural(records.length, 'record')}. All times are UTC.`)}</footer>`,
    '</body>',
    '</html>',
  ].join('\n')}\n`;
}

function head({ stream, records }: IncidentEvidence, own: Facts, { people }: PageOptions): string {
  const { declared, severity, severities, detectedAt, resolvedAt, declaredBy } = own;
  const closed = records.some(({ record }) => record.type === 'incident.closed');
  const status = resolvedAt === null ? 'Open' : closed ? 'Closed' : 'Resolved';
  const service = declared === null ? 'unknown' : declared.service_name + (declared.component == null ? '' : ` (component ${declared.component})`);
  const lasted = resolvedAt === null ? `not over: since ${moment(detectedAt)}` : sayDuration(Date.parse(resolvedAt) - Date.parse(detectedAt));
  const commander = records.findLast(({ record: { type, data } }) => type === 'role.assigned' && isCommander(data))?.record.data;
  return [
    `<p><span class="chip">${text(stream)}</span><span class="chip">${text(severity ?? 'unknown severity')}</span><span class="chip">${status}</span></p>`,
    `<h1>${text(declared?.title ?? stream)}</h1>`,
    facts([
      ['Service', text(service)],
      ['Severity', text([declared?.severity ?? 'unknown', ...severities.map(({ data }) => data.to)].join(', then '))],
      ['Detected', moment(detectedAt)],
      ['Declared', `${moment(own.declaredAt)}${declaredBy === null ? '' : ` by ${text(nameOf(people, declaredBy))}`}`],
      ['Resolved', resolvedAt === null ? 'not yet' : moment(resolvedAt)],
      ['Lasted', text(lasted)],
      ['Incident commander', isCommander(commander) ? text(nameOf(people, commander.user)) : 'nobody'],
      ['Customers affected', own.customerImpact ? 'yes' : 'nobody recorded that'],
    ]),
  ].join('\n');
}

function isCommander(data: unknown): data is { readonly user: string } {
  return (
    typeof data === 'object' &&
    data !== null &&
    'role' in data &&
    data.role === 'incident-commander' &&
    'user' in data &&
    typeof data.user === 'string'
  );
}

function judged(own: Facts): readonly string[] {
  const { well, improvable } = figuresOf(own);
  const missed = own.breaches.map(({ data }) => [text(data.target), `<td class="time">${moment(data.due)}</td>`, text(sayDuration(data.late_ms))]);
  return [
    list(
      [...well.map((says) => `<span class="good">✓</span> ${text(says)}`), ...improvable.map((says) => `<span class="bad">✗</span> ${text(says)}`)],
      '',
    ),
    ...(missed.length === 0 ? [] : [table(['Missed target', 'Was due', 'Late by, when it was recorded'], missed, '')]),
  ];
}

function impact({ declared, impacts, customerImpact, dataExposure, marks }: Facts): readonly string[] {
  const said = [...(declared?.impact == null ? [] : [declared.impact]), ...impacts.flatMap(({ data }) => data.impact ?? [])];
  return [
    list([...new Set(said)].map(text), 'Nobody recorded the impact.'),
    facts([
      ['Customers', customerImpact ? 'affected' : 'nobody recorded that'],
      ['Data', dataExposure ? 'exposed' : 'nobody recorded an exposure'],
      ...(marks.length === 0 ? [] : [['Marked', text(marks.join(', '))] as const]),
    ]),
  ];
}

function cause({ causes, resolution }: Facts, { people }: PageOptions): readonly string[] {
  return [
    '<h3>Cause</h3>',
    list(
      causes.map(({ time, by, data }) => `${text(data)} <span class="soft">(${text(nameOf(people, by))}, ${moment(time)})</span>`),
      'Nobody named a cause.',
    ),
    '<h3>Resolution</h3>',
    `<p>${resolution === null ? 'The incident is not resolved.' : text(resolution)}</p>`,
  ];
}

function change({ plan, title, outcome, runbook, risk, reason, requester, approvers, steps }: ChangeFacts, { people }: PageOptions): string {
  const approved = approvers.map(({ user, roles }) => `${nameOf(people, user)} as ${roles.join(' and ')}`);
  const lines = steps.map(({ summary, diff }) => `<p>${text(summary)}</p>${diff == null ? '' : difference(diff)}`);
  return [
    `<article aria-labelledby="${escapeMarkup(plan)}"><h3 id="${escapeMarkup(plan)}">${text(title)} <span class="soft">${text(plan)}</span> <span class="chip">${text(outcome)}</span></h3>`,
    facts([
      ...(runbook === '' ? [] : [['Runbook', `${text(runbook)}${risk === '' ? '' : ` (${text(risk)})`}`] as const]),
      ...(requester === '' ? [] : [['Asked for by', `${text(nameOf(people, requester))}: ${text(reason)}`] as const]),
      ['Approved by', approved.length === 0 ? 'nobody' : text(approved.join('\n'))],
    ]),
    ...lines,
    '</article>',
  ].join('\n');
}

function difference(diff: string): string {
  const all = diff.split('\n');
  const shown = all.slice(0, DIFF_LINES).map((line) => {
    const said = escapeMarkup(line);
    if (line.startsWith('+')) return `<ins>${said}</ins>`;
    return line.startsWith('-') ? `<del>${said}</del>` : `${said}\n`;
  });
  const left = all.length - shown.length;
  return `<pre>${shown.join('')}${left > 0 ? `\n… ${plural(left, 'more line')} in the plan` : ''}</pre>`;
}

function afterwards({ records: chained }: IncidentEvidence, { people }: PageOptions): readonly string[] {
  const records = chained.map(({ record }) => record);
  const noted = notesOf(records, ACTION_NOTE).map((said) => ({ text: said, owner: null, due: null, done: false }));
  const items = [...followUpsOf(records), ...noted].map(({ text: said, owner, due, done }) => [
    what(said),
    owner === null ? 'nobody yet' : text(nameOf(people, owner)),
    text(due ?? 'no day yet'),
    done ? '<span class="good">✓ done</span>' : 'open',
  ]);
  return [
    '<h3>Lessons</h3>',
    list(notesOf(records, LESSON_NOTE).map(text), 'Nobody noted a lesson yet.'),
    '<h3>Action items</h3>',
    table(['Action', 'Owner', 'Due', 'State'], items, 'None yet.'),
  ];
}

function timeline({ records }: IncidentEvidence, options: PageOptions): string {
  const rows = withNewestNotes(records.map(({ record }) => record))
    .filter(({ type }) => isTold(type))
    .map((record) => [
      `<td class="time">${record.time.slice(0, 19).replace('T', ' ')}</td>`,
      text(whoOf(record, options.people)),
      what(whatOf(record, options)),
      `<td class="number">${record.seq}</td>`,
    ]);
  return `<p class="soft">The last column is the number of the record that proves the line. <a href="timeline.md">timeline.md</a> has every record.</p>${table(['Time (UTC)', 'Who', 'What', 'Record'], rows, '')}`;
}

function verification({ stream, records }: IncidentEvidence, { number, keyId }: PageOptions): readonly string[] {
  const last = records.at(-1);
  const pem = `keys/${keyId}.pem`;
  const commands = [
    'sha256sum --check --strict SHA256SUMS',
    `openssl pkey -pubin -in ${pem} -outform DER | sha256sum`,
    `openssl pkeyutl -verify -pubin -inkey ${pem} -rawin -in manifest.json -sigfile manifest.json.sig`,
  ];
  return [
    facts([
      ['Pack', `${number} of ${text(stream)}`],
      ['Records', `1 to ${last?.record.seq ?? 0}`],
      ['Hash of the last record', `<code>${text(last?.hash ?? '')}</code>`],
      ['Fingerprint of the signing key', `<code>${text(keyId)}</code>`],
    ]),
    '<p>This page is one of the files of the pack: it is made from the records, and proves nothing by itself. In the folder of the pack, type:</p>',
    `<pre>${escapeMarkup(commands.join('\n'))}</pre>`,
    `<ol><li>Every file must be <code>OK</code>.</li><li>The fingerprint must be the one that you were given when Tocsin was installed, and not only the one on this page.</li><li>The signature must be verified.</li></ol>`,
    '<p>Whether the incident went on after the pack was made, and whether this is the pack that was recorded, only the evidence store tells:</p>',
    `<pre>${escapeMarkup(`${TYPED} evidence verify ${stream} --key ${keyId} --anchor N:SHA256`)}</pre>`,
    '<p>Take the anchor from Slack: the newest “Evidence checkpoint” before your audit. <code>docs/how-to/verify-evidence.md</code> has the same with a shell only.</p>',
  ];
}
