import { z } from 'zod';

/** A place in S3. Encryption is named where the bucket's policy demands that every write does. */
export const bucketSchema = z
  .strictObject({
    bucket: z.string().min(3).max(63),
    prefix: z.string().default(''),
    region: z.string().optional(),
    encryption: z.enum(['AES256', 'aws:kms', 'aws:kms:dsse']).optional(),
    kms_key_id: z.string().min(1).max(2048).optional(),
  })
  .refine(({ encryption, kms_key_id: key }) => key === undefined || (encryption ?? 'AES256') !== 'AES256', {
    error: 'expected encryption: aws:kms with it',
    path: ['kms_key_id'],
  });
