import { TocsinError } from '../../../src/domain/errors.ts';

/** The code of the TocsinError that `work` throws; a text that no code is when it throws nothing or something else. */
export function codeOf(work: () => unknown): string {
  try {
    work();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof TocsinError ? error.code : `another error: ${String(error)}`;
  }
}

/** The same for a promise. */
export async function codeOfRejected(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing thrown';
  } catch (error) {
    return error instanceof TocsinError ? error.code : `another error: ${String(error)}`;
  }
}
