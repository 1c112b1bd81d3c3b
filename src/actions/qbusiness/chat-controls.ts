import { z } from 'zod';
import { plural } from '../../lib/plural.ts';
import { toIso } from '../../lib/time.ts';
import { readAction } from '../../ports/action.ts';
import { jsonField } from '../aws/fields.ts';
import { applicationArn, aws } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { targetField } from '../shared/fields.ts';
import { controlsDigest } from './controls.ts';
import { readLive } from './live.ts';

const input = z.strictObject({ target: targetField.describe('The application.') });

const output = z.strictObject({
  controls: jsonField.describe('As the service answered, all pages.'),
  digest: z.string().describe('The same for the same controls, in whatever order they come.'),
  phrases: z.number().int(),
  topics: z.array(z.string()),
  scope: z.string().nullable(),
  at: z.string().describe('When they were read.'),
});

/** The guardrails that are in force now, read fresh (VO-06, VO-09): all pages, and the same in one shape. */
export const qbusinessChatControls = readAction({
  name: 'qbusiness.chat-controls',
  about: 'Reads the chat controls of an application as they are now.',
  input,
  output,
  permissions: ({ target }, context) => [
    aws('qbusiness:GetChatControlsConfiguration', applicationArn(context, context.target(target, 'application'))),
  ],
  preflight: ({ target }, context) =>
    awsPreflight(context.aws(context.target(target, 'application').region), async () => {
      const { controls } = await readLive(context, target);
      return `The application ${target} blocks ${plural(controls.phrases?.length ?? 0, 'phrase')} and ${plural(controls.topics?.length ?? 0, 'topic')}`;
    }),

  async run({ target }, context) {
    const { raw, controls } = await readLive(context, target);
    const topics = (controls.topics ?? []).map(({ name }) => name);
    const phrases = controls.phrases ?? [];
    const people = (controls.topics ?? []).map(({ name, rules, examples }) => [
      `topic ${name}`,
      `${plural(rules.length, 'rule')}, ${plural(examples.length, 'example')}`,
    ]);
    return {
      output: {
        controls: raw,
        digest: controlsDigest(controls),
        phrases: phrases.length,
        topics,
        scope: controls.scope,
        at: toIso(await context.now()),
      },
      summary: `${plural(phrases.length, 'blocked phrase')}, ${topics.length === 0 ? 'no topics' : `${plural(topics.length, 'topic')} (${topics.join(', ')})`}${controls.scope === null ? '' : `, ${controls.scope}`}`,
      table: { columns: ['what', 'is'], rows: [['blocked phrases', phrases.join(', ')], ...people] },
      files: [{ name: `chat-controls-${target}.json`, content: `${JSON.stringify(raw, null, 2)}\n` }],
    };
  },
});
