import { hash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { compareControls } from '../../../src/actions/drift/compare.ts';
import { driftEvidence } from '../../../src/actions/drift/evidence.ts';
import { driftVerified } from '../../../src/actions/drift/verified.ts';
import { startWorld, type World } from '../aws/world.ts';
import { read } from '../helpers/context.ts';
import { asCommandLine, IN_SYNC, SOURCE, topic } from './helpers.ts';

/**
 * Every shape that the workflow `guardrail-drift.yml` can leave in the bucket, in each of its three versions. It ends at the first command that fails
 * (`set -euo pipefail`): GetChatControlsConfiguration by the AWS command line, then jq on the answer and on the source. It uploads drift, local, remote
 * and diff in this order, and only when their bytes differ.
 */
const AUDIT = 'vaultmesh-audit';
const TS = '2026-10-19T11:30:00Z';
const keyOf = (part: string) => `audit/drift/guardrail-${part}-${TS}.${part === 'diff' ? 'patch' : 'json'}`;

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());
beforeEach(() => {
  const { vaultmesh } = world.aws;
  for (const { key } of vaultmesh.objects(AUDIT, 'audit/drift/')) vaultmesh.deleteObject(AUDIT, key);
});

interface Written {
  readonly local: unknown;
  readonly remote: unknown;
  /** How many of the four uploads were done. */
  readonly uploads?: number;
  readonly version?: (digests: { readonly local: string; readonly remote: string }) => object;
}

const base = { ts: TS, drift: 'guardrail', app_id: '00000000-0000-4000-8000-000000000001' };
const git = { git_sha: '518a928d72678a05418d7cb22d442068f1481b90', file_sha: 'd'.repeat(64), run_id: '18630000001', run_attempt: '1' };
const VERSIONS = {
  digests: ({ local, remote }: { readonly local: string; readonly remote: string }) => ({ ...base, local_sha: local, remote_sha: remote }),
  provenance: () => ({ ...base, ...git }),
  both: ({ local, remote }: { readonly local: string; readonly remote: string }) => ({ ...base, ...git, local_sha: local, remote_sha: remote }),
} as const;

/** As jq prints a value; a text is what is in the file as it is. */
function printed(value: unknown): string {
  return typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`;
}

function write({ local, remote, uploads = 4, version = VERSIONS.both }: Written): void {
  const [ours, theirs] = [printed(local), printed(remote)];
  const texts = {
    drift: `${JSON.stringify(version({ local: hash('sha256', ours, 'hex'), remote: hash('sha256', theirs, 'hex') }))}\n`,
    local: ours,
    remote: theirs,
    diff: '--- local.sorted.json\n+++ remote.sorted.json\n',
  };
  for (const [part, text] of Object.entries(texts).slice(0, uploads)) world.aws.vaultmesh.putObject(AUDIT, keyOf(part), text);
}

/** What is read of it: the evidence, and its two files compared. */
async function reading(): Promise<string> {
  const { output } = await read(driftEvidence, { target: 'audit' }, world.context());
  if (output['found'] !== true) return `nothing: ${(output['incomplete'] as string[]).join()}`;
  const { known, equal, why } = compareControls(output['local'], output['remote'], 'the source', 'what is live');
  const intact = output['intact'] === true ? '' : 'altered, ';
  return `${intact}${known ? (equal ? 'the same' : 'a difference') : `unknown: ${why}`}`;
}

/** The source as the lint of the repository wants it, in the shape of an answer. */
const GET_SOURCE = { ...IN_SYNC, blockedPhrases: { ...IN_SYNC.blockedPhrases, blockedPhrases: ['api key', 'password', 'secret', 'token'] } };
const DRIFTED = { ...IN_SYNC, topicConfigurations: [topic('credentials-and-secrets', ['Share the API key'], ['Engineering'])] };
const { blockedPhrases: _phrases, ...NO_PHRASES } = IN_SYNC;
const { topicConfigurations: _topics, ...NO_TOPICS } = IN_SYNC;
const { blockedPhrasesConfigurationUpdate: UPDATE, ...WITHOUT_UPDATE } = SOURCE;
/** `vaultmesh-guardrails.json`, which it takes when the first is not there: what belongs into the update stands at the top. */
const SECOND_SOURCE = { ...WITHOUT_UPDATE, ...UPDATE };
const RULE_OF_SECOND = { ...SECOND_SOURCE, topicConfigurationsToCreateOrUpdate: [{ name: 'x', rules: [{ ruleType: 'DENY', message: 'No.' }] }] };
const BROKEN = printed(asCommandLine(IN_SYNC)).slice(0, 200);

const CASES: readonly (readonly [string, Written | null, string])[] = [
  ['the bytes are the same: nothing is written', null, 'nothing: '],
  ['the command line fails (denied, throttled, no such application, no region): nothing is written', null, 'nothing: '],
  ['there is no source, or it is no JSON: nothing is written', null, 'nothing: '],

  ['in sync: an update against an answer', { local: SOURCE, remote: asCommandLine(IN_SYNC) }, 'the same'],
  ['in sync: two answers, of which one has nulls', { local: GET_SOURCE, remote: asCommandLine(IN_SYNC) }, 'the same'],
  ['in sync, as an older command line writes it, without nulls', { local: SOURCE, remote: IN_SYNC }, 'the same'],
  [
    'in sync, the source has nulls too',
    { local: { ...SOURCE, topicConfigurationsToDelete: null, clientToken: null }, remote: asCommandLine(IN_SYNC) },
    'the same',
  ],
  [
    'in sync, settings that the source does not have',
    { local: SOURCE, remote: asCommandLine({ ...IN_SYNC, creatorModeConfiguration: { creatorModeControl: 'ENABLED' } }) },
    'the same',
  ],
  ['drift', { local: SOURCE, remote: asCommandLine(DRIFTED) }, 'a difference'],
  ['drift of two answers', { local: GET_SOURCE, remote: asCommandLine(DRIFTED) }, 'a difference'],
  ['drift: all phrases are gone', { local: SOURCE, remote: asCommandLine(NO_PHRASES) }, 'a difference'],
  ['drift: all topics are gone', { local: SOURCE, remote: asCommandLine({ ...NO_TOPICS, topicConfigurations: [] }) }, 'a difference'],
  ['drift: the answer has no topics at all', { local: SOURCE, remote: asCommandLine(NO_TOPICS) }, 'a difference'],
  [
    'drift: the answer has a scope and nothing else',
    { local: SOURCE, remote: asCommandLine({ responseScope: 'ENTERPRISE_CONTENT_ONLY' }) },
    'a difference',
  ],
  [
    'an answer in which nothing is',
    { local: SOURCE, remote: asCommandLine({}) },
    'unknown: what is live cannot be understood: it says nothing of chat controls.',
  ],
  ['an empty answer, for which the command line prints nothing', { local: SOURCE, remote: '' }, 'unknown: what is live could not be read.'],
  ['an empty object', { local: SOURCE, remote: {} }, 'unknown: what is live cannot be understood: it says nothing of chat controls.'],
  [
    'an answer with a member of another type',
    { local: SOURCE, remote: asCommandLine({ ...IN_SYNC, blockedPhrases: ['password'] }) },
    'unknown: what is live cannot be understood: blockedPhrases: Invalid input: expected object, received array.',
  ],

  ['the second source, in sync', { local: SECOND_SOURCE, remote: asCommandLine(IN_SYNC) }, 'the same'],
  ['the second source, drift', { local: SECOND_SOURCE, remote: asCommandLine(NO_PHRASES) }, 'a difference'],
  ['the second source with rules that the API does not have', { local: RULE_OF_SECOND, remote: asCommandLine(IN_SYNC) }, 'a difference'],
  ['a source of phrases only, in sync', { local: { blockedPhrasesConfigurationUpdate: UPDATE }, remote: asCommandLine(IN_SYNC) }, 'the same'],
  ['a source that is empty', { local: '', remote: asCommandLine(IN_SYNC) }, 'unknown: the source could not be read.'],
  ['a source that is null', { local: 'null\n', remote: asCommandLine(IN_SYNC) }, 'unknown: the source could not be read.'],
  [
    'a source of two documents',
    { local: printed(SOURCE) + printed(SOURCE), remote: asCommandLine(IN_SYNC) },
    'unknown: the source could not be read.',
  ],
  ['a source that is a list', { local: [SOURCE], remote: asCommandLine(IN_SYNC) }, 'unknown: the source cannot be understood: it is no JSON object.'],
  [
    'a source that is something else',
    { local: { version: 1, actions: [] }, remote: asCommandLine(IN_SYNC) },
    'unknown: the source cannot be understood: it says nothing of chat controls.',
  ],
  [
    'source and answer say nothing',
    { local: {}, remote: asCommandLine({}) },
    'unknown: the source cannot be understood: it says nothing of chat controls.',
  ],
  [
    'a source within something else',
    { local: { guardrails: SOURCE }, remote: asCommandLine(IN_SYNC) },
    'unknown: the source cannot be understood: it says nothing of chat controls.',
  ],

  ['the version that writes digests only', { local: SOURCE, remote: asCommandLine(DRIFTED), version: VERSIONS.digests }, 'a difference'],
  ['the version that writes no digests', { local: SOURCE, remote: asCommandLine(DRIFTED), version: VERSIONS.provenance }, 'a difference'],

  ['it broke off after the first upload', { local: SOURCE, remote: asCommandLine(IN_SYNC), uploads: 1 }, `nothing: ${TS} lacks local, remote, diff`],
  ['it broke off after the second', { local: SOURCE, remote: asCommandLine(IN_SYNC), uploads: 2 }, `nothing: ${TS} lacks remote, diff`],
  ['it broke off after the third', { local: SOURCE, remote: asCommandLine(IN_SYNC), uploads: 3 }, `nothing: ${TS} lacks diff`],
  ['a file that was cut before its digest was taken', { local: SOURCE, remote: BROKEN }, 'unknown: what is live could not be read.'],
];

test.each(CASES)('%s', async (_name, written, expected) => {
  if (written !== null) write(written);
  expect(await reading()).toBe(expected);
  const { output } = await read(driftVerified, { target: 'audit' }, world.context());
  expect(output).toEqual({ moments: expected === 'the same' ? [new Date(TS).toISOString()] : [], complete: true });
});

test('a file that was cut or altered after its digest was taken is said, and verifies nothing', async () => {
  write({ local: SOURCE, remote: asCommandLine(IN_SYNC) });
  world.aws.vaultmesh.putObject(AUDIT, keyOf('remote'), BROKEN);
  expect(await reading()).toBe('altered, unknown: what is live could not be read.');
  world.aws.vaultmesh.putObject(AUDIT, keyOf('remote'), JSON.stringify(IN_SYNC));
  expect(await reading()).toBe('altered, the same');
  expect((await read(driftVerified, { target: 'audit' }, world.context())).output).toEqual({ moments: [], complete: true });
});

test('an empty file is called empty, and members of the drift file that are null are not there', async () => {
  write({ local: SOURCE, remote: '', version: () => ({ ...base, git_sha: null, run_id: null, run_attempt: null, local_sha: null }) });
  const { output } = await read(driftEvidence, { target: 'audit' }, world.context());
  expect(output).toMatchObject({ found: true, git_sha: '', run_id: '', run_attempt: '', remote: null, problems: ['The remote file is empty.'] });
});
