/** One or several. */
type Some<T> = T | readonly T[];

export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: '*' | Readonly<Record<string, Some<string>>>;
  readonly Action?: Some<string>;
  readonly NotAction?: Some<string>;
  readonly Resource?: Some<string>;
  readonly NotResource?: Some<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Some<string>>>>>;
}

/** A policy document of IAM; IAM user guide, "JSON policy elements". */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: Some<Statement>;
}

/** Who asks for what. `context` holds condition keys, such as `aws:SourceAccount`. */
export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
  /** Resource policies only: who asks, as `{ AWS: arn }` or `{ Service: name }`. */
  readonly principal?: { readonly AWS: string } | { readonly Service: string };
}

export type Decision = 'allowed' | 'explicitDeny' | 'implicitDeny';

/** Evaluates policies together: a Deny wins over any Allow, and nothing is allowed by default. */
export function evaluate(policies: readonly PolicyDocument[], question: Question): Decision {
  const matching = policies.flatMap(({ Statement }) => some(Statement)).filter((statement) => applies(statement, question));
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'explicitDeny';
  return matching.length > 0 ? 'allowed' : 'implicitDeny';
}

/** The statements that decide a question. */
export function applies(statement: Statement, question: Question): boolean {
  return (
    matchesPrincipal(statement.Principal, question) &&
    matches(statement.Action, statement.NotAction, question.action.toLowerCase(), (pattern) => pattern.toLowerCase()) &&
    matches(statement.Resource, statement.NotResource, question.resource, (pattern) => pattern) &&
    matchesConditions(statement.Condition ?? {}, question.context ?? {})
  );
}

function matches(wanted: Some<string> | undefined, unwanted: Some<string> | undefined, value: string, prepare: (pattern: string) => string): boolean {
  const hit = (patterns: Some<string>): boolean => some(patterns).some((pattern) => like(prepare(pattern), value));
  if (wanted !== undefined) return hit(wanted);
  return unwanted !== undefined && !hit(unwanted);
}

/** Identity policies name nobody: they belong to who asks. */
function matchesPrincipal(principal: Statement['Principal'], { principal: who }: Question): boolean {
  if (who === undefined) return true;
  if (principal === undefined) return false;
  if (principal === '*') return true;
  return Object.entries(who).some(([kind, name]) => some(principal[kind] ?? []).some((one) => one === '*' || one === name || isRootOf(one, name)));
}

/** The account as a principal stands for everybody in it. */
function isRootOf(account: string, arn: string): boolean {
  const [, id] = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(account) ?? [];
  return id !== undefined && arn.split(':')[4] === id;
}

const OPERATORS: Readonly<Record<string, (wanted: string, given: string) => boolean>> = {
  StringEquals: (wanted, given) => wanted === given,
  StringNotEquals: (wanted, given) => wanted !== given,
  StringEqualsIgnoreCase: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
  StringLike: like,
  StringNotLike: (wanted, given) => !like(wanted, given),
  ArnEquals: like,
  ArnLike: like,
  ArnNotLike: (wanted, given) => !like(wanted, given),
  Bool: (wanted, given) => wanted.toLowerCase() === given.toLowerCase(),
};

function matchesConditions(conditions: NonNullable<Statement['Condition']>, context: Readonly<Record<string, string>>): boolean {
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([name, keys]) => {
    const [, base = '', optional] = /^(\w+?)(IfExists)?$/.exec(name) ?? [];
    const test = OPERATORS[base];
    if (test === undefined) throw new Error(`The simulator does not know the condition operator ${name}.`);
    const negated = base.includes('Not');
    return Object.entries(keys).every(([key, values]) => {
      const given = known.get(key.toLowerCase());
      if (given === undefined) return negated || optional !== undefined;
      return negated ? some(values).every((value) => test(value, given)) : some(values).some((value) => test(value, given));
    });
  });
}

/** Whether a text fits a pattern with `*` and `?`. */
export function like(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

export function some<T>(value: Some<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}
