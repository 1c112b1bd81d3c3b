import type { Action } from '../../ports/action.ts';
import { netTcp } from './tcp.ts';

/** Probes of the network from inside of the cluster. */
export const NET_ACTIONS: readonly Action[] = [netTcp];
