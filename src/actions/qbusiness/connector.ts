import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { Json } from '../../domain/record.ts';
import { type ActionContext, changeAction, type Planned, readAction, type Touch } from '../../ports/action.ts';
import { jsonField } from '../aws/fields.ts';
import { awsPreflight } from '../aws/preflight.ts';
import { readUntil } from '../aws/wait.ts';
import { diffObjects } from '../shared/diff.ts';
import { digestOf } from '../shared/digest.ts';
import { targetField } from '../shared/fields.ts';
import { assertFresh, touch } from '../shared/stale.ts';
import { canonicalConnector, connectorIn, filledIn } from './connector-shape.ts';
import { dataSourceOf, onDataSource } from './data-source.ts';

const input = z.strictObject({
  target: targetField.describe('The data source.'),
  source: jsonField.describe('The source of its configuration: JSON, or its text.'),
});

const readOutput = z.strictObject({
  same: z.boolean(),
  lines: z.array(z.string()),
  configuration: jsonField,
  schedule: z.string().describe('When syncs start by themselves; empty: on demand only.'),
});

/** Whether a connector is configured as its source says (VO-26). The order of keys and lists means nothing; placeholders match what is there. */
export const qbusinessConnector = readAction({
  name: 'qbusiness.connector',
  about: 'Compares the configuration of a data source’s connector with its source.',
  input,
  output: readOutput,
  permissions: ({ target }, context) => onDataSource(context, target, 'GetDataSource'),
  preflight: ({ target }, context) => awsPreflight(dataSourceOf(context, target).aws, () => lookAt(context, target)),

  async run({ target, source }, context) {
    assertSourced(context, target);
    const { aws, ref } = dataSourceOf(context, target);
    const { configuration: live, schedule } = await aws.qbusiness.dataSource(ref);
    const wanted = canonicalConnector(filledIn(connectorIn(source), live));
    const diff = diffObjects(wanted, canonicalConnector(live));
    return {
      state: diff === '' ? 'good' : 'bad',
      output: { same: diff === '', lines: diff === '' ? [] : diff.split('\n'), configuration: live, schedule },
      summary: diff === '' ? `The connector of ${target} matches its source.` : `The connector of ${target} differs from its source.`,
      ...(diff === '' ? {} : { text: { name: `connector-${target}.diff`, content: `--- the source\n+++ what is live\n${diff}\n` } }),
      files: [{ name: `connector-${target}.json`, content: `${JSON.stringify(live, null, 2)}\n` }],
    };
  },
});

const changeOutput = z.strictObject({ same: z.boolean(), already: z.boolean() });

/** Configures a connector as its source says (VO-32), read back until it is. */
export const qbusinessUpdateConnector = changeAction({
  name: 'qbusiness.update-connector',
  about: 'Makes the configuration of a data source’s connector match its source.',
  effect: 'destructive',
  input,
  output: changeOutput,
  permissions: ({ target }, context) => onDataSource(context, target, 'GetDataSource', 'UpdateDataSource'),
  preflight: ({ target }, context) =>
    awsPreflight(dataSourceOf(context, target).aws, () => lookAt(context, target), onDataSource(context, target, 'UpdateDataSource')),

  async plan({ target, source }, context): Promise<Planned> {
    assertSourced(context, target);
    const live = await read(context, target);
    const wanted = filledIn(connectorIn(source), live);
    const diff = diffObjects(canonicalConnector(live), canonicalConnector(wanted));
    return {
      summary: diff === '' ? `The connector of ${target} matches its source.` : `Makes the connector of ${target} match its source`,
      diff: diff === '' ? null : diff,
      noPlan: diff === '' ? 'Nothing would change.' : null,
      notes: diff === '' ? [] : ['The next sync uses it: what it no longer includes is removed from the index.'],
      touches: [touchOf(context, target, live)],
      changes: diff !== '',
      scope: { configuration: wanted },
      snapshot: { configuration: live },
    };
  },

  async apply({ target }, planned, context) {
    const { configuration } = configurationSchema.parse(planned.scope);
    const live = await read(context, target);
    if (sameConnector(live, configuration))
      return { output: { same: true, already: true }, summary: `The connector of ${target} already matches its source.` };
    assertFresh(planned, [touchOf(context, target, live)]);
    await write(context, target, configuration);
    return { output: { same: true, already: false }, summary: `The connector of ${target} matches its source, read back.` };
  },

  async revert({ target }, planned, context, force) {
    const { configuration } = configurationSchema.parse(planned.snapshot);
    const { configuration: ours } = configurationSchema.parse(planned.scope);
    const live = await read(context, target);
    if (sameConnector(live, configuration)) return { kind: 'already', summary: `The connector of ${target} is as before.` };
    if (!sameConnector(live, ours) && !force) {
      const diff = diffObjects(canonicalConnector(live), canonicalConnector(configuration));
      return { kind: 'conflict', summary: `Somebody changed the connector of ${target} meanwhile.`, diff };
    }
    await write(context, target, configuration);
    return { kind: 'reverted', summary: `The connector of ${target} is as before, read back.` };
  },
});

const configurationSchema = z.object({ configuration: jsonField });

/** Another data source's file would say nothing of this one, and would make it read that one's bucket. @throws UserError `no-connector-file` */
function assertSourced(context: ActionContext, target: string): void {
  if (dataSourceOf(context, target).found.connector !== undefined) return;
  throw new UserError(
    'no-connector-file',
    `The target ${target} does not say which file its connector comes from. Set \`connector\` of it in tocsin.yml.`,
  );
}

async function lookAt(context: ActionContext, target: string): Promise<string> {
  const { aws, ref } = dataSourceOf(context, target);
  const { name, type, status } = await aws.qbusiness.dataSource(ref);
  return `The data source ${name} is ${status}${type === '' ? '' : `, a connector of type ${type}`}`;
}

async function read(context: ActionContext, target: string): Promise<Json> {
  const { aws, ref } = dataSourceOf(context, target);
  return (await aws.qbusiness.dataSource(ref)).configuration;
}

/** @throws UserError `connector-differs` */
async function write(context: ActionContext, target: string, configuration: Json): Promise<void> {
  const { aws, ref } = dataSourceOf(context, target);
  await aws.qbusiness.updateDataSource(ref, { configuration });
  const live = await readUntil(
    () => read(context, target),
    (there) => sameConnector(there, configuration),
    context.signal,
  );
  if (sameConnector(live, configuration)) return;
  throw new UserError('connector-differs', `The change was sent, but the connector of ${target} still differs. Check it in the console.`);
}

function sameConnector(left: Json, right: Json): boolean {
  return digestOf(canonicalConnector(left)) === digestOf(canonicalConnector(right));
}

function touchOf(context: ActionContext, target: string, live: Json): Touch {
  return touch(`the data source ${target}`, dataSourceOf(context, target).ref.dataSource, 'its configuration', canonicalConnector(live));
}
