import type { Action } from '../../ports/action.ts';
import { opaPolicies } from './policies.ts';

/** Questions to an Open Policy Agent. */
export const OPA_ACTIONS: readonly Action[] = [opaPolicies];
