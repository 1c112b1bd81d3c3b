/** One right that somebody needs on the evidence bucket, and what for. */
export interface S3Permission {
  readonly action: `s3:${string}`;
  /** What the policy's resource is: the bucket itself, or the objects in it. */
  readonly on: 'bucket' | 'objects';
  /** `bot` runs always; `auditor` only reads and verifies. */
  readonly for: readonly ('bot' | 'auditor')[];
  readonly why: string;
}

/**
 * Everything Tocsin ever asks of the bucket, and so the whole of its least-privilege policy. Neither deletion nor
 * `s3:BypassGovernanceRetention` is in it (docs/how-to/store-evidence-in-s3.md).
 */
export const S3_PERMISSIONS: readonly S3Permission[] = [
  { action: 's3:PutObject', on: 'objects', for: ['bot'], why: 'write records, checkpoints, artifacts, packs, keys and people.json' },
  { action: 's3:PutObjectTagging', on: 'objects', for: ['bot'], why: 'send the tags incident-id and kind with each object' },
  { action: 's3:GetObject', on: 'objects', for: ['bot', 'auditor'], why: 'compare after a conflict, make packs, restore, verify' },
  {
    action: 's3:ListBucket',
    on: 'bucket',
    for: ['bot', 'auditor'],
    why: 'find records; without it S3 answers 403 instead of 404 for an object that is not there',
  },
  { action: 's3:ListBucketVersions', on: 'bucket', for: ['bot', 'auditor'], why: 'find second versions and delete markers when verifying' },
  { action: 's3:GetBucketVersioning', on: 'bucket', for: ['bot'], why: 'tocsin doctor' },
  { action: 's3:GetBucketObjectLockConfiguration', on: 'bucket', for: ['bot'], why: 'tocsin doctor' },
];
