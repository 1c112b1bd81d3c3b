/**
 * An answer with `ok: false`. `code` is Slack's error code, `extra` what else the body carries,
 * such as `needed` and `provided` or `response_metadata.messages`.
 */
export class SlackError extends Error {
  readonly code: string;
  readonly extra: Record<string, unknown>;

  constructor(code: string, extra: Record<string, unknown> = {}) {
    super(code);
    this.name = 'SlackError';
    this.code = code;
    this.extra = extra;
  }

  /** The error with Slack's list of what is wrong, as `response_metadata.messages`. */
  static withMessages(code: string, messages: readonly string[]): SlackError {
    return new SlackError(code, { response_metadata: { messages } });
  }
}
