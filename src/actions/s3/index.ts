import type { Action } from '../../ports/action.ts';
import { s3RemoveObjects } from './remove-objects.ts';
import { s3RestorePrefix } from './restore-prefix.ts';
import { s3Retention } from './retention.ts';
import { s3SyncDanger } from './sync-danger.ts';
import { s3TagObjects } from './tag-objects.ts';
import { s3Unauthorised } from './unauthorised.ts';

/** Objects in buckets. */
export const S3_ACTIONS: readonly Action[] = [s3Retention, s3Unauthorised, s3SyncDanger, s3TagObjects, s3RestorePrefix, s3RemoveObjects];
