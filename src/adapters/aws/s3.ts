import type { ObjectStorage } from '../../ports/aws.ts';
import type { Link } from './link.ts';
import { bucketOf } from './s3-bucket.ts';
import { listingOf } from './s3-listing.ts';
import { objectsOf } from './s3-objects.ts';

/** Amazon S3. */
export function storageOf(link: Link): ObjectStorage {
  return { ...listingOf(link), ...objectsOf(link), ...bucketOf(link) };
}
