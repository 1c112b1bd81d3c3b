import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, readAction } from '../../ports/action.ts';
import { applicationArn, aws } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { fileAt, fileOf, githubPreflight, permissions } from '../github/place.ts';
import { readLive } from '../qbusiness/live.ts';
import { targetField } from '../shared/fields.ts';
import { compareControls } from './compare.ts';

const input = z.strictObject({ target: targetField.describe('The application; its `controls` names the source.') });
const output = z.strictObject({
  equal: z.boolean(),
  known: z.boolean().describe('Whether both could be understood.'),
  added: z.number().int(),
  removed: z.number().int(),
  lines: z.array(z.string()),
  differs_in: z.string().describe('In what live differs, in words; empty when both are the same.'),
  digest: z.string().describe('Of the source’s text: SHA-256, hex.'),
});

const SOURCE = permissions(['contents', 'read']);

/** Whether what is live is what the source says, both read at this moment (VO-09: read back and equal after). */
export const driftLive = readAction({
  name: 'drift.live',
  about: 'Compares an application’s chat controls with their source, both as they are now.',
  input,
  output,
  permissions: ({ target }, context) => [
    aws('qbusiness:GetChatControlsConfiguration', applicationArn(context, context.target(target, 'application'))),
    ...SOURCE,
  ],
  async preflight({ target }, context) {
    const { region } = context.target(target, 'application');
    const [live, source] = await Promise.all([
      awsPreflight(context.aws(region), async () => {
        const { controls } = await readLive(context, target);
        return `The application ${target} blocks ${plural(controls.phrases?.length ?? 0, 'phrase')}`;
      }),
      githubPreflight(sourceAt(context, target), SOURCE),
    ]);
    return [...live, ...source];
  },

  async run({ target }, context) {
    const place = sourceAt(context, target);
    const [{ raw }, file] = await Promise.all([readLive(context, target), place.branch().then((branch) => fileOf(place, place.path, branch))]);
    const text = Buffer.from(file.bytes).toString('utf8');
    const { equal, known, added, removed, lines, differs_in, why } = compareControls(text, raw, 'the source', 'what is live');
    return {
      state: !known ? 'unknown' : equal ? 'good' : 'bad',
      output: { equal, known, added, removed, lines, differs_in, digest: createHash('sha256').update(file.bytes).digest('hex') },
      summary: !known ? `Cannot be compared: ${why}` : equal ? `Live matches ${place.path}.` : `Live differs from ${place.path}: ${differs_in}.`,
      ...(lines.length === 0 ? {} : { text: { name: 'live.diff', content: `--- ${place.path}\n+++ what is live\n${lines.join('\n')}\n` } }),
    };
  },
});

/** @throws UserError `no-source` */
function sourceAt(context: ActionContext, target: string): ReturnType<typeof fileAt> {
  const { controls } = context.target(target, 'application');
  if (controls === undefined)
    throw new UserError('no-source', `The target “${target}” names no source of its chat controls. Set \`controls\` in tocsin.yml.`);
  return fileAt(context, controls);
}
