import type { Action } from '../../engine/ports/action.ts';
import { cloudtrailEvents } from './events.ts';

/** Who did what. */
export const CLOUDTRAIL_ACTIONS: readonly Action[] = [cloudtrailEvents];
