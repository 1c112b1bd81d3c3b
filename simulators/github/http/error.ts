/** An error answer of GitHub's REST API. */
export class ApiError extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: { errors?: readonly unknown[]; headers?: Readonly<Record<string, string>> } = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errors = options.errors;
    this.headers = options.headers ?? {};
  }
}

export function notFound(message = 'Not Found'): ApiError {
  return new ApiError(404, message);
}

/** A body that does not hold what it must. */
export function invalid(message: string, errors?: readonly unknown[]): ApiError {
  return new ApiError(422, message, errors === undefined ? {} : { errors });
}

/** What GitHub says of a resource whose rules a request breaks. */
export function broken(resource: string, message: string): ApiError {
  return invalid('Validation Failed', [{ resource, code: 'custom', message }]);
}
