/**
 * An error whose text may be shown to a person in Slack. The text says what to do next.
 * `refusal` marks what a person was not allowed to do, or what the state of things does not allow: it becomes a record
 * (ADR 1); a mere slip of the keyboard does not.
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

/** What a person was not allowed to do, or what the state of things does not allow. */
export function refuse(code: string, message: string): UserError {
  return new UserError(code, message, { refusal: true });
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

/** Whether Tocsin's own database could not be reached: what was under way is tried again until it is back. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof TocsinError && error.code === 'database-unavailable';
}

/** Disk full: ENOSPC, a quota, or PostgreSQL's disk_full (Appendix A, class 53). */
const DISK_FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', '53100']);

/** Whether an error, or what caused it, says that a disk has no space left. */
export function isDiskFull(error: unknown): boolean {
  for (let at = error; typeof at === 'object' && at !== null; at = 'cause' in at ? at.cause : null)
    if ('code' in at && DISK_FULL.has(at.code)) return true;
  return false;
}
