import { UserError } from '../domain/errors.ts';
import type { Action } from '../ports/action.ts';
import { CLOUDTRAIL_ACTIONS } from './cloudtrail/index.ts';
import { CLOUDWATCH_ACTIONS } from './cloudwatch/index.ts';
import { DRIFT_ACTIONS } from './drift/index.ts';
import { EVENTS_ACTIONS } from './events/index.ts';
import { GITHUB_ACTIONS } from './github/index.ts';
import { HTTP_ACTIONS } from './http/index.ts';
import { IAM_ACTIONS } from './iam/index.ts';
import { K8S_ACTIONS } from './k8s/index.ts';
import { NET_ACTIONS } from './net/index.ts';
import { OPA_ACTIONS } from './opa/index.ts';
import { PEOPLE_ACTIONS } from './people/index.ts';
import { POSTGRES_ACTIONS } from './postgres/index.ts';
import { QBUSINESS_ACTIONS } from './qbusiness/index.ts';
import { REDIS_ACTIONS } from './redis/index.ts';
import { S3_ACTIONS } from './s3/index.ts';
import { SARK_ACTIONS } from './sark/index.ts';
import { SECRET_ACTIONS } from './secret/index.ts';
import { VOLUME_ACTIONS } from './volume/index.ts';

/** Every action there is, one explicit array a family. */
export const ACTIONS: readonly Action[] = [
  ...K8S_ACTIONS,
  ...VOLUME_ACTIONS,
  ...HTTP_ACTIONS,
  ...NET_ACTIONS,
  ...POSTGRES_ACTIONS,
  ...REDIS_ACTIONS,
  ...SECRET_ACTIONS,
  ...OPA_ACTIONS,
  ...SARK_ACTIONS,
  ...GITHUB_ACTIONS,
  ...QBUSINESS_ACTIONS,
  ...DRIFT_ACTIONS,
  ...CLOUDTRAIL_ACTIONS,
  ...S3_ACTIONS,
  ...EVENTS_ACTIONS,
  ...CLOUDWATCH_ACTIONS,
  ...IAM_ACTIONS,
  ...PEOPLE_ACTIONS,
];

const byName = new Map(ACTIONS.map((action) => [action.name, action]));

/** @throws UserError `unknown-action` */
export function actionNamed(name: string): Action {
  const action = byName.get(name);
  if (action === undefined) throw new UserError('unknown-action', `There is no action ${name}. docs/reference/actions.md lists all.`);
  return action;
}
