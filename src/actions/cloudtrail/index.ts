import type { Action } from '../../ports/action.ts';
import { cloudtrailEvents } from './events.ts';

/** Who did what. */
export const CLOUDTRAIL_ACTIONS: readonly Action[] = [cloudtrailEvents];
