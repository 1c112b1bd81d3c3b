import { z } from 'zod';
import { SlackError } from '../slack-error.ts';
import type { Json } from '../state.ts';
import type { Triggers } from '../triggers.ts';
import type { Workspace } from '../workspace.ts';

/** What a method may use. `provided` are the token's scopes. */
export interface MethodContext {
  workspace: Workspace;
  triggers: Triggers;
  provided: readonly string[];
  /** Opens a Socket Mode ticket and gives its WebSocket address. */
  openConnection(): string;
}

/** One Web API method. The token needs one of `scopes`, unless there are none. */
export interface Method {
  name: string;
  scopes: readonly string[];
  token: 'bot' | 'app';
  args: z.ZodObject;
  run(context: MethodContext, args: Json): Json;
}

/** Declares a method: its arguments are strict, `token` and `team_id` (which Bolt adds to each call) aside. */
export function method<Shape extends z.ZodRawShape>(declared: {
  name: string;
  scopes?: readonly string[];
  token?: 'bot' | 'app';
  args?: Shape;
  run(context: MethodContext, args: z.infer<z.ZodObject<Shape>>): Json;
}): Method {
  return {
    name: declared.name,
    scopes: declared.scopes ?? [],
    token: declared.token ?? 'bot',
    args: z.strictObject({ ...declared.args }),
    run: (context, args) => declared.run(context, args as z.infer<z.ZodObject<Shape>>),
  };
}

/** Reads arguments. Throws `invalid_arguments` with one message per flaw. */
export function readArguments(declared: Method, input: Json): Json {
  const parsed = declared.args.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const messages = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `[ERROR] unknown argument: ${key}`);
    const name = issue.path.join('/');
    return issue.input === undefined ? [`[ERROR] missing required field: ${name}`] : [`[ERROR] ${name}: ${issue.message}`];
  });
  throw SlackError.withMessages('invalid_arguments', messages);
}

/** Argument types. Forms carry everything as text; JSON bodies carry types. */
export const arg = {
  text: () => z.string(),
  id: () => z.string().min(1),
  flag: () => z.union([z.boolean(), z.enum(['true', 'false', '1', '0'])]).transform((value) => value === true || value === 'true' || value === '1'),
  whole: () => z.union([z.number().int(), z.string().regex(/^-?\d+$/)]).transform(Number),
  /** `U1,U2` or, in JSON, an array. */
  list: () =>
    z.union([z.array(z.string()), z.string()]).transform((value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((item) => item.trim())
            .filter((item) => item !== '')
        : value,
    ),
  /** Any JSON, as text in a form; `undefined` when it does not parse. */
  json: () =>
    z
      .unknown()
      .refine((value) => value !== undefined)
      .transform((value): unknown => {
        if (typeof value !== 'string') return value;
        try {
          return JSON.parse(value);
        } catch {
          return value;
        }
      }),
};
