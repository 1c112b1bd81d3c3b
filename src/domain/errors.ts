/**
 * An error whose text may be shown to a person in Slack. The text says what to do next.
 * `refusal` marks what a person was not allowed to do, or what the state of things does not allow: it becomes a record
 * (DESIGN, Flow: Refusals); a mere slip of the keyboard does not.
 */
export class UserError extends Error {
  readonly code: string;
  readonly refusal: boolean;

  constructor(code: string, message: string, options: { refusal?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UserError';
    this.code = code;
    this.refusal = options.refusal ?? false;
  }
}

/** An error for operators: in logs, on the command line, never in Slack. */
export class TocsinError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TocsinError';
    this.code = code;
  }
}
