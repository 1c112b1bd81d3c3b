import { UserError } from '../../../src/domain/errors.ts';

/** The code of the UserError that `work` throws; `none` when it throws nothing. @throws whatever else it throws */
export function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
  return 'none';
}
