import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareControls } from '../../../src/actions/drift/compare.ts';
import { type Controls, controlsDigest, liveControls, parseControls } from '../../../src/actions/qbusiness/controls.ts';
import { apiTopic } from '../../../src/actions/qbusiness/controls-update.ts';
import { controlsArbitrary, getShape, updateShape } from '../qbusiness/arbitrary.ts';
import { asCommandLine, IN_SYNC, NO_CONTROLS, SOURCE, topic } from './helpers.ts';
import { withNulls } from './nulls.ts';

function compare(source: unknown, remote: unknown) {
  return compareControls(source, remote, 'the source', 'what is live');
}

describe('drift.compare', () => {
  test('the two shapes of the same controls are the same', () => {
    expect(compare(SOURCE, IN_SYNC)).toMatchObject({ known: true, equal: true, shape_differs: true, lines: [], unmanaged: [], ignored: [] });
  });

  test('a text is read as JSON, and what follows ${APP_ID} does not count', () => {
    expect(compare(JSON.stringify({ ...SOURCE, applicationId: '00000000-0000-4000-8000-000000000001' }), IN_SYNC)).toMatchObject({ equal: true });
  });

  test('the true difference is said line by line', () => {
    const live = {
      ...IN_SYNC,
      blockedPhrases: { ...IN_SYNC.blockedPhrases, blockedPhrases: ['api key', 'password', 'token', 'project nightjar'] },
      topicConfigurations: [topic('credentials-and-secrets', ['Share the API key'], ['Engineering', 'Sales', 'Contractors'])],
    };
    expect(compare(SOURCE, live)).toMatchObject({
      equal: false,
      added: 2,
      changed:
        'blocked phrase “secret” was removed, blocked phrase “project nightjar” was added, topic “confidential-business-info” was removed, topic “credentials-and-secrets” was changed',
      differs_in:
        'blocked phrase “secret” is missing, blocked phrase “project nightjar” is extra, topic “confidential-business-info” is missing, topic “credentials-and-secrets” is different',
      lines: [
        '- blocked phrase: "secret"',
        '+ blocked phrase: "project nightjar"',
        '- topic confidential-business-info',
        '-   description "About confidential-business-info."',
        '-   example "What price did we quote?"',
        '-   rule blocks for groups "Engineering" "Management", says "Contact Security."',
        '  topic credentials-and-secrets',
        '-   example "What is the database password?"',
        '-   rule blocks for groups "Engineering" "Sales", says "Contact Security."',
        '+   rule blocks for groups "Contractors" "Engineering" "Sales", says "Contact Security."',
      ],
    });
  });

  test('many of a kind are counted, and the first are named', () => {
    const live = {
      ...IN_SYNC,
      blockedPhrases: { ...IN_SYNC.blockedPhrases, blockedPhrases: [] },
      topicConfigurations: [...IN_SYNC.topicConfigurations, topic('one', ['a'], ['Sales']), topic('two', ['b'], ['Sales'])],
    };
    expect(compare(SOURCE, live).changed).toBe(
      '4 blocked phrases (“password”, “api key”, “secret” and 1 more) were removed, 2 topics (“one”, “two”) were added',
    );
  });

  test('scope, message and settings', () => {
    const live = {
      ...IN_SYNC,
      responseScope: 'EXTENDED_KNOWLEDGE_ENABLED',
      blockedPhrases: { blockedPhrases: IN_SYNC.blockedPhrases.blockedPhrases },
      creatorModeConfiguration: { creatorModeControl: 'ENABLED' },
    };
    expect(compare(SOURCE, live)).toMatchObject({
      changed:
        'the message for blocked phrases was removed, the response scope was changed from ENTERPRISE_CONTENT_ONLY to EXTENDED_KNOWLEDGE_ENABLED',
      lines: [
        '- response scope: ENTERPRISE_CONTENT_ONLY',
        '+ response scope: EXTENDED_KNOWLEDGE_ENABLED',
        '- message for blocked phrases: "I cannot help with credentials."',
        '+ message for blocked phrases: ""',
      ],
      unmanaged: ['creator mode'],
    });
    expect(compare({ ...SOURCE, creatorModeConfiguration: { creatorModeControl: 'DISABLED' } }, live).lines).toContain('+ creator mode: ENABLED');
  });

  test('what the source says nothing of is no difference, and is said', () => {
    const { topicConfigurationsToCreateOrUpdate: _topics, ...phrasesOnly } = SOURCE;
    expect(compare(phrasesOnly, IN_SYNC)).toMatchObject({ equal: true, unmanaged: ['topics'] });
  });

  test('fields that the API does not have are named', () => {
    expect(compare({ ...SOURCE, guardrail_version: 3 }, IN_SYNC)).toMatchObject({ equal: true, ignored: ['guardrail_version'] });
  });

  test.each([
    [null, IN_SYNC, 'the source could not be read.'],
    [SOURCE, null, 'what is live could not be read.'],
    ['{ not json', IN_SYNC, 'the source cannot be understood: it is no JSON object.'],
    [{ blockedPhrases: ['password'] }, IN_SYNC, 'the source cannot be understood: blockedPhrases:'],
    [SOURCE, { topicConfigurations: [{ name: 'x' }] }, 'what is live cannot be understood: topicConfigurations.0.rules:'],
  ])('it says why it cannot tell (%#)', (source, remote, why) => {
    const result = compare(source, remote);
    expect(result).toMatchObject({ known: false, equal: false });
    expect(result.why).toContain(why);
  });

  test('what the AWS command line writes as null is not there', () => {
    expect(compare(SOURCE, asCommandLine(IN_SYNC))).toEqual(compare(SOURCE, IN_SYNC));
    const { blockedPhrases: _phrases, ...topics } = IN_SYNC;
    expect(compare(SOURCE, asCommandLine(topics))).toMatchObject({ known: true, equal: false, added: 1, removed: 5 });
  });

  test('property: members that are null, wherever they stand, change nothing of the comparison', () => {
    fc.assert(
      fc.property(controlsArbitrary, controlsArbitrary, fc.boolean(), fc.boolean(), fc.integer(), (one, other, left, right, seed) => {
        const source = left ? updateShape(one, seed) : getShape(one, seed);
        const remote = right ? updateShape(other, seed) : getShape(other, seed);
        const expected = compare(source, remote);
        expect(expected.known).toBe(true);
        expect(compare(withNulls(source, seed), withNulls(remote, seed + 1))).toEqual(expected);
        expect(compare(JSON.stringify(withNulls(source, seed)), remote)).toEqual(expected);
        expect(compare(source, JSON.stringify(withNulls(remote, seed)))).toEqual(expected);
      }),
    );
  });

  test.each(NO_CONTROLS)('a JSON object that is no chat controls is unknown on either side: %s', (_name, value) => {
    const why = 'cannot be understood: it says nothing of chat controls.';
    expect(compare(value, IN_SYNC)).toMatchObject({ known: false, equal: false, lines: [], why: `the source ${why}` });
    expect(compare(SOURCE, value)).toMatchObject({ known: false, equal: false, lines: [], why: `what is live ${why}` });
    expect(compare(value, value)).toMatchObject({ known: false, equal: false });
  });

  test('property: no JSON without a member of chat controls is taken for them', () => {
    const others = fc.dictionary(fc.constantFrom('a', 'ts', 'drift', 'applicationId', 'rules', 'blockedphrases', 'error'), fc.jsonValue());
    fc.assert(
      fc.property(others, (value) => {
        expect(compare(value, IN_SYNC).known).toBe(false);
        expect(compare(SOURCE, value).known).toBe(false);
      }),
    );
  });

  test.each([
    { responseScope: 3 },
    { blockedPhrases: [] },
    { blockedPhrases: { blockedPhrases: 'password' } },
    { topicConfigurations: {} },
    { topicConfigurations: [null] },
    { creatorModeConfiguration: { creatorModeControl: true } },
  ])('a member of another type is unknown on either side (%#)', (wrong) => {
    expect(compare({ ...SOURCE, ...wrong }, IN_SYNC)).toMatchObject({ known: false, equal: false });
    expect(compare(SOURCE, { ...IN_SYNC, ...wrong })).toMatchObject({ known: false, equal: false });
  });

  test('what belongs into the update of phrases counts at the top as well: the workflow’s second source has it there', () => {
    const { blockedPhrasesConfigurationUpdate: phrases, ...others } = SOURCE;
    expect(compare({ ...others, ...phrases }, IN_SYNC)).toEqual(compare(SOURCE, IN_SYNC));
    expect(compare({ ...others, ...phrases, blockedPhrasesToCreateOrUpdate: ['password'] }, IN_SYNC)).toMatchObject({
      equal: false,
      added: 3,
      removed: 0,
    });
  });

  test('property: neither order nor shape makes a difference', () => {
    fc.assert(
      fc.property(controlsArbitrary, fc.integer(), fc.integer(), (controls, one, other) => {
        const result = compare(updateShape(controls, one), getShape(controls, other));
        expect(result.lines).toEqual([]);
        expect(result.equal).toBe(true);
        expect([result.changed, result.differs_in]).toEqual(['', '']);
      }),
    );
  });

  test('property: two that are not the same have a line that says so', () => {
    fc.assert(
      fc.property(controlsArbitrary, controlsArbitrary, fc.integer(), (one, other, seed) => {
        const result = compare(updateShape(one, seed), getShape(other, seed));
        expect(result.equal).toBe(controlsDigest(one) === controlsDigest(other));
        expect(result.lines.length === 0).toBe(result.equal);
        expect(result.added + result.removed > 0).toBe(!result.equal);
      }),
    );
  });

  test('property: reading what was written gives the same', () => {
    fc.assert(
      fc.property(controlsArbitrary, fc.integer(), (controls, seed) => {
        expect(controlsDigest(read(updateShape(controls, seed)))).toBe(controlsDigest(controls));
        expect(controlsDigest(read(getShape(controls, seed)))).toBe(controlsDigest(controls));
        expect(read({ topicConfigurations: (controls.topics ?? []).map(apiTopic) }).topics).toEqual(controls.topics);
      }),
    );
  });
});

function read(value: unknown): Controls {
  const parsed = parseControls(JSON.stringify(value));
  if (!parsed.ok) throw new Error(parsed.why);
  return liveControls(parsed.controls);
}
