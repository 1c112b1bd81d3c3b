import type { Action } from '../../ports/action.ts';
import { httpChange } from './change.ts';
import { httpMetrics } from './metrics.ts';
import { httpRequest } from './request.ts';

/** HTTP requests to what a service runs. */
export const HTTP_ACTIONS: readonly Action[] = [httpRequest, httpMetrics, httpChange];
