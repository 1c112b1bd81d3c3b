import { z } from 'zod';
import { ROLES } from '../../src/domain/incident/incident.ts';
import { INCIDENT_TYPES } from '../../src/domain/incident-type.ts';
import { SEVERITIES } from '../../src/domain/severity.ts';
import { textField as text } from '../words.ts';

/** Inputs of the modals, by block id. Slack sends `null` for an optional field left empty. */
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || undefined);
const flags = z
  .array(z.string())
  .nullish()
  .transform((value) => new Set(value ?? []));
const openStatus = z.enum(['investigating', 'identified', 'monitoring'], { error: 'Please choose a status.' });

export const declareSchema = z.object({
  summary: text,
  service: z.string({ error: 'Please choose a service.' }).min(1),
  severity: z.enum(SEVERITIES).nullish(),
  type: z.enum(INCIDENT_TYPES).nullish(),
  component: optionalText,
  impact: optionalText,
  flags,
});

export const updateSchema = z.object({
  status: openStatus,
  situation: text,
  impact: optionalText,
  actions: optionalText,
  next: optionalText,
  eta: optionalText,
});

export const noticeSchema = z.object({
  status: openStatus.optional(),
  subject: text,
  facts: text,
  impact: optionalText,
  doing: text,
  eta: optionalText,
  flags,
});

export const assignSchema = z.object({
  role: z.enum(ROLES, { error: 'Please choose a role.' }),
  user: z.string({ error: 'Please choose a person.' }).regex(/^[UW][A-Z0-9]{1,20}$/, 'Please choose a person.'),
  note: optionalText,
});

export const handoffSchema = z.object({ note: optionalText });
export const severitySchema = z.object({ severity: z.enum(SEVERITIES), reason: text });
export const impactSchema = z.object({ impact: text, flags });
export const statusSchema = z.object({ status: openStatus, note: optionalText });
export const typeSchema = z.object({ type: z.enum(INCIDENT_TYPES, { error: 'Please choose a type.' }), note: optionalText });
export const snoozeSchema = z.object({ length: z.string().regex(/^\d{1,3}m$/, 'Please choose a length.'), text });
export const reviewSchema = z.object({
  when: z.number({ error: 'Please choose a time.' }).int(),
  user: z.string({ error: 'Please choose a person.' }).regex(/^[UW][A-Z0-9]{1,20}$/, 'Please choose a person.'),
});
export const textSchema = z.object({ text });
export const reasonSchema = z.object({ text: optionalText });
export const pinSchema = z.object({ incident: z.string({ error: 'Please choose an incident.' }).min(1) });
