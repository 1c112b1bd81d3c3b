import type { Action } from '../../ports/action.ts';
import { secretRotate } from './rotate.ts';

/** What is done with Secrets. */
export const SECRET_ACTIONS: readonly Action[] = [secretRotate];
