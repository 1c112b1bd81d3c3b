import { z } from 'zod';
import { APPROVAL_ROLES, RISKS } from '../../../domain/change/plans.ts';
import { type ChecklistEntry, SEEN } from '../../../domain/policy.ts';
import { SEVERITIES } from '../../../domain/severity.ts';
import { parseDuration, sayNoDuration } from '../../../lib/time.ts';

/** A length of time: `30m`, `1h30m`. Ms afterwards. */
const duration = z
  .string({ error: ({ input }) => sayNoDuration(input) })
  .describe('A length of time such as 30s, 15m or 1h30m')
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== null && ms > 0) return ms;
    context.addIssue({ code: 'custom', message: sayNoDuration(text) });
    return z.NEVER;
  });

const slug = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/, 'expected lower-case letters, digits and dashes');
/** Step names are names in expressions too. */
const stepName = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, 'expected lower-case letters, digits and underscores');
const actionName = z
  .string()
  .regex(/^[a-z0-9]+\.[a-z0-9-]+$/, 'expected an action such as k8s.pods')
  .describe('The action, e.g. k8s.pods');
const expression = z.string().min(1).max(1_000).describe('A CEL expression');
const inputs = z.record(z.string(), z.json()).default({}).describe('The action’s input; a text that begins with = is a CEL expression');

const diagnosisStep = z.strictObject({
  uses: actionName,
  with: inputs,
  title: z.string().min(1).max(100).optional().describe('What the step shows, for people'),
  timeout: duration.optional().describe('How long the step may take (20s)'),
});

const exactText = z.string().min(1).max(500);

const finding = z.strictObject({
  when: expression.describe('CEL over diagnose.<step>; true means that it holds'),
  says: z.string().min(1).max(1_000).describe('The conclusion; a text that begins with = is a CEL expression'),
  exact: z
    .union([exactText, z.array(exactText).max(20)])
    .default([])
    .transform((one) => (typeof one === 'string' ? [one] : one))
    .describe('Parts of says that people copy: statements, commands, names. Shown as code. A text that begins with = is a CEL expression'),
  title: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('What the diagnosis is called when this holds, in place of the runbook’s title: `Guardrail drift: false alarm`'),
  suggests: z
    .union([slug, z.array(slug)])
    .default([])
    .transform((one) => (typeof one === 'string' ? [one] : one))
    .describe('Remedies that help, best first'),
});

const remedyStep = z.strictObject({
  uses: actionName,
  with: inputs,
  title: z.string().min(1).max(100).optional(),
  until: expression.optional().describe('For a step that reads: wait until this holds of its output'),
  within: duration.optional().describe('How long to wait at most (5m)'),
  after: duration.optional().describe('How long to wait before the step'),
  optional: z.boolean().default(false).describe('Left out, and the plan says so, where its target is not there'),
});

const verification = z.strictObject({
  uses: actionName,
  with: inputs,
  until: expression.describe('CEL over output; what has to hold'),
  fails: expression.optional().describe('CEL over output; once this holds, the change has failed and nothing waits any longer'),
  within: duration.default(5 * 60_000),
  otherwise: z.enum(['revert', 'keep']).default('keep').describe('What happens when it does not hold in time'),
});

const argument = z.strictObject({
  about: z.string().min(1).max(150),
  pattern: z.string().max(200).optional().describe('An RE2 pattern that the whole value must match'),
  default: z.string().max(200).optional(),
});

/** What of the platform differs from one installation to the next. */
const setting = z.strictObject({
  about: z.string().min(1).max(150),
  default: z.union([z.string().min(1).max(200), z.number()]).describe('Of the type that services.SERVICE.settings in tocsin.yml may set'),
});

const remedy = z
  .strictObject({
    title: z.string().min(1).max(100),
    about: z.string().max(500).optional(),
    risk: z.enum(RISKS),
    last_resort: z.boolean().default(false).describe('Marked LAST RESORT wherever it is offered'),
    when: expression.optional().describe('CEL over incident; must hold when it is asked for and when it is applied'),
    possible: expression.optional().describe('CEL over diagnose.<step>, arg and setting; where it is false, a diagnosis does not offer it'),
    stake: z.string().min(1).max(150).optional().describe('What is at stake, in words that follow the risk: takes effect for all users'),
    arguments: z
      .record(
        stepName,
        argument.extend({
          from: expression.optional().describe('CEL over diagnose.<step>, arg and setting: a text, or texts, likeliest first; fills the form'),
        }),
      )
      .default({}),
    steps: z.array(remedyStep).min(1).max(20),
    approvals: z
      .strictObject({
        all: z.array(z.strictObject({ role: z.enum(APPROVAL_ROLES) })).max(4),
        expire: duration.default(15 * 60_000),
      })
      .optional(),
    capture: z.array(stepName).default([]).describe('Diagnosis steps whose result is kept as evidence before, during and after'),
    verify: verification.optional(),
    verified_by: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe(
        'Where the verification does not read what a finding was drawn from that suggests it, or there is none: why that shows it all the same',
      ),
    revert: z
      .strictObject({ after: duration, remind: duration.optional() })
      .refine((terms) => terms.remind === undefined || terms.remind < terms.after, 'expected remind to be earlier than after')
      .optional(),
    resolves: z
      .string()
      .min(1)
      .max(300)
      .optional()
      .describe('Success resolves the incident, with these words as the cause: for what is benign once it has passed'),
    watch: z
      .strictObject({ for: duration.default(15 * 60_000), every: duration.default(60_000) })
      .optional()
      .describe('After success: how long the findings are checked again'),
  })
  .check((context) => {
    const { value, issues } = context;
    const two = value.risk === 'destructive' || value.risk === 'emergency';
    const roles = value.approvals?.all.length ?? 0;
    if (two && roles < 2)
      issues.push({
        code: 'custom',
        input: value,
        path: ['approvals'],
        message: `expected two roles at least: a ${value.risk} remedy needs two people`,
      });
    if (value.risk === 'emergency' && value.revert === undefined)
      issues.push({
        code: 'custom',
        input: value,
        path: ['revert'],
        message: 'is missing: an emergency remedy reverts by itself, e.g. { after: 1h }',
      });
  });

const watch = z.strictObject({
  title: z.string().min(1).max(100),
  step: stepName.describe('The diagnosis step that is repeated'),
  until: expression.describe('CEL over diagnose.<step> and arg; what has to hold'),
  within: duration.default(60 * 60_000).describe('How long at most (1h)'),
  every: duration.default(10_000).describe('How often (10s)'),
});

const SOURCES = ['cloudwatch', 'sns', 'github', 'alertmanager', 'guard-trip', 'pagerduty', 'webhook', 'schedule'] as const;

const labels = z.record(z.string().min(1).max(60), z.string().max(200)).describe('Labels that it has, each with exactly this value');

const trigger = z
  .strictObject({
    cloudwatch: z
      .strictObject({ alarm: slug.describe('The target, an alarm') })
      .optional()
      .describe('A CloudWatch alarm, told over SNS'),
    sns: z
      .strictObject({
        topic: slug.describe('The target, a topic'),
        subject: z.string().min(1).max(200).optional().describe('An RE2 pattern that the subject has to match'),
        message: z.string().min(1).max(200).optional().describe('An RE2 pattern that the text has to match'),
      })
      .optional()
      .describe('A plain message of an SNS topic'),
    github: z
      .strictObject({ workflow: slug.describe('The target, a workflow') })
      .optional()
      .describe('A failed run on the default branch'),
    alertmanager: labels.optional().describe('An alert of Alertmanager, by labels that it has'),
    'guard-trip': z.strictObject({}).optional().describe('A guard that tripped, whichever way it is told'),
    pagerduty: z
      .strictObject({ labels: labels.default({}) })
      .optional()
      .describe('An incident of PagerDuty, by labels such as service'),
    webhook: z
      .strictObject({ from: slug.describe('The name under webhooks.generic in tocsin.yml'), labels: labels.default({}) })
      .optional()
      .describe('What a generic webhook tells, by labels that it has'),
    schedule: z.strictObject({ every: duration }).optional().describe('A look at regular times; confirm says whether it is an alert'),
    title: z.string().min(1).max(100).optional().describe('The alert’s title; the runbook’s unless told'),
    severity: z.enum(SEVERITIES).optional().describe('The runbook’s unless told'),
    component: z.string().min(1).max(100).optional().describe('What is affected: a connector, an index, a guardrail'),
    lasting: duration.optional().describe('How long it has to last before it counts; then confirm is asked'),
    confirm: expression.optional().describe('CEL over diagnose.<step>: whether it is an alert; what cannot be read counts as yes'),
    recovers: expression.optional().describe('CEL over diagnose.<step>: when the alert is over, for sources that do not say so themselves'),
    arguments: z
      .record(stepName, expression)
      .default({})
      .describe('The diagnosis’ arguments by what the alert says of itself: CEL over label.<name>, a text each'),
    declare: z.enum(SEVERITIES).optional().describe('The alert opens an incident of this severity by itself, with the diagnosis'),
  })
  .check(({ value, issues }) => {
    const named = SOURCES.filter((source) => value[source] !== undefined);
    if (named.length !== 1) issues.push({ code: 'custom', input: value, message: `expected exactly one of ${SOURCES.join(', ')}` });
    if (value.schedule !== undefined && value.confirm === undefined)
      issues.push({ code: 'custom', input: value, path: ['confirm'], message: 'is missing: a schedule needs to know what is an alert' });
  });

const itemText = z.string().min(1).max(200);

const checklistItem = z.union([
  itemText.transform((text): ChecklistEntry => ({ text })),
  z
    .strictObject({
      item: itemText,
      seen: z.enum(SEEN).describe('What of the incident’s record shows that it is done'),
    })
    .transform(({ item, seen }): ChecklistEntry => ({ text: item, seen: { what: seen } })),
  z
    .strictObject({ item: itemText, remedies: z.array(slug).min(1).describe('Remedies of which any shows that it is done, once it is applied') })
    .transform(({ item, remedies }): ChecklistEntry => ({ text: item, seen: { what: 'remedies', remedies } })),
]);

export const runbookSchema = z.strictObject({
  runbook: z
    .string()
    .regex(/^[a-z][a-z0-9-]*\/[a-z0-9][a-z0-9-]*$/, 'expected service/scenario in lower-case letters, digits and dashes')
    .describe('service/scenario'),
  title: z.string().min(1).max(100),
  service: slug,
  source: z.string().max(200).optional().describe('Where the written runbook is'),
  severity: z.enum(SEVERITIES).describe('The severity that an incident of this kind usually has'),
  symptoms: z.array(z.string().min(1).max(200)).default([]),
  triggers: z.array(trigger).default([]).describe('What opens an alert that this runbook looks into'),
  arguments: z
    .record(
      stepName,
      argument.refine((one) => one.default !== undefined, 'expected a default: a diagnosis has to work without being asked'),
    )
    .default({})
    .describe('What a diagnosis may be asked with; arg.<name> in its inputs'),
  settings: z.record(stepName, setting).default({}).describe('What differs between installations; setting.<name> in expressions'),
  diagnose: z.record(stepName, diagnosisStep).refine((all) => Object.keys(all).length > 0, 'expected one step at least'),
  findings: z.array(finding).default([]),
  remedies: z.record(slug, remedy).default({}),
  watches: z.record(slug, watch).default({}).describe('What can be watched until it is over, without changing anything'),
  checklist: z
    .array(checklistItem)
    .max(20)
    .default([])
    .describe('What is to be done afterwards: on the checklist of each incident in which it is used'),
  drill: z
    .strictObject({ every: z.string().regex(/^[1-9]\d? (day|week|month|year)s?$/), inject: slug.optional(), expect: slug.optional() })
    .optional(),
});

export type RunbookFile = z.output<typeof runbookSchema>;
export type DiagnosisStep = RunbookFile['diagnose'][string];
export type Trigger = RunbookFile['triggers'][number];
export type Remedy = RunbookFile['remedies'][string];
export type RemedyStep = Remedy['steps'][number];
export type Verify = NonNullable<Remedy['verify']>;

/** The JSON Schema for editors: docs/reference/runbook.schema.json is made of it. */
export function runbookJsonSchema(): object {
  return { ...z.toJSONSchema(runbookSchema, { io: 'input', unrepresentable: 'any' }), title: 'Tocsin runbook' };
}
