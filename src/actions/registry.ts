import { UserError } from '../domain/errors.ts';
import type { Action } from '../ports/action.ts';
import { cloudtrailEvents } from './cloudtrail/events.ts';
import { CLOUDWATCH_ACTIONS } from './cloudwatch/index.ts';
import { DRIFT_ACTIONS } from './drift/index.ts';
import { EVENTS_ACTIONS } from './events/index.ts';
import { FABRIC_ACTIONS } from './fabric/index.ts';
import { GITHUB_ACTIONS } from './github/index.ts';
import { helmHistory } from './helm/history.ts';
import { HTTP_ACTIONS } from './http/index.ts';
import { iamDataSourceAccess } from './iam/data-source-access.ts';
import { incidentRunbookEntry } from './incident/runbook-entry.ts';
import { incidentSimilar } from './incident/similar.ts';
import { K8S_ACTIONS } from './k8s/index.ts';
import { netTcp } from './net/tcp.ts';
import { opaPolicies } from './opa/policies.ts';
import { peopleConfirm } from './people/confirm.ts';
import { POSTGRES_ACTIONS } from './postgres/index.ts';
import { QBUSINESS_ACTIONS } from './qbusiness/index.ts';
import { REDIS_ACTIONS } from './redis/index.ts';
import { S3_ACTIONS } from './s3/index.ts';
import { sarkDisableServer } from './sark/disable-server.ts';
import { secretRotate } from './secret/rotate.ts';
import { VOLUME_ACTIONS } from './volume/index.ts';

/** Every action there is; a family of several is an array. */
export const ACTIONS: readonly Action[] = [
  ...K8S_ACTIONS,
  ...VOLUME_ACTIONS,
  ...HTTP_ACTIONS,
  netTcp,
  ...POSTGRES_ACTIONS,
  ...REDIS_ACTIONS,
  secretRotate,
  opaPolicies,
  sarkDisableServer,
  helmHistory,
  ...FABRIC_ACTIONS,
  ...GITHUB_ACTIONS,
  ...QBUSINESS_ACTIONS,
  ...DRIFT_ACTIONS,
  cloudtrailEvents,
  ...S3_ACTIONS,
  ...EVENTS_ACTIONS,
  ...CLOUDWATCH_ACTIONS,
  iamDataSourceAccess,
  incidentRunbookEntry,
  incidentSimilar,
  peopleConfirm,
];

const byName = new Map(ACTIONS.map((action) => [action.name, action]));

/** @throws UserError `unknown-action` */
export function actionNamed(name: string): Action {
  const action = byName.get(name);
  if (action === undefined) throw new UserError('unknown-action', `There is no action ${name}. docs/reference/actions.md lists all.`);
  return action;
}
