import type { Action } from '../../ports/action.ts';
import { iamDataSourceAccess } from './data-source-access.ts';

/** Who may what. */
export const IAM_ACTIONS: readonly Action[] = [iamDataSourceAccess];
