import { createHash } from 'node:crypto';
import { z } from 'zod';
import { APPROVAL_ROLES } from '../../../domain/change/plans.ts';
import type { Incident } from '../../../domain/incident/incident.ts';
import { STATUSES } from '../../../domain/incident/incident.ts';
import type { Json } from '../../../domain/record.ts';
import { SEVERITIES } from '../../../domain/severity.ts';
import { own } from '../../../lib/own.ts';
import { type Problem, readYaml, suggestion } from '../../../lib/yaml.ts';
import type { Action } from '../../../ports/action.ts';
import { keepNeeds, type Needs } from './expression-needs.ts';
import { type Expressions, expressionsOver, searches } from './expressions.ts';
import { circleIn } from './needs.ts';
import { type Remedy, type RunbookFile, runbookSchema } from './schema.ts';
import { expressionsIn, type Inputs } from './values.ts';

/** A runbook that was loaded: valid, its expressions type-checked against its actions' outputs. */
export interface Runbook extends RunbookFile {
  readonly id: string;
  readonly file: string;
  /** SHA-256 of the file's text: a plan is bound to it. */
  readonly revision: string;
  /** `incident`. */
  readonly overIncident: Expressions;
  /** `diagnose`, `unknown`, `arg`, `setting`. */
  readonly overDiagnosis: Expressions;
  /** What each diagnosis step answers. */
  readonly outputs: Outputs;
  /** The values of its settings in this installation. */
  readonly setting: Settings;
  /** What its expressions need, worked out when it was loaded. */
  readonly needs: Needs;
  /** Remedies that only propose something, such as a pull request: those may be asked for after an incident as well. */
  readonly proposing: ReadonlySet<string>;
}

/** Values of settings by their names. */
export type Settings = Readonly<Record<string, string | number>>;

/** The output schema of each diagnosis step. */
export type Outputs = Readonly<Record<string, z.ZodType>>;

/** The expressions of a trigger's arguments: `label`, what an alert says of itself by name. */
export const OVER_LABELS = expressionsOver({ label: z.unknown() });

export type Actions = ReadonlyMap<string, Action>;

export type Loaded = { readonly ok: true; readonly runbook: Runbook } | { readonly ok: false; readonly problems: readonly Problem[] };

/** What expressions know of an incident. */
export const INCIDENT_SCHEMA = z.strictObject({
  id: z.string(),
  title: z.string(),
  service: z.string(),
  severity: z.enum(SEVERITIES),
  status: z.enum(STATUSES),
  component: z.string(),
  impact: z.string(),
  customer_impact: z.boolean(),
  data_exposure: z.boolean(),
  commander: z.string(),
  private: z.boolean(),
});

export function incidentValues(incident: Incident): Json {
  return {
    id: incident.id,
    title: incident.title,
    service: incident.service,
    severity: incident.severity,
    status: incident.status,
    component: incident.component ?? '',
    impact: incident.impact ?? '',
    customer_impact: incident.customerImpact,
    data_exposure: incident.dataExposure,
    commander: incident.roles['incident-commander'] ?? '',
    private: incident.private,
  };
}

/**
 * The expressions of a remedy's inputs: `incident`, `arg`, `setting`, `diagnose` (read anew for each plan) and what exists after the approval.
 * Without a `runbook` nothing is known of what the diagnosis answers and of its settings.
 */
export function overRemedy(remedy: Pick<Remedy, 'arguments'>, runbook: Pick<Runbook, 'outputs' | 'setting' | 'needs'> | null): Expressions {
  const arg = z.strictObject(Object.fromEntries(Object.keys(remedy.arguments).map((name) => [name, z.string()])));
  const diagnose = runbook === null ? z.unknown() : z.strictObject(runbook.outputs);
  const setting = runbook === null ? z.unknown() : settingSchema(runbook.setting);
  return expressionsOver({ incident: INCIDENT_SCHEMA, arg, diagnose, setting }, true, runbook?.needs);
}

/** The expressions of an `until`: `output` of its action, `incident`, `setting`. */
export function overOutput(action: Action, setting: Settings): Expressions {
  return expressionsOver({ output: action.output, incident: INCIDENT_SCHEMA, setting: settingSchema(setting) });
}

/** Numbers are integers unless their default is none, as CEL tells them apart. */
function settingSchema(setting: Settings): z.ZodType {
  const typeOf = (value: string | number) => (typeof value === 'string' ? z.string() : Number.isInteger(value) ? z.int() : z.number());
  return z.strictObject(Object.fromEntries(Object.entries(setting).map(([name, value]) => [name, typeOf(value)])));
}

/**
 * Reads and checks one runbook. Every problem is said with file, line, column and what is near. `configured` is what tocsin.yml sets for the
 * runbook's service.
 */
export function loadRunbook(text: string, file: string, actions: Actions, configured: (service: string) => Settings = () => ({})): Loaded {
  const read = readYaml(text, file, runbookSchema);
  if (!read.ok) return { ok: false, problems: read.problems };
  const { value, problem } = read;
  const problems: Problem[] = [];
  const complain = (path: readonly PropertyKey[], message: string | null) => {
    if (message !== null) problems.push(problem(path, message));
  };
  if (value.runbook.split('/')[0] !== value.service) complain(['runbook'], `belongs to another service than ${value.service}`);

  const outputs: Outputs = Object.fromEntries(
    Object.entries(value.diagnose).flatMap(([name, { uses }]) => {
      const output = actions.get(uses)?.output;
      return output === undefined ? [] : [[name, output]];
    }),
  );
  const arg = z.strictObject(Object.fromEntries(Object.keys(value.arguments).map((name) => [name, z.string()])));
  const setting = settingValues(value, configured(value.service), complain);
  const unknown = z.strictObject(Object.fromEntries(Object.keys(value.diagnose).map((name) => [name, z.string()])));
  const needs = keepNeeds();
  const overDiagnosis = expressionsOver({ diagnose: z.strictObject(outputs), unknown, arg, setting: settingSchema(setting) }, false, needs);
  for (const [name, step] of Object.entries(value.diagnose)) {
    const action = checkStep(step, ['diagnose', name], overDiagnosis);
    if (action !== null && action.effect !== 'read') complain(['diagnose', name, 'uses'], `changes things: a diagnosis only reads`);
  }
  const circle = circleIn(value.diagnose, needs);
  if (circle !== null) complain(['diagnose', circle[0] ?? '', 'with'], `waits for itself: ${circle.join(', ')}`);
  const remedies = Object.keys(value.remedies);
  for (const [i, { when, says, exact, suggests }] of value.findings.entries()) {
    complain(['findings', i, 'when'], overDiagnosis.check(when, 'bool'));
    if (says.startsWith('=')) complain(['findings', i, 'says'], overDiagnosis.check(says.slice(1), 'string'));
    for (const text of exact) if (text.startsWith('=')) complain(['findings', i, 'exact'], overDiagnosis.check(text.slice(1), 'any'));
    for (const name of suggests)
      if (!remedies.includes(name)) complain(['findings', i, 'suggests'], `names no remedy: ${name}${suggestion(name, remedies)}`);
  }
  for (const [i, { confirm, recovers, sns, arguments: filled }] of value.triggers.entries()) {
    if (confirm !== undefined) complain(['triggers', i, 'confirm'], overDiagnosis.check(confirm, 'bool'));
    if (recovers !== undefined) complain(['triggers', i, 'recovers'], overDiagnosis.check(recovers, 'bool'));
    for (const key of ['subject', 'message'] as const)
      if (sns?.[key] !== undefined) complain(['triggers', i, 'sns', key], isPattern(sns[key]) ? null : 'is not an RE2 pattern');
    for (const [name, from] of Object.entries(filled)) {
      const known = Object.keys(value.arguments);
      if (!known.includes(name)) complain(['triggers', i, 'arguments', name], `names no argument of the diagnosis${suggestion(name, known)}`);
      complain(['triggers', i, 'arguments', name], OVER_LABELS.check(from, 'string'));
    }
  }
  for (const [name, { step, until }] of Object.entries(value.watches)) {
    if (value.diagnose[step] === undefined)
      complain(['watches', name, 'step'], `is not a diagnosis step${suggestion(step, Object.keys(value.diagnose))}`);
    complain(['watches', name, 'until'], overDiagnosis.check(until, 'bool'));
  }
  const overIncident = expressionsOver({ incident: INCIDENT_SCHEMA }, false, needs);
  for (const [name, remedy] of Object.entries(value.remedies)) checkRemedy(remedy, ['remedies', name]);
  for (const [i, { seen }] of value.checklist.entries()) {
    for (const name of seen?.what === 'remedies' ? seen.remedies : [])
      if (!remedies.includes(name)) complain(['checklist', i, 'remedies'], `names no remedy: ${name}${suggestion(name, remedies)}`);
  }
  if (value.drill?.expect !== undefined && !remedies.includes(value.drill.expect))
    complain(['drill', 'expect'], `names no remedy${suggestion(value.drill.expect, remedies)}`);
  if (problems.length > 0) return { ok: false, problems };
  const revision = createHash('sha256').update(text).digest('hex');
  const proposing = new Set(remedies.filter((name) => proposes(value.remedies[name], actions)));
  return { ok: true, runbook: { ...value, id: value.runbook, file, revision, overIncident, overDiagnosis, outputs, setting, needs, proposing } };

  function checkRemedy(remedy: Remedy, path: readonly PropertyKey[]): void {
    const inputs = overRemedy(remedy, { outputs, setting, needs });
    if (remedy.when !== undefined) complain([...path, 'when'], overIncident.check(remedy.when, 'bool'));
    if (remedy.possible !== undefined) complain([...path, 'possible'], overDiagnosis.check(remedy.possible, 'bool'));
    for (const [name, { from }] of Object.entries(remedy.arguments))
      if (from !== undefined) complain([...path, 'arguments', name, 'from'], overDiagnosis.check(from, 'any'));
    for (const [i, step] of remedy.steps.entries()) {
      const at = [...path, 'steps', i];
      const action = checkStep(step, at, inputs);
      if (action === null) continue;
      if (step.until !== undefined && action.effect !== 'read')
        complain([...at, 'until'], 'is for steps that read; use verify for what a change leads to');
      if (step.until !== undefined) complain([...at, 'until'], overOutput(action, setting).check(step.until, 'bool'));
      if (action.effect === 'destructive' && (remedy.risk === 'safe' || remedy.risk === 'change'))
        complain([...path, 'risk'], `is ${remedy.risk}, but ${action.name} is destructive: expected destructive or emergency`);
      if (action.effect === 'change' && remedy.risk === 'safe')
        complain([...path, 'risk'], `is safe, but ${action.name} changes things: expected change`);
    }
    for (const [i, name] of remedy.capture.entries())
      if (value.diagnose[name] === undefined)
        complain([...path, 'capture', i], `is not a diagnosis step${suggestion(name, Object.keys(value.diagnose))}`);
    if (remedy.verify === undefined) return;
    const action = checkStep(remedy.verify, [...path, 'verify'], inputs);
    if (action === null) return;
    if (action.effect !== 'read') complain([...path, 'verify', 'uses'], 'changes things: a verification only reads');
    for (const key of ['until', 'fails'] as const) {
      const text = remedy.verify[key];
      if (text !== undefined) complain([...path, 'verify', key], overOutput(action, setting).check(text, 'bool'));
    }
  }

  /** The action of a step, if it is known; its inputs are checked as far as they are known before a plan. */
  function checkStep(step: { uses: string; with: Inputs }, path: readonly PropertyKey[], expressions: Expressions): Action | null {
    const action = actions.get(step.uses);
    if (action === undefined) {
      complain([...path, 'uses'], `names no action: ${step.uses}${suggestion(step.uses, [...actions.keys()])}`);
      return null;
    }
    const found = expressionsIn(step.with);
    for (const { path: at, text } of found) {
      complain([...path, 'with', ...at], expressions.check(text, 'any'));
      for (const role of needs.of(text).roles) {
        if (!(APPROVAL_ROLES as readonly string[]).includes(role))
          complain([...path, 'with', ...at], `asks for no role: ${role}${suggestion(role, APPROVAL_ROLES)}`);
      }
    }
    const parsed = action.input.safeParse(step.with);
    if (parsed.success) return action;
    const unknownYet = new Set(found.map(({ path: at }) => at.join('.')));
    for (const issue of parsed.error.issues) {
      if (unknownYet.has(issue.path.join('.'))) continue;
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
      const known = inputKeys(action);
      if (keys.length === 0) complain([...path, 'with', ...issue.path], issue.message.replace(/^Invalid input: /, ''));
      for (const key of keys) complain([...path, 'with', ...issue.path, key], `is not an input of ${action.name}${suggestion(key, known)}`);
    }
    return action;
  }
}

/** Whether all that a remedy does is propose something. */
function proposes(remedy: Remedy | undefined, actions: Actions): boolean {
  const changes = (remedy?.steps ?? []).flatMap(({ uses }) => {
    const action = actions.get(uses);
    return action === undefined || action.effect === 'read' ? [] : [action];
  });
  return changes.length > 0 && changes.every((action) => action.proposes === true);
}

/** A runbook's settings: what tocsin.yml sets, else the defaults. */
function settingValues(
  { settings, service }: Pick<RunbookFile, 'settings' | 'service'>,
  configured: Settings,
  complain: (path: readonly PropertyKey[], message: string) => void,
): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, { default: byDefault }]) => {
      const set = own(configured, name) ?? byDefault;
      if (typeof set === typeof byDefault) return [name, set];
      complain(['settings', name], `is ${typeof set} in services.${service}.settings of tocsin.yml: expected a ${typeof byDefault}`);
      return [name, byDefault];
    }),
  );
}

function isPattern(text: string): boolean {
  try {
    searches(text, '');
    return true;
  } catch {
    return false;
  }
}

/** The names of an action's inputs. */
export function inputKeys(action: Action): string[] {
  const shape = z.toJSONSchema(action.input, { io: 'input', unrepresentable: 'any' }) as { properties?: object };
  return Object.keys(shape.properties ?? {});
}
