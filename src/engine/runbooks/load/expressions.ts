import { type ASTNode, Environment, serialize } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { TocsinError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/record.ts';
import { largest } from '../../../lib/numbers.ts';
import { listed, plural } from '../../../lib/plural.ts';
import { spokenDuration } from '../../../lib/time.ts';
import { keepNeeds, type Needs } from './expression-needs.ts';
import { callName, isNode, type Node, someNode, usesUnnamedStep } from './syntax.ts';

/** Bounds an expression's size, so that with bounded data its evaluation is bounded too. */
const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 100, maxMapEntries: 50, maxCallArguments: 8 };
/** A macro inside a macro inside a macro would cost the cube of a list's length. */
const MAX_MACRO_DEPTH = 2;
const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** A JSON Schema as zod makes it, as far as it is looked at. */
interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** The variables of an expression: names, with the schema of each. */
export type Variables = Readonly<Record<string, z.ZodType>>;

/** What late functions answer. */
export interface LateValues {
  /** The Slack id of the person who approved for a role; empty when the plan needed nobody. */
  approval(role: string): string;
  /** The moment of the intent, ms. */
  readonly at: number;
  readonly run: { readonly id: string; readonly plan: string; readonly summary: string };
}

/** Values by name, as the library has them. */
export type Prepared = Readonly<Record<string, unknown>>;

export interface Expressions {
  /** `null` when the expression is good and of this type; otherwise what is wrong with it. */
  check(text: string, type: 'bool' | 'string' | 'any'): string | null;
  /** @throws TocsinError `expression-failed`, e.g. when a diagnosis step that it needs has failed */
  evaluate(text: string, values: Readonly<Record<string, Json | undefined>>, late?: LateValues): Json;
  /** Values as expressions take them, for many expressions over the same large values: to make them costs more than to look at them. */
  prepare(values: Readonly<Record<string, Json>>): Prepared;
  /** As `evaluate`, over values that were prepared. */
  evaluatePrepared(text: string, values: Prepared): Json;
  /** Whether it needs what exists only after the approval. */
  isLate(text: string): boolean;
}

export const RUN_SCHEMA = z.strictObject({ id: z.string(), plan: z.string(), summary: z.string() });

const NUMBERED = 'takes an object out of a list by its number, which always fails: write list.map(one, one.member)[0]';

/** What every expression may use. Making an environment costs more than copying one. */
const BASE = new Environment({ unlistedVariablesAreDyn: false, limits: LIMITS })
  .registerFunction('re2(string, string): bool', (text: string, pattern: string) => searches(pattern, text))
  .registerFunction('span(string): string', (duration: string) => spokenDuration(duration))
  .registerFunction('plural(int, string, string): string', (count: bigint, one: string, many: string) => plural(Number(count), one, many))
  .registerFunction('plural(double, string, string): string', (count: number, one: string, many: string) => plural(count, one, many))
  .registerFunction('listed(list<string>, string): string', (names: readonly string[], one: string) => listed(names, one))
  .registerFunction('listed(list<string>, string, string): string', (names: readonly string[], one: string, many: string) =>
    listed(names, one, many),
  );

/**
 * CEL with these variables, type-checked by their schemas; `late` adds the values that exist after the approval. What each checked expression needs is
 * kept in `needs`.
 */
export function expressionsOver(variables: Variables, late = false, needs: Needs = keepNeeds()): Expressions {
  let answers: LateValues | null = null;
  const current = (): LateValues => {
    if (answers === null) throw new TocsinError('expression-failed', 'This value exists only once the plan is approved.');
    return answers;
  };
  const known = new Map<string, Shape>();
  const env = BASE.clone();
  for (const [name, schema] of Object.entries({ ...variables, ...(late ? { run: RUN_SCHEMA } : {}) })) {
    const shape = shapeOf(schema);
    known.set(name, shape);
    register(env, name, shape);
  }
  if (late) {
    env.registerType('Approval', { ctor: ApprovalValue, fields: { id: 'string' } });
    env.registerFunction('approval(string): Approval', (role: string) => new ApprovalValue(current().approval(role)));
    env.registerFunction('now(): string', () => new Date(current().at).toISOString());
    env.registerFunction('stamp(): string', () => stampOf(current().at));
    env.registerFunction('emergency_log_path(): string', () => `/app/evidence/emergency-bypass-${stampOf(current().at)}.log`);
  }

  function check(text: string, type: 'bool' | 'string' | 'any'): string | null {
    const result = env.check(text);
    if (!result.valid) {
      const { range, summary } = result.error as { range?: { start: number }; summary?: string };
      return `is not a valid expression: ${summary ?? 'it cannot be read'}${range === undefined ? '' : ` (at character ${range.start + 1})`}`;
    }
    const { ast } = env.parse(text);
    const refused = forbiddenIn(ast) ?? (someNode(ast, isNumberedObject) ? NUMBERED : null);
    if (refused !== null) return refused;
    needs.of(text);
    const found = String(result.type);
    return type === 'any' || found === type || found === 'dyn' ? null : `is ${found}, expected ${type}`;
  }

  /** CEL takes no object out of a list by its number: it finds a map where the list has a type of its own. */
  function isNumberedObject({ op, args }: Node): boolean {
    const [list] = Array.isArray(args) ? (args as readonly unknown[]) : [];
    return op === '[]' && isNode(list) && String(env.check(serialize(list as ASTNode)).type).startsWith('list<T_');
  }

  function evaluated(text: string, context: () => Prepared, lateValues: LateValues | null): Json {
    answers = lateValues;
    try {
      return plainValue(env.evaluate(text, context()));
    } catch (cause) {
      const said = cause as { summary?: string; message?: string };
      throw new TocsinError('expression-failed', `${text}: ${said.summary ?? said.message ?? 'failed'}`, { cause });
    } finally {
      answers = null;
    }
  }

  return {
    check,
    evaluate(text, values, lateValues) {
      const contextOf = () =>
        Object.fromEntries([...known].map(([name, shape]) => [name, name === 'run' && late ? lateValues?.run : celValue(values[name] ?? {}, shape)]));
      return evaluated(text, contextOf, lateValues ?? null);
    },
    prepare: (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, celValue(value, known.get(name) ?? {})])),
    evaluatePrepared: (text, values) => evaluated(text, () => values, null),
    isLate: (text) => needs.of(text).late,
  };
}

const shapes = new WeakMap<z.ZodType, Shape>();

/** A schema's shape, worked out once: actions' outputs are asked for by every runbook. */
function shapeOf(schema: z.ZodType): Shape {
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const shape = z.toJSONSchema(schema, { unrepresentable: 'any', io: 'output' }) as Shape;
  shapes.set(schema, shape);
  return shape;
}

class ApprovalValue {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

/** Whether an RE2 pattern is found in a text. Linear in the text's length. @throws TocsinError `pattern-invalid` */
export function searches(pattern: string, text: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(text).find();
  } catch (cause) {
    throw new TocsinError('pattern-invalid', `${JSON.stringify(pattern)} is not an RE2 pattern.`, { cause });
  }
}

/** Whether an RE2 pattern fits a whole text. @throws TocsinError `pattern-invalid` */
export function isMatch(pattern: string, text: string): boolean {
  return searches(`^(?:${pattern})$`, text);
}

function register(env: Environment, name: string, shape: Shape): void {
  if (shape.properties === undefined) {
    env.registerVariable(name, typeOf(env, name, shape));
    return;
  }
  env.registerVariable({ name, schema: schemaOf(env, name, shape) as never });
}

/** An object's fields as the library wants them; objects nest, lists of objects get a type of their own. */
function schemaOf(env: Environment, path: string, shape: Shape): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shape.properties ?? {}).map(([key, field]) => [
      key,
      field.properties === undefined ? typeOf(env, `${path}_${key}`, field) : schemaOf(env, `${path}_${key}`, field),
    ]),
  );
}

function typeOf(env: Environment, path: string, shape: Shape): string {
  if (shape.type === 'string') return 'string';
  if (shape.type === 'boolean') return 'bool';
  if (shape.type === 'integer') return 'int';
  if (shape.type === 'number') return 'double';
  if (shape.type !== 'array') return 'dyn';
  const items = shape.items ?? {};
  if (items.properties === undefined) return `list<${typeOf(env, path, items)}>`;
  const type = `T_${path}`;
  const fields = Object.fromEntries(Object.entries(items.properties).map(([key, field]) => [key, typeOf(env, `${path}_${key}`, field)]));
  env.registerType(type, { fields } as never);
  return `list<${type}>`;
}

/** JSON as CEL has it: integers are BigInt, numbers are doubles. What has no schema keeps its integers as integers. */
function celValue(value: Json, shape: Shape): unknown {
  if (typeof value === 'number') return shape.type === 'number' || !Number.isSafeInteger(value) ? value : BigInt(value);
  if (value === null || typeof value !== 'object') return value;
  if (isArray(value)) return value.map((item) => celValue(item, shape.items ?? {}));
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, celValue(field, shape.properties?.[key] ?? {})]));
}

function plainValue(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, field]) => [String(key), plainValue(field)]));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainValue(field)]));
  return value as Json;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** What must not be in an expression: backtracking regular expressions, and macros nested so deep that they cost too much. */
function forbiddenIn(ast: ASTNode): string | null {
  if (someNode(ast, (node) => callName(node) === 'matches')) return 'uses matches(), which can take forever: use re2(text, pattern)';
  if (usesUnnamedStep(ast)) return 'uses diagnose without the name of a step: write diagnose.NAME';
  return macroDepth(ast) > MAX_MACRO_DEPTH ? `nests more than ${MAX_MACRO_DEPTH} macros` : null;
}

function macroDepth(node: unknown): number {
  if (Array.isArray(node)) return Math.max(0, largest(node.map(macroDepth)));
  if (!isNode(node)) return 0;
  const own = node.op === 'rcall' && MACROS.has(callName(node) ?? '') ? 1 : 0;
  return own + macroDepth(node.args);
}

/** `20261121-142233`, in UTC: as the written runbooks name their files. */
function stampOf(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19).replaceAll(':', '')}`;
}
