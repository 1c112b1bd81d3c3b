import type { Action } from '../../ports/action.ts';
import { sarkDisableServer } from './disable-server.ts';

/** What SARK's own API can do. */
export const SARK_ACTIONS: readonly Action[] = [sarkDisableServer];
