import { fileURLToPath } from 'node:url';
import { ACTIONS } from '../actions/registry.ts';
import type { ConfigFile } from '../config/schema.ts';
import type { Actions } from '../engine/runbooks/load/runbook.ts';

/** The folder of runbooks that Tocsin comes with. */
export const BUILT_IN = fileURLToPath(new URL('../../runbooks', import.meta.url));

/** Where the runbooks of a configuration are: the built-in ones first, which an operator's own may replace. */
export function runbookFolders({ runbooks }: Pick<ConfigFile, 'runbooks'>): readonly string[] {
  return [BUILT_IN, ...(runbooks === undefined ? [] : [runbooks])];
}

/** Every action by name. */
export const ACTION_REGISTRY: Actions = new Map(ACTIONS.map((action) => [action.name, action]));
