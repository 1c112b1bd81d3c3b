import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { MARKS, stateCondition } from '../src/domain/conditions.ts';
import { type Incident, ROLE_NAMES, ROLES, type Role, type Status } from '../src/domain/incident/incident.ts';
import { draftUpdate, NOT_KNOWN } from '../src/domain/incident/update.ts';
import { INCIDENT_TYPE_NAMES, INCIDENT_TYPES, type IncidentType } from '../src/domain/incident-type.ts';
import type { IncidentPolicy } from '../src/domain/policy.ts';
import { SEVERITIES, SEVERITY_NAMES, type Severity } from '../src/domain/severity.ts';
import { context, option, plainText } from './kit.ts';
import { safe } from './outside.ts';
import { clamp, LIMITS } from './text.ts';

/** What a modal remembers while it is open: which incident, and what it was opened from. Slack signs it with the answer. */
export interface ModalContext {
  readonly incident?: string;
  readonly [key: string]: string | number | undefined;
}

export interface ServiceChoice {
  readonly id: string;
  readonly name: string;
  readonly policy: Pick<IncidentPolicy, 'by_type'>;
}

export function modal(callbackId: string, title: string, submit: string, remember: ModalContext, blocks: readonly KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: callbackId,
    title: plainText(title, LIMITS.title),
    submit: plainText(submit, LIMITS.title),
    close: plainText('Cancel', LIMITS.title),
    private_metadata: JSON.stringify(remember),
    blocks: [...blocks],
  };
}

export interface InputOptions {
  readonly initial?: string | undefined;
  readonly placeholder?: string;
  readonly hint?: string;
  readonly multiline?: boolean;
  readonly optional?: boolean;
  readonly max?: number;
  /** The caret stands here when the form opens. */
  readonly focus?: boolean;
}

/** A text input. The block's id is the field's name; its element's id is `value`. */
export function input(name: string, label: string, options: InputOptions = {}): KnownBlock {
  const max = options.max ?? 3_000;
  return {
    type: 'input',
    block_id: name,
    label: plainText(label, 2_000),
    optional: options.optional ?? false,
    ...(options.hint === undefined ? {} : { hint: plainText(options.hint, 2_000) }),
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      multiline: options.multiline ?? false,
      max_length: max,
      ...(options.focus === true ? { focus_on_load: true } : {}),
      ...(options.initial === undefined || options.initial === '' ? {} : { initial_value: clamp(options.initial, max) }),
      ...(options.placeholder === undefined ? {} : { placeholder: plainText(options.placeholder, 150) }),
    },
  };
}

export interface SelectOptions {
  readonly initial?: string | undefined;
  /** What stands there while nothing is chosen. */
  readonly placeholder?: string;
  readonly optional?: boolean;
}

export function select(
  name: string,
  label: string,
  options: readonly PlainTextOption[],
  { initial, placeholder, optional = false }: SelectOptions = {},
): KnownBlock {
  const chosen = options.find((one) => one.value === initial);
  return {
    type: 'input',
    block_id: name,
    label: plainText(label, 2_000),
    optional,
    element: {
      type: 'static_select',
      action_id: 'value',
      options: [...options],
      ...(placeholder === undefined ? {} : { placeholder: plainText(placeholder, 150) }),
      ...(chosen === undefined ? {} : { initial_option: chosen }),
    },
  };
}

export function checkboxes(name: string, label: string, options: readonly PlainTextOption[], initial: readonly string[] = []): KnownBlock {
  const chosen = options.filter((one) => initial.includes(one.value ?? ''));
  return {
    type: 'input',
    block_id: name,
    label: plainText(label, 2_000),
    optional: true,
    element: { type: 'checkboxes', action_id: 'value', options: [...options], ...(chosen.length === 0 ? {} : { initial_options: chosen }) },
  };
}

/** Which incident the form is about: it may have been opened from a channel that knows many. */
export function about(incident: Incident): KnownBlock {
  return context(`*${incident.id}*  ·  ${incident.severity}  ·  ${safe(incident.title)}`);
}

const SEVERITY_OPTIONS = SEVERITIES.map((severity) => option(`${severity} (${SEVERITY_NAMES[severity]})`, severity));
const OPEN_STATUSES: readonly Status[] = ['investigating', 'identified', 'monitoring'];
export const STATUS_OPTIONS = OPEN_STATUSES.map((status) => option(status.charAt(0).toUpperCase() + status.slice(1), status));

export interface DeclareDraft {
  readonly severity?: Severity | undefined;
  readonly service?: string | undefined;
  readonly summary?: string | undefined;
  readonly private?: boolean;
  readonly public?: boolean;
  readonly type?: IncidentType | undefined;
  /** A message this was declared from: `channel:ts`. */
  readonly from?: string | undefined;
}

/** `/incident declare` with whatever was given filled in. */
export function declareModal(services: readonly ServiceChoice[], draft: DeclareDraft): ModalView {
  const serviceOptions = services.slice(0, 100).map((service) => option(service.name, service.id));
  const isTyped = draft.type !== undefined || services.some(({ policy }) => policy.by_type !== undefined);
  return modal('incident.declare', 'Declare incident', 'Declare', draft.from === undefined ? {} : { from: draft.from }, [
    input('summary', 'What is happening?', { initial: draft.summary, placeholder: 'Frontend answers 502 for all users', max: 200 }),
    select('service', 'Service', serviceOptions, {
      initial: draft.service ?? (services.length === 1 ? services[0]?.id : undefined),
      placeholder: 'Choose a service',
    }),
    select('severity', 'Severity', SEVERITY_OPTIONS, { initial: draft.severity, placeholder: 'The service’s default', optional: true }),
    ...(isTyped ? [typeSelect(draft.type)] : []),
    input('component', 'Component', { optional: true, placeholder: 'frontend, backend, database, policy-engine', max: 100 }),
    input('impact', 'Impact', { optional: true, multiline: true, placeholder: 'Who is affected, and how?' }),
    checkboxes(
      'flags',
      'Also',
      [
        option('Customers are affected', 'customer-impact'),
        option('Private: visible only to those who are called', 'private'),
        ...(isTyped ? [option('Public, although it is a security breach', 'public')] : []),
      ],
      [...(draft.private === true ? ['private'] : []), ...(draft.public === true ? ['public'] : [])],
    ),
  ]);
}

function typeSelect(initial?: IncidentType): KnownBlock {
  const options = INCIDENT_TYPES.map((type) => option(INCIDENT_TYPE_NAMES[type], type));
  return select('type', 'Type', options, { initial, placeholder: 'A security breach is private', optional: true });
}

/** Another type for an incident: who is in line changes with it. */
export function typeModal({ type, ...incident }: Incident): ModalView {
  const options = INCIDENT_TYPES.map((one) => option(INCIDENT_TYPE_NAMES[one], one));
  return modal('incident.type', 'Change type', 'Change', { incident: incident.id }, [
    about({ type, ...incident }),
    select('type', 'Type', options, { initial: type ?? undefined }),
    input('note', 'Why?', { optional: true, multiline: true, hint: 'The first contacts of the new type are called.' }),
  ]);
}

/** The update of SK-70, prefilled from the record. */
export function updateModal(incident: Incident, due: number | null): ModalView {
  const draft = draftUpdate(incident);
  const known = (text: string) => (text === NOT_KNOWN ? undefined : text);
  return modal('incident.update', 'Status update', 'Post', { incident: incident.id, ...(due === null ? {} : { due }) }, [
    about(incident),
    select('status', 'Status', STATUS_OPTIONS, { initial: incident.status }),
    input('impact', 'Impact', { multiline: true, optional: true, initial: known(draft.impact), placeholder: 'Who is affected, and how?' }),
    input('situation', 'Current Situation', { multiline: true, initial: known(draft.current_situation), placeholder: 'What we know', focus: true }),
    input('actions', 'Actions Taken', {
      multiline: true,
      optional: true,
      initial: draft.actions_taken.join('\n'),
      hint: 'One per line, from the record since the last update. Notes from the channel are included: leave out what is internal. Times with a Z are UTC; readers see their own.',
    }),
    input('next', 'Next Steps', { multiline: true, optional: true, initial: known(draft.next_steps), placeholder: 'What we are doing next' }),
    input('eta', 'ETA to Resolution', { optional: true, initial: known(draft.eta), max: 200, placeholder: '30 minutes' }),
  ]);
}

/** A modal that asks one thing: a reason, a summary, a note. */
export function textModal(
  callbackId: string,
  title: string,
  submit: string,
  label: string,
  incident: Incident,
  options: InputOptions = {},
): ModalView {
  return modal(callbackId, title, submit, { incident: incident.id }, [
    about(incident),
    input('text', label, { multiline: true, focus: true, ...options }),
  ]);
}

export function assignModal(incident: Incident, role: Role = 'incident-commander'): ModalView {
  return modal('incident.assign', 'Assign a role', 'Assign', { incident: incident.id }, [
    about(incident),
    select(
      'role',
      'Role',
      ROLES.map((role) => option(ROLE_NAMES[role], role)),
      { initial: role },
    ),
    {
      type: 'input',
      block_id: 'user',
      label: plainText('Person', 100),
      element: { type: 'users_select', action_id: 'value', placeholder: plainText('Choose a person', 150) },
    },
    input('note', 'Note', { optional: true, multiline: true, placeholder: 'What they must know' }),
  ]);
}

/** `wanted`: the severity that was typed without a reason. */
export function severityModal(incident: Incident, wanted: Severity = incident.severity): ModalView {
  return modal('incident.severity', 'Change severity', 'Change', { incident: incident.id }, [
    about(incident),
    select('severity', 'Severity', SEVERITY_OPTIONS, { initial: wanted }),
    input('reason', 'Why?', { multiline: true }),
  ]);
}

export function impactModal(incident: Incident): ModalView {
  const flags = [
    ...(incident.customerImpact ? ['customer-impact'] : []),
    ...(incident.dataExposure ? ['data-exposure'] : []),
    ...(incident.marks ?? []),
  ];
  const marks = MARKS.map((mark) => option(stateCondition(mark), mark));
  return modal('incident.impact', 'Impact', 'Record', { incident: incident.id }, [
    about(incident),
    input('impact', 'Impact', { multiline: true, initial: incident.impact ?? undefined, placeholder: 'Who is affected, and how?' }),
    checkboxes('flags', 'Also', [option('Customers are affected', 'customer-impact'), option('Data was exposed', 'data-exposure'), ...marks], flags),
  ]);
}

export function statusModal(incident: Incident): ModalView {
  return modal('incident.status', 'Change status', 'Change', { incident: incident.id }, [
    about(incident),
    select('status', 'Status', STATUS_OPTIONS, { initial: incident.status }),
    input('note', 'What is known', { optional: true, multiline: true }),
  ]);
}

export function snoozeModal(incident: Incident): ModalView {
  const lengths = [15, 30, 60, 120].map((minutes) => option(`${minutes} minutes`, `${minutes}m`));
  return modal('incident.snooze', 'Snooze reminders', 'Snooze', { incident: incident.id }, [
    about(incident),
    select('length', 'For how long?', lengths, { initial: '15m' }),
    input('text', 'Why?', { multiline: true, focus: true, hint: 'Recorded and shown. The update still counts as late.' }),
  ]);
}

/** Which incident a message is to be added to. What the modal remembers of it must fit into 3,000 characters of JSON. */
export function pinModal(incidents: readonly Incident[], message: ModalContext & { readonly text: string }): ModalView {
  let text = clamp(message.text, 2_000);
  while (JSON.stringify(text).length > 2_400) text = clamp(text, Math.floor(text.length * 0.8));
  const remember = { ...message, text };
  const options = incidents.slice(0, 100).map((incident) => option(`${incident.id} ${incident.severity} ${incident.title}`, incident.id));
  return modal('incident.pin', 'Add to timeline', 'Add', remember, [select('incident', 'Incident', options, { initial: options[0]?.value })]);
}
