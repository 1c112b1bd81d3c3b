import { impactModal, severityModal, statusModal } from '../../blocks/modals.ts';
import { status as statusReply } from '../../blocks/replies.ts';
import { MARKS, type Mark } from '../../src/domain/conditions.ts';
import { UserError } from '../../src/domain/errors.ts';
import { parseSeverity } from '../../src/domain/severity.ts';
import { nearest } from '../../src/lib/suggest.ts';
import { ask, incidentOf, type Subcommand, view } from '../command.ts';
import { firstWord, flags } from './arguments.ts';
import { impactSchema, severitySchema, statusSchema } from './schema.ts';

const OPEN_STATUSES = ['investigating', 'identified', 'monitoring'] as const;

export const severity: Subcommand = {
  name: 'severity',
  usage: 'severity [P0-P3] [reason]',
  summary: 'Changes the severity.',
  incident: 'needed',
  run(request, look) {
    const incident = incidentOf(request);
    const [word, reason] = firstWord(request.text);
    if (word === '') return { modal: severityModal(incident) };
    const aliases = look.services.find((service) => service.id === incident.service)?.aliases ?? {};
    const wanted = parseSeverity(word, aliases);
    if (wanted === null) throw new UserError('unknown-severity', `There is no severity “${word}”. Severities are P0 (most severe), P1, P2 and P3.`);
    if (reason === '' && wanted !== incident.severity) return { modal: severityModal(incident, wanted) };
    return ask(request, { type: 'change-severity', severity: wanted, reason });
  },
};

export const severityView = view({
  schema: severitySchema,
  submit: (request, input) => ask(request, { type: 'change-severity', severity: input.severity, reason: input.reason }),
});

/** What each flag marks. */
const MARK_FLAGS: Readonly<Record<string, Mark>> = {
  services: 'several-services',
  'data-loss': 'data-loss',
  breach: 'breach',
  regulation: 'regulation',
  compliance: 'compliance',
  media: 'media',
};

function marked(set: ReadonlySet<string>): Readonly<Partial<Record<Mark, boolean>>> {
  return Object.fromEntries(Object.entries(MARK_FLAGS).flatMap(([flag, mark]) => (set.has(flag) ? [[mark, true]] : [])));
}

export const impact: Subcommand = {
  name: 'impact',
  usage: 'impact [--customers] [--data] [--services] [--data-loss] [--breach] [--regulation] [--compliance] [--media] [text]',
  summary: 'Records who and what is affected; each flag marks a condition, and may call the next level.',
  incident: 'needed',
  run(request) {
    const { set, rest } = flags(request.text, ['customers', 'data', ...Object.keys(MARK_FLAGS)]);
    if (rest === '' && set.size === 0) return { modal: impactModal(incidentOf(request)) };
    return ask(request, {
      type: 'change-impact',
      ...(rest === '' ? {} : { impact: rest }),
      ...(set.has('customers') ? { customerImpact: true } : {}),
      ...(set.has('data') ? { dataExposure: true } : {}),
      ...(Object.keys(MARK_FLAGS).some((flag) => set.has(flag)) ? { marks: marked(set) } : {}),
    });
  },
};

export const impactView = view({
  schema: impactSchema,
  submit: (request, input) =>
    ask(request, {
      type: 'change-impact',
      impact: input.impact,
      customerImpact: input.flags.has('customer-impact'),
      dataExposure: input.flags.has('data-exposure'),
      marks: Object.fromEntries(MARKS.map((mark) => [mark, input.flags.has(mark)])),
    }),
});

export const status: Subcommand = {
  name: 'status',
  usage: 'status [investigating|identified|monitoring] [what is known]',
  summary: 'Shows the state of the incident, or changes its status.',
  incident: 'needed',
  run(request) {
    const [word, known] = firstWord(request.text);
    if (word === '') return { reply: statusReply(incidentOf(request), request.now) };
    const wanted = OPEN_STATUSES.find((one) => one === word.toLowerCase());
    if (wanted !== undefined) return ask(request, { type: 'change-status', status: wanted, note: known });
    const near = nearest(word, [...OPEN_STATUSES, 'resolved']);
    if (near === 'resolved') throw new UserError('unknown-status', 'To resolve it, say what fixed it: `/incident resolve what fixed it`.');
    throw new UserError(
      'unknown-status',
      `There is no status “${word}”.${near === null ? '' : ` Did you mean \`${near}\`?`} Statuses: ${OPEN_STATUSES.join(', ')}.`,
    );
  },
};

/** The Status button: the form rather than the overview. */
export const statusForm: Subcommand['run'] = (request) => ({ modal: statusModal(incidentOf(request)) });

export const statusView = view({
  schema: statusSchema,
  submit: (request, input) => ask(request, { type: 'change-status', status: input.status, note: input.note ?? null }),
});
