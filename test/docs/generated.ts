import { z } from 'zod';
import { ACTION_REGISTRY, BUILT_IN } from '../../src/app/built-in.ts';
import { openCatalogue } from '../../src/engine/runbooks/load/catalogue.ts';
import type { Runbook } from '../../src/engine/runbooks/load/runbook.ts';
import type { Remedy } from '../../src/engine/runbooks/load/schema.ts';
import { runbookJsonSchema } from '../../src/engine/runbooks/load/schema.ts';
import { neededRoles } from '../../src/engine/runbooks/remedy/planning.ts';
import { sayDuration } from '../../src/lib/time.ts';
import type { Action } from '../../src/ports/action.ts';
import { EVERYWHERE, ROWS } from './rows.ts';

const MADE = '<!-- Made of the code. To make it anew: UPDATE_DOCS=1 npm test -- test/docs -->';

/** Pages that are made of the code, by their path. */
export const GENERATED: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/reference/runbook.schema.json': () => `${JSON.stringify(runbookJsonSchema(), null, 2)}\n`,
  'docs/reference/actions.md': actionsPage,
  'docs/reference/built-in-runbooks.md': builtInPage,
};

/** A JSON Schema as zod makes it, as far as it is shown. */
interface Shape {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly additionalProperties?: Shape | boolean;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly $ref?: string;
}

const FAMILIES: Readonly<Record<string, string>> = {
  k8s: 'Kubernetes',
  volume: 'Volumes and files',
  http: 'HTTP',
  net: 'Network',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  secret: 'Secrets',
  opa: 'Open Policy Agent',
  sark: 'SARK',
  helm: 'Helm',
  fabric: 'Provability-Fabric',
  github: 'GitHub',
  qbusiness: 'Amazon Q Business',
  drift: 'Guardrail drift',
  cloudtrail: 'CloudTrail',
  s3: 'Amazon S3',
  events: 'EventBridge',
  cloudwatch: 'CloudWatch',
  logs: 'CloudWatch Logs',
  iam: 'IAM',
  incident: 'Incidents',
  people: 'People',
};

const EFFECTS: Readonly<Record<Action['effect'], string>> = {
  read: 'Reads.',
  change: 'Changes something.',
  destructive: 'Destructive: needs a remedy with the risk `destructive` or `emergency`, so two people.',
};

function actionsPage(): string {
  const actions = [...ACTION_REGISTRY.values()];
  const families = [...new Set(actions.map(({ name }) => name.split('.')[0] ?? ''))];
  return [
    MADE,
    '# Actions',
    '',
    'What a step of a [runbook](runbooks.md) can use. `target` names one of the service’s [targets](targets.md). The output is what expressions see:',
    '`diagnose.<step>.<field>` in findings, `output.<field>` in `until`.',
    '',
    ...families.flatMap((family) => [
      `## ${FAMILIES[family] ?? family}`,
      '',
      ...actions.filter(({ name }) => name.startsWith(`${family}.`)).flatMap(actionPart),
    ]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

function actionPart(action: Action): string[] {
  const input = jsonSchema(action.input, 'input');
  const output = jsonSchema(action.output, 'output');
  const inputs = propertiesOf(input);
  return [
    `### ${action.name}`,
    '',
    `${action.about} ${EFFECTS[action.effect]}${wayBack(action)}`,
    '',
    ...(inputs.length === 0
      ? []
      : [
          '| Input | Type | Default | What it says |',
          '|---|---|---|---|',
          ...inputs.map(([name, shape, needed]) =>
            row([
              `\`${name}\``,
              typeText(shape),
              defaultText(shape, needed),
              shape.description ?? (name === 'target' ? 'The name of a target of the service' : ''),
            ]),
          ),
          '',
        ]),
    '```',
    ...propertiesOf(output).map(([name, shape]) => `${name}: ${celType(shape)}`),
    '```',
    '',
  ];
}

function wayBack(action: Action): string {
  if (action.effect === 'read') return '';
  return action.revert === undefined ? ' There is no way back.' : ' It can be reverted.';
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Shape {
  return z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Shape;
}

/** Fields with whether they are needed; of alternatives, all. */
function propertiesOf(shape: Shape): [string, Shape, boolean][] {
  const options = shape.anyOf ?? shape.oneOf;
  if (options === undefined)
    return Object.entries(shape.properties ?? {}).map(([name, field]) => [name, field, shape.required?.includes(name) === true]);
  const found = new Map<string, [string, Shape, boolean]>();
  for (const option of options) for (const [name, field] of propertiesOf(option)) if (!found.has(name)) found.set(name, [name, field, false]);
  for (const [name, entry] of found) entry[2] = options.every((option) => option.required?.includes(name) === true);
  return [...found.values()];
}

function defaultText(shape: Shape, needed: boolean): string {
  if (shape.default !== undefined) return `\`${plain(shape.default)}\``;
  return needed ? 'needed' : 'none';
}

/** A value as it is written in YAML. */
function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function typeText(shape: Shape): string {
  if (shape.$ref !== undefined) return 'any';
  if (shape.const !== undefined) return `\`${plain(shape.const)}\``;
  if (shape.enum !== undefined) return shape.enum.map((one) => `\`${String(one)}\``).join(', ');
  const options = shape.anyOf ?? shape.oneOf;
  if (options !== undefined) return [...new Set(options.map(typeText))].join(' or ');
  if (shape.type === 'array') return `list of ${typeText(shape.items ?? {})}`;
  if (shape.type === 'object') return typeof shape.additionalProperties === 'object' ? `map to ${typeText(shape.additionalProperties)}` : 'map';
  if (shape.type === 'integer' || shape.type === 'number') return `${shape.type}${range(shape)}`;
  if (Array.isArray(shape.type)) return shape.type.map((type) => (type === 'string' ? 'text' : String(type))).join(' or ');
  if (shape.type === 'string') return 'text';
  return typeof shape.type === 'string' ? shape.type : 'any';
}

function range({ minimum, maximum }: Shape): string {
  const low = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? null : minimum;
  const high = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? null : maximum;
  if (low === null && high === null) return '';
  if (high === null) return `, ${low} at least`;
  return low === null ? `, ${high} at most` : `, ${low} to ${high}`;
}

/** A type as CEL calls it. */
function celType(shape: Shape): string {
  if (shape.enum !== undefined) return 'string';
  if (shape.type === 'string') return 'string';
  if (shape.type === 'boolean') return 'bool';
  if (shape.type === 'integer') return 'int';
  if (shape.type === 'number') return 'double';
  if (shape.type === 'array') return `list of ${celType(shape.items ?? {})}`;
  if (shape.properties !== undefined)
    return `{ ${propertiesOf(shape)
      .map(([name, field]) => `${name}: ${celType(field)}`)
      .join(', ')} }`;
  return 'dyn';
}

async function builtInPage(): Promise<string> {
  const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });
  const runbooks = catalogue.list();
  const services = [...new Set(runbooks.map(({ service }) => service))];
  return [
    MADE,
    '# Built-in runbooks',
    '',
    'Each is a file in [runbooks/](../../runbooks). `/runbook show NAME` shows one in Slack. The last column has the rows of the written runbooks that a step carries',
    `out; tests name them. ${EVERYWHERE.join(' and ')} hold for every remedy: evidence first, everything on the timeline. AU-08 is the watch afterwards.`,
    '',
    ...services.flatMap((service) => [`## ${service}`, '', ...runbooks.filter((runbook) => runbook.service === service).flatMap(runbookPart)]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

function runbookPart(runbook: Runbook): string[] {
  const rows = ROWS[runbook.id];
  const remedies = Object.entries(runbook.remedies);
  return [
    `### ${runbook.id}`,
    '',
    `${runbook.title}. Usually ${runbook.severity}.${symptomsText(runbook)}${runbook.source === undefined ? '' : ` From: ${runbook.source}.`}`,
    '',
    '| Looks at | By | Rows |',
    '|---|---|---|',
    ...Object.entries(runbook.diagnose).map(([name, { uses, title }]) =>
      row([title ?? name.replaceAll('_', ' '), `[${uses}](actions.md#${uses.replaceAll('.', '')})`, (rows?.diagnose[name] ?? []).join(', ')]),
    ),
    '',
    ...(remedies.length === 0
      ? ['It has no remedies: it says which runbook to go on with.', '']
      : [
          '| Remedy | What it does | Risk | Who decides | Afterwards | Rows |',
          '|---|---|---|---|---|---|',
          ...remedies.map(([name, remedy]) =>
            row([
              `\`${name}\`${remedy.last_resort ? ', LAST RESORT' : ''}`,
              `${remedy.title}${argumentsText(remedy)}`,
              `${remedy.risk}${remedy.stake === undefined ? '' : `: ${remedy.stake}`}`,
              whoDecides(remedy),
              afterwards(remedy),
              (rows?.remedies[name] ?? []).join(', '),
            ]),
          ),
          '',
        ]),
    ...settingsPart(runbook),
  ];
}

function settingsPart({ settings }: Runbook): string[] {
  const all = Object.entries(settings);
  if (all.length === 0) return [];
  return [
    '| Setting | Default | What it says |',
    '|---|---|---|',
    ...all.map(([name, { about, default: byDefault }]) => row([`\`${name}\``, `\`${byDefault}\``, about])),
    '',
  ];
}

function symptomsText({ symptoms }: Runbook): string {
  return symptoms.length === 0 ? '' : ` Symptoms: ${symptoms.join('; ')}.`;
}

function argumentsText(remedy: Remedy): string {
  const names = Object.entries(remedy.arguments).map(([name, one]) => (one.default === undefined ? `\`${name}\`` : `\`${name}\` (${one.default})`));
  return names.length === 0 ? '' : `; asks for ${names.join(', ')}`;
}

function whoDecides(remedy: Remedy): string {
  const needs = neededRoles(remedy);
  const words = needs.length === 0 ? 'nobody' : needs.join(' and ');
  const only = remedy.risk === 'emergency' ? '; P0 only' : '';
  const expires = remedy.approvals === undefined ? '' : `, within ${sayDuration(remedy.approvals.expire)}`;
  return `${words}${expires}${only}`;
}

function afterwards(remedy: Remedy): string {
  const said = [
    remedy.revert === undefined ? null : `reverts after ${sayDuration(remedy.revert.after)}`,
    remedy.verify?.otherwise === 'revert' ? 'reverts when it does not help' : null,
    remedy.watch === undefined ? null : `watches ${sayDuration(remedy.watch.for)}`,
  ];
  return said.filter((text) => text !== null).join('; ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
