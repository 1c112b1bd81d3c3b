import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { type ActionContext, type Lacking, type Reading, readAction } from '../../ports/action.ts';
import { AwsError } from '../../ports/aws.ts';
import { applicationArn, awsAll } from '../aws/permissions.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { oneLine, targetField } from '../shared/fields.ts';
import { readLive } from './live.ts';

const input = z.strictObject({
  target: targetField.describe('The application.'),
  question: z.string().min(1).max(7_000).optional().describe('The target’s `probe` unless told.'),
  expect: z.string().optional().describe('A word that the answer or its sources must have.'),
});

const output = z.strictObject({
  outcome: z.enum(['answered', 'blocked', 'empty', 'cannot-ask']).describe('`cannot-ask`: a person must try it.'),
  as_expected: z.boolean(),
  answer: z.string(),
  sources: z.array(z.string()),
  why: z.string(),
});
type Output = z.infer<typeof output>;

/** What the service says when a guardrail has no message of its own (user guide, "Global controls"). */
const BLOCKED = /restricted topic|topic is restricted|blocked by your administrator|contains? (?:a )?blocked/i;

/**
 * Asks the knowledge base a question (VQ-18, VQ-03): answered with sources, blocked by a guardrail, or nothing found. ChatSync wants
 * credentials that say which person asks, unless the application is anonymous; where these do not, a person confirms.
 */
export const qbusinessProbe = readAction({
  name: 'qbusiness.probe',
  about: 'Asks an application a question and tells whether it answers, with sources, or is blocked.',
  input,
  output,
  permissions: ({ target }, context) =>
    awsAll(['qbusiness:ChatSync', 'qbusiness:GetChatControlsConfiguration'], applicationArn(context, context.target(target, 'application'))),
  // A question is no harmless read: it costs, and stands in the history of conversations.
  preflight: ({ target }, context) =>
    awsPreflight(context.aws(context.target(target, 'application').region), async () => {
      await readLive(context, target);
      return `The application ${target} can be read; whether these credentials may ask it shows only when they do`;
    }),

  async run({ target, question: given, expect }, context): Promise<Reading<Output> | Lacking<Output>> {
    const { application, region, probe } = context.target(target, 'application');
    const question = given ?? probe;
    if (question === undefined) throw new UserError('no-probe', `There is no question to ask ${target}. Set \`probe\` of that target in tocsin.yml.`);
    const asked = await context
      .aws(region)
      .qbusiness.ask(application, question, randomUUID())
      .catch((error: unknown) => {
        if (error instanceof AwsError && error.reason === 'denied') return error;
        throw error;
      });
    if (asked instanceof AwsError) {
      const why = `ChatSync needs credentials that identify the person who asks: ask in the web experience, and confirm the answer. Where the application is anonymous, a permission is missing: ${asked.message}`;
      return {
        state: 'unknown',
        output: { outcome: 'cannot-ask', why },
        summary: `These credentials cannot ask ${target}: a person has to.`,
      };
    }
    const sources = asked.sources.map(({ title, url, document }) => [title, url === '' ? document : url].filter((text) => text !== '').join(' '));
    const blocked = sources.length === 0 && (BLOCKED.test(asked.text) || (await messagesOf(context, target)).has(asked.text.trim()));
    const outcome = blocked ? 'blocked' : sources.length === 0 || asked.text === '' ? 'empty' : 'answered';
    const found = expect === undefined || [asked.text, ...sources].some((text) => text.toLowerCase().includes(expect.toLowerCase()));
    return {
      state: outcome === 'answered' && found ? 'good' : 'bad',
      output: { outcome, as_expected: outcome === 'answered' && found, answer: asked.text, sources, why: '' },
      summary: `${sayOutcome(target, outcome)}: “${oneLine(asked.text, 160)}”${sources.length === 0 ? '' : ` (${plural(sources.length, 'source')})`}${found ? '' : `, without “${expect}”`}`,
      ...(sources.length === 0 ? {} : { table: { columns: ['source'], rows: sources.map((source) => [source]) } }),
      text: { name: `probe-${target}.txt`, content: `${question}\n\n${asked.text}\n\n${sources.join('\n')}\n` },
    };
  },
});

function sayOutcome(target: string, outcome: 'answered' | 'blocked' | 'empty'): string {
  if (outcome === 'answered') return `${target} answers`;
  return outcome === 'blocked' ? `${target} blocks the question` : `${target} finds nothing`;
}

/** The guardrails' own messages. Where they may not be read, the service's words alone decide. */
async function messagesOf(context: ActionContext, target: string): Promise<ReadonlySet<string>> {
  try {
    const { controls } = await readLive(context, target);
    const topics = (controls.topics ?? []).flatMap(({ rules }) => rules.map(({ message }) => message ?? ''));
    return new Set([controls.message ?? '', ...topics].map((text) => text.trim()).filter((text) => text !== ''));
  } catch (error) {
    if (error instanceof AwsError) return new Set();
    throw error;
  }
}
