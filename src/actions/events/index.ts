import type { Action } from '../../ports/action.ts';
import { eventsAlertOnCall } from './alert-on-call.ts';
import { eventsAlertStatus } from './alert-status.ts';

/** Alerts on API calls. */
export const EVENTS_ACTIONS: readonly Action[] = [eventsAlertStatus, eventsAlertOnCall];
