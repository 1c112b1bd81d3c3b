import type { Action } from '../../engine/ports/action.ts';
import { iamDataSourceAccess } from './data-source-access.ts';

/** Who may what. */
export const IAM_ACTIONS: readonly Action[] = [iamDataSourceAccess];
