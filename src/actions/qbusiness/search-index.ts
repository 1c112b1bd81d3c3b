import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { aws, indexArn } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { objectKey } from '../s3/keys.ts';
import { sayBytes, targetField } from '../shared/fields.ts';
import { dataSourceOf } from './data-source.ts';

const input = z.strictObject({ target: targetField.describe('A data source of the index.') });
const output = z.strictObject({
  status: z.string(),
  active: z.boolean(),
  documents: z.number().int(),
  bytes: z.number().int(),
  updated: z.string(),
  error: z.string(),
});

/** The figures of an index (VQ-19). */
export const qbusinessIndex = readAction({
  name: 'qbusiness.index',
  about: 'Reads the status of an index and how much is in it.',
  input,
  output,
  permissions: ({ target }, context) => [aws('qbusiness:GetIndex', indexArn(context, context.target(target, 'data-source')))],
  preflight: ({ target }, context) => {
    const { aws: there, ref } = dataSourceOf(context, target);
    return awsPreflight(there, async () => `The index of ${target} is ${(await there.qbusiness.index(ref.application, ref.index)).status}`);
  },

  async run({ target }, context) {
    const { aws: there, ref } = dataSourceOf(context, target);
    const { name, status, documents, bytes, updated, error } = await there.qbusiness.index(ref.application, ref.index);
    const changed = updated === null ? '' : toIso(updated);
    return {
      state: status === 'ACTIVE' ? 'good' : 'bad',
      output: { status, active: status === 'ACTIVE', documents, bytes, updated: changed, error: error ?? '' },
      summary: `The index ${name} is ${status}: ${plural(documents, 'document')}, ${sayBytes(bytes)} of text.${error === null ? '' : ` ${error}`}`,
    };
  },
});

/** Names that a message shows; the file has all. */
const SHOWN = 50;
const documentsInput = z.strictObject({
  target: targetField.describe('The data source.'),
  keys: z.array(objectKey).max(1_000).default([]).describe('Objects that should no longer be in the index.'),
});
const documentsOutput = z.strictObject({
  total: z.number().int(),
  present: z.array(z.string()).describe('Those of `keys` that are in the index.'),
  absent: z.boolean().describe('Whether none of `keys` is.'),
  failed: z.number().int(),
});

/** What a data source has in the index (VQ-24): proof that documents are gone. */
export const qbusinessDocuments = readAction({
  name: 'qbusiness.documents',
  about: 'Lists what a data source has in the index, and tells whether named objects are gone from it.',
  input: documentsInput,
  output: documentsOutput,
  permissions: ({ target }, context) => [aws('qbusiness:ListDocuments', indexArn(context, context.target(target, 'data-source')))],
  preflight: ({ target }, context) => {
    const { aws: there, ref } = dataSourceOf(context, target);
    return awsPreflight(there, async () => {
      for await (const _one of there.qbusiness.documents(ref.application, ref.index, ref.dataSource))
        return `The documents of ${target} can be listed`;
      return `The data source ${target} has no documents in the index`;
    });
  },

  async run({ target, keys }, context) {
    const { aws: there, ref, found } = dataSourceOf(context, target);
    const bucket = found.bucket === undefined ? null : context.target(found.bucket, 'bucket').bucket;
    const wanted = new Map(keys.map((key) => [bucket === null ? key : `s3://${bucket}/${key}`, key]));
    const lines: string[] = [];
    const present: string[] = [];
    let failed = 0;
    for await (const { id, status, error } of there.qbusiness.documents(ref.application, ref.index, ref.dataSource)) {
      lines.push(`${status}\t${id}${error === null ? '' : `\t${error}`}`);
      if (status.includes('FAILED')) failed += 1;
      // Without the bucket's name, the end of an id tells.
      const key = wanted.get(id) ?? (bucket === null ? keys.find((one) => id.endsWith(`/${one}`)) : undefined);
      if (key !== undefined) present.push(key);
    }
    const asked =
      keys.length === 0
        ? ''
        : present.length === 0
          ? `; none of ${plural(keys.length, 'named object')}`
          : `; still ${present.length} of ${plural(keys.length, 'named object')}`;
    return {
      output: { total: lines.length, present, absent: present.length === 0, failed },
      summary: `${target} has ${plural(lines.length, 'document')} in the index${asked}.`,
      ...(present.length === 0 ? {} : { table: { columns: ['still in the index'], rows: present.slice(0, SHOWN).map((key) => [key]) } }),
      text: { name: `documents-${target}.txt`, content: lines.length === 0 ? '' : `${lines.join('\n')}\n` },
    };
  },
});
