import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareControls } from '../../../src/actions/drift/compare.ts';
import { type Controls, controlsDigest, liveControls, parseControls } from '../../../src/actions/qbusiness/controls.ts';
import { apiTopic } from '../../../src/actions/qbusiness/controls-update.ts';
import { controlsArbitrary, getShape, updateShape } from '../qbusiness/arbitrary.ts';
import { IN_SYNC, SOURCE, topic } from './helpers.ts';

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

  test('scope, message and settings', () => {
    const live = {
      ...IN_SYNC,
      responseScope: 'EXTENDED_KNOWLEDGE_ENABLED',
      blockedPhrases: { blockedPhrases: IN_SYNC.blockedPhrases.blockedPhrases },
      creatorModeConfiguration: { creatorModeControl: 'ENABLED' },
    };
    expect(compare(SOURCE, live)).toMatchObject({
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

  test('property: neither order nor shape makes a difference', () => {
    fc.assert(
      fc.property(controlsArbitrary, fc.integer(), fc.integer(), (controls, one, other) => {
        const result = compare(updateShape(controls, one), getShape(controls, other));
        expect(result.lines).toEqual([]);
        expect(result.equal).toBe(true);
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
