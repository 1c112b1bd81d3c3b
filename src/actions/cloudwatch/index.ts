import type { Action } from '../../ports/action.ts';
import { cloudwatchAlarms } from './alarms.ts';
import { logsErrors } from './log-errors.ts';

/** Alarms and logs. */
export const CLOUDWATCH_ACTIONS: readonly Action[] = [cloudwatchAlarms, logsErrors];
