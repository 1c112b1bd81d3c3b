import type { Action } from '../../ports/action.ts';
import { peopleConfirm } from './confirm.ts';

/** What only people can see. */
export const PEOPLE_ACTIONS: readonly Action[] = [peopleConfirm];
