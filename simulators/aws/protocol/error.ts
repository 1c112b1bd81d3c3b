/** An error answer of an AWS service: HTTP status, code and message as the service's API reference lists them. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Further members of the error's body. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.members = members;
  }
}
