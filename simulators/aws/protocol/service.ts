import type { z } from 'zod';
import type { Account } from '../account.ts';
import type { Principal } from '../principals.ts';
import type { ApiError } from './error.ts';

/** A call on its way through the simulator. */
export interface Call {
  readonly account: Account;
  readonly principal: Principal;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** What is wrong with an input: `path` such as `documents.1.member.documentId`. */
export interface InputProblem {
  readonly kind: 'missing' | 'unknown' | 'type' | 'constraint';
  readonly path: string;
  readonly text: string;
}

/** One operation of a service. */
export interface Operation {
  readonly name: string;
  /** REST-JSON only: method and path, such as `GET /applications/{applicationId}`; `?sync` at the end is a fixed query. */
  readonly http?: string;
  /** REST-JSON only: members that travel in the query string, with the names they have there. */
  readonly query?: Readonly<Record<string, string>>;
  /** Whether it changes something: CloudTrail keeps those as management events. */
  readonly changes: boolean;
  /** The IAM action, when it is not called like the operation. */
  readonly action?: string;
  /** The ARN that the caller needs the action on; `null`: nobody is ever refused. */
  resource(input: unknown, call: Call): string | null;
  readonly input: z.ZodType;
  run(input: unknown, call: Call): unknown;
}

/** Puts an operation together, keeping the type of its input inside. */
export function operation<S extends z.ZodType>(spec: {
  readonly name: string;
  readonly http?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly changes?: boolean;
  readonly action?: string;
  readonly input: S;
  readonly resource: (input: z.output<S>, call: Call) => string | null;
  readonly run: (input: z.output<S>, call: Call) => unknown;
}): Operation {
  return {
    ...spec,
    changes: spec.changes ?? false,
    resource: (input, call) => spec.resource(input as z.output<S>, call),
    run: (input, call) => spec.run(input as z.output<S>, call),
  };
}

export type Protocol =
  | { readonly kind: 'rest-json' }
  | { readonly kind: 'json'; readonly version: '1.0' | '1.1'; readonly target: string; readonly queryCompatible?: boolean }
  | { readonly kind: 'query'; readonly version: string; readonly namespace: string };

export interface Service {
  /** Its signing name, which the credential scope of each request carries. */
  readonly name: string;
  /** What its IAM actions begin with. */
  readonly prefix: string;
  /** What CloudTrail calls it. */
  readonly source: string;
  readonly protocol: Protocol;
  /** Requests may be signed for any region. */
  readonly global?: boolean;
  readonly operations: readonly Operation[];
  /** The service's own error for an input that is not what it takes. */
  invalid(problem: InputProblem, operation: string): ApiError;
}
