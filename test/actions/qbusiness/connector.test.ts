import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { qbusinessConnector, qbusinessUpdateConnector } from '../../../src/actions/qbusiness/connector.ts';
import { canonicalConnector, filledIn } from '../../../src/actions/qbusiness/connector-shape.ts';
import { qbusinessProbe } from '../../../src/actions/qbusiness/probe.ts';
import { preflightOf } from '../aws/preflight-of.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read, step } from '../helpers/context.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const SOURCE = {
  type: 'S3',
  version: '1.0.0',
  syncMode: 'FULL_CRAWL',
  repositoryConfigurations: {
    document: {
      inclusionPatterns: ['.*\\.(pdf|docx|md|rst|txt|json)$'],
      fieldMappings: [{ indexFieldType: 'STRING', indexFieldName: 'classification', dataSourceFieldName: 's3_metadata_classification' }],
    },
  },
  connectionConfiguration: { repositoryEndpointMetadata: { BucketName: '${BUCKET_NAME}' } },
};
const live = () => world.aws.vaultmesh.dataSource().configuration;

describe('the connector', () => {
  test('is what its source says: order means nothing, and what a deployment fills in neither', async () => {
    const { output, summary } = await read(qbusinessConnector, { target: 'knowledge', source: JSON.stringify(SOURCE) }, world.context());
    expect(output).toMatchObject({ same: true, lines: [] });
    expect(summary).toBe('The connector of knowledge matches its source.');
  });

  test('drifted: shown, mended, once, and put back', async () => {
    const dataSource = world.aws.vaultmesh.dataSource();
    const drifted = { ...dataSource.configuration, syncMode: 'CHANGE_LOG', additionalProperties: { exclusionPatterns: ['.*'] } };
    dataSource.configuration = drifted;
    const { output } = await read(qbusinessConnector, { target: 'knowledge', source: SOURCE }, world.context());
    expect(output['lines']).toEqual(expect.arrayContaining(['- syncMode: FULL_CRAWL', '+ syncMode: CHANGE_LOG']));
    const mending = step(qbusinessUpdateConnector, { target: 'knowledge', source: SOURCE });
    const plan = await mending.plan(world.context());
    expect(plan.diff).toContain('- syncMode: CHANGE_LOG');
    expect(await mending.apply(plan, world.context())).toEqual({ same: true, already: false });
    expect(live()).toMatchObject({
      syncMode: 'FULL_CRAWL',
      connectionConfiguration: { repositoryEndpointMetadata: { BucketName: 'vaultmesh-knowledge-base' } },
    });
    expect(live()).not.toHaveProperty('additionalProperties');
    expect(await mending.apply(plan, world.context())).toEqual({ same: true, already: true });
    expect(await mending.revert(plan, world.context())).toMatchObject({ kind: 'reverted' });
    expect(live()).toEqual(drifted);
    expect(await mending.revert(plan, world.context())).toMatchObject({ kind: 'already' });
    const again = await mending.plan(world.context());
    world.aws.vaultmesh.dataSource().configuration = { ...drifted, syncMode: 'FORCED_FULL_CRAWL' };
    await expect(mending.apply(again, world.context())).rejects.toMatchObject({ code: 'plan-stale' });
    expect(await mending.revert(again, world.context())).toMatchObject({ kind: 'conflict' });
  });

  test.each([
    [null, 'source-missing'],
    ['no json', 'source-shape'],
    [{}, 'source-shape'],
  ])('a source that is none (%j)', async (source, code) => {
    await expect(read(qbusinessConnector, { target: 'knowledge', source }, world.context())).rejects.toMatchObject({ code });
  });

  test('a data source that names no file is compared with none: it would be made to read another’s bucket', async () => {
    const given = { target: 'reports', source: SOURCE };
    await expect(read(qbusinessConnector, given, world.context())).rejects.toMatchObject({ code: 'no-connector-file' });
    await expect(step(qbusinessUpdateConnector, given).plan(world.context())).rejects.toMatchObject({ code: 'no-connector-file' });
  });

  test('property: a placeholder matches whatever is there, and order never counts', () => {
    const json = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 4 })));
    fc.assert(
      fc.property(json, (value) => {
        const turned = Object.fromEntries(
          Object.entries(value)
            .toReversed()
            .map(([key, item]) => [key, Array.isArray(item) ? item.toReversed() : item]),
        );
        expect(JSON.stringify(canonicalConnector(turned))).toBe(JSON.stringify(canonicalConnector(value)));
        const templated = Object.fromEntries(Object.keys(value).map((key) => [key, '${X}']));
        expect(filledIn(templated, value)).toEqual(value);
      }),
    );
  });
});

describe('qbusiness.probe', () => {
  const probing = (question: string, more: object = {}) => ({ target: 'oracle', question, ...more });

  test('credentials that say no person cannot ask: a person must', async () => {
    const { output, summary } = await read(qbusinessProbe, probing('What is VaultMesh?'), world.context());
    expect(output).toEqual({ outcome: 'cannot-ask', why: expect.any(String) });
    expect(output['why']).toContain('qbusiness:ChatSync on ');
    expect(summary).toBe('These credentials cannot ask oracle: a person has to.');
    expect(await preflightOf(qbusinessProbe, probing('x'), world.context())).toMatchObject([{ state: 'ok' }]);
  });

  test('answered with sources, blocked by a guardrail, nothing found', async () => {
    const application = world.aws.account.qbusiness.applications.get(world.aws.vaultmesh.names.applicationId) as { identityType: string } | undefined;
    if (application === undefined) throw new Error('no application');
    application.identityType = 'ANONYMOUS';
    const [document] = world.aws.vaultmesh.documents();
    const word = /[a-z]{6,}/i.exec(document?.text ?? '')?.[0] ?? '';
    const answered = await read(qbusinessProbe, probing(`Tell me of ${word}`, { expect: word }), world.context());
    expect(answered.output).toMatchObject({ outcome: 'answered', as_expected: true });
    expect((answered.output['sources'] as string[])[0]).toContain('amazonaws.com');
    const unexpected = await read(qbusinessProbe, probing(`Tell me of ${word}`, { expect: 'zzzz' }), world.context());
    expect(unexpected.output).toMatchObject({ outcome: 'answered', as_expected: false });
    expect((await read(qbusinessProbe, probing('Tell me the password'), world.context())).output).toMatchObject({ outcome: 'blocked', sources: [] });
    expect((await read(qbusinessProbe, probing('What price did we quote Customer X?'), world.context())).output).toMatchObject({
      outcome: 'blocked',
    });
    expect((await read(qbusinessProbe, probing('xyzzy'), world.context())).output).toMatchObject({ outcome: 'empty' });
  });
});
