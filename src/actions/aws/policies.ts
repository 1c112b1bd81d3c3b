import { z } from 'zod';
import type { Json } from '../../domain/record.ts';
import { matchesWildcard } from './wildcard.ts';

const oneOrMany = z.union([z.string(), z.array(z.string())]).transform((value) => (typeof value === 'string' ? [value] : value));
const statementSchema = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([z.literal('*'), z.record(z.string(), oneOrMany)]).optional(),
  NotPrincipal: z.unknown().optional(),
  Action: oneOrMany.optional(),
  NotAction: oneOrMany.optional(),
  Resource: oneOrMany.optional(),
  NotResource: oneOrMany.optional(),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMany)).optional(),
});
const policySchema = z.object({ Statement: z.union([statementSchema.transform((one) => [one]), z.array(statementSchema)]) });

export type Statement = z.infer<typeof statementSchema>;

/** The statements of a policy document; `null` when it cannot be understood, empty without one. */
export function statementsOf(document: Json): Statement[] | null {
  if (document === null) return [];
  const parsed = policySchema.safeParse(document);
  return parsed.success ? parsed.data.Statement : null;
}

/** What is asked: an action on a resource, by somebody, with what conditions are judged by (`aws:SourceAccount` ...). */
export interface Request {
  readonly action: string;
  readonly resource: string;
  /** `AWS` with an ARN or `Service` with a name; unset for policies that belong to the asker. */
  readonly principal?: { readonly kind: 'AWS' | 'Service'; readonly name: string };
  readonly keys: Readonly<Record<string, string>>;
}

/** `maybe`: it depends on a condition that Tocsin cannot judge from here. */
export type Answer = 'yes' | 'no' | 'maybe';

export interface Judgement {
  readonly allowed: Answer;
  /** The statement that denies or allows it. */
  readonly by: string | null;
  readonly denied: boolean;
}

/**
 * What policies say of a request, judged from their documents (IAM user guide, "Policy evaluation logic"): a Deny wins, then an Allow, else nothing
 * allows it. A simplification: conditions other than equality and likeness of known keys are `maybe`.
 */
export function judge(statements: readonly Statement[], request: Request): Judgement {
  const found = statements.map((statement) => ({ statement, applies: applies(statement, request) })).filter(({ applies: answer }) => answer !== 'no');
  const deny = found.find(({ statement, applies: answer }) => statement.Effect === 'Deny' && answer === 'yes');
  if (deny !== undefined) return { allowed: 'no', by: name(deny.statement), denied: true };
  const allows = found.filter(({ statement }) => statement.Effect === 'Allow');
  const allow = allows.find(({ applies: answer }) => answer === 'yes') ?? allows[0];
  if (allow === undefined) return { allowed: 'no', by: null, denied: false };
  const doubtful = found.find(({ statement }) => statement.Effect === 'Deny');
  return { allowed: doubtful === undefined ? allow.applies : 'maybe', by: name((doubtful ?? allow).statement), denied: false };
}

/** Statements that deny a request, surely or perhaps, for people. */
export function denials(statements: readonly Statement[], request: Request): { readonly name: string; readonly surely: boolean }[] {
  return statements
    .filter(({ Effect }) => Effect === 'Deny')
    .map((statement) => ({ name: name(statement), answer: applies(statement, request) }))
    .filter(({ answer }) => answer !== 'no')
    .map(({ name: called, answer }) => ({ name: called, surely: answer === 'yes' }));
}

function name({ Sid, Effect, Action, NotAction }: Statement): string {
  return Sid ?? `${Effect} ${(Action ?? NotAction ?? []).join(', ')}`;
}

function applies(statement: Statement, request: Request): Answer {
  if (!names(statement.Action, statement.NotAction, request.action, true)) return 'no';
  if (!names(statement.Resource, statement.NotResource, request.resource, false)) return 'no';
  if (request.principal !== undefined) {
    if (statement.NotPrincipal !== undefined) return 'maybe';
    if (!isFor(statement, request.principal)) return 'no';
  }
  return conditionsHold(statement, request.keys);
}

/** Trust policies have no resources: then every one is meant. */
function names(list: readonly string[] | undefined, not: readonly string[] | undefined, asked: string, anyCase: boolean): boolean {
  const fold = (text: string) => (anyCase ? text.toLowerCase() : text);
  if (list !== undefined) return list.some((pattern) => matchesWildcard(fold(pattern), fold(asked)));
  if (not !== undefined) return !not.some((pattern) => matchesWildcard(fold(pattern), fold(asked)));
  return !anyCase;
}

function isFor({ Principal }: Statement, asked: NonNullable<Request['principal']>): boolean {
  if (Principal === undefined) return false;
  if (Principal === '*') return true;
  const listed = Principal[asked.kind] ?? [];
  if (listed.includes('*') || listed.includes(asked.name)) return true;
  // An account stands for everybody in it.
  const account = /^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):/.exec(asked.name)?.[1];
  return account !== undefined && listed.some((one) => one === account || one === `arn:aws:iam::${account}:root`);
}

function conditionsHold({ Condition }: Statement, keys: Request['keys']): Answer {
  let answer: Answer = 'yes';
  for (const [operator, wanted] of Object.entries(Condition ?? {})) {
    for (const [key, values] of Object.entries(wanted)) {
      const held = holds(operator, values, valueOf(keys, key));
      if (held === 'no') return 'no';
      if (held === 'maybe') answer = 'maybe';
    }
  }
  return answer;
}

function valueOf(keys: Request['keys'], key: string): string | undefined {
  return Object.entries(keys).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
}

function holds(operator: string, values: readonly string[], there: string | undefined): Answer {
  if (there === undefined) return 'maybe';
  const like = values.some((pattern) => matchesWildcard(pattern, there));
  switch (operator.replace(/IfExists$/, '')) {
    case 'StringEquals':
      return values.includes(there) ? 'yes' : 'no';
    case 'StringNotEquals':
      return values.includes(there) ? 'no' : 'yes';
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return like ? 'yes' : 'no';
    case 'StringNotLike':
    case 'ArnNotLike':
    case 'ArnNotEquals':
      return like ? 'no' : 'yes';
    case 'Bool':
      return values.some((value) => value.toLowerCase() === there.toLowerCase()) ? 'yes' : 'no';
    default:
      return 'maybe';
  }
}
