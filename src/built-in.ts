import { fileURLToPath } from 'node:url';
import { ACTIONS } from './actions/registry.ts';
import type { Actions } from './engine/runbooks/runbook.ts';

/** The folder of runbooks that Tocsin comes with. */
export const BUILT_IN = fileURLToPath(new URL('../runbooks', import.meta.url));

/** Every action by name. */
export const ACTION_REGISTRY: Actions = new Map(ACTIONS.map((action) => [action.name, action]));
