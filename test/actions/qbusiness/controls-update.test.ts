import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Controls, controlsDigest, liveControls, parseControls } from '../../../src/actions/qbusiness/controls.ts';
import { limitProblems, merged, updatesFor } from '../../../src/actions/qbusiness/controls-update.ts';
import { IN_SYNC, topic } from '../drift/helpers.ts';
import { controlsArbitrary } from './arbitrary.ts';

const many = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(2, '0')}`);

function controls(value: object): Controls {
  const parsed = parseControls(JSON.stringify(value));
  if (!parsed.ok) throw new Error(parsed.why);
  return liveControls(parsed.controls);
}

const withPhrases = (phrases: readonly string[]) => controls({ ...IN_SYNC, blockedPhrases: { blockedPhrases: phrases } });
const withTopics = (names: readonly string[]) => controls({ ...IN_SYNC, topicConfigurations: names.map((name) => topic(name, [], ['Sales'])) });

describe('updates of chat controls', () => {
  test('what is too much is named for deletion, what is missing is created, nothing else is sent', () => {
    const live = controls({
      ...IN_SYNC,
      blockedPhrases: { ...IN_SYNC.blockedPhrases, blockedPhrases: ['api key', 'password', 'token', 'project nightjar'] },
      topicConfigurations: [...IN_SYNC.topicConfigurations.slice(1), topic('nightjar', [], ['Sales'])],
    });
    expect(updatesFor(live, controls(IN_SYNC))).toMatchObject([
      {
        blockedPhrasesConfigurationUpdate: { blockedPhrasesToCreateOrUpdate: ['secret'], blockedPhrasesToDelete: ['project nightjar'] },
        topicConfigurationsToCreateOrUpdate: [{ name: 'confidential-business-info' }],
        topicConfigurationsToDelete: [{ name: 'nightjar', rules: [{ ruleType: 'CONTENT_BLOCKER_RULE' }] }],
      },
    ]);
    expect(updatesFor(live, live)).toEqual([]);
  });

  test('where there is no room for both, the old goes first', () => {
    const calls = updatesFor(withPhrases(many('old', 15)), withPhrases(many('new', 15)));
    expect(calls.map((call) => Object.keys(call.blockedPhrasesConfigurationUpdate ?? {}))).toEqual([
      ['blockedPhrasesToDelete'],
      ['blockedPhrasesToCreateOrUpdate'],
    ]);
    expect(updatesFor(withTopics(many('old', 8)), withTopics(many('new', 8)))).toMatchObject([
      { topicConfigurationsToDelete: { length: 8 } },
      { topicConfigurationsToCreateOrUpdate: { length: 8 } },
    ]);
  });

  test('property: the calls lead from any controls to any other', () => {
    fc.assert(
      fc.property(controlsArbitrary, controlsArbitrary, (live, wanted) => {
        expect(controlsDigest(updatesFor(live, wanted).reduce(merged, live))).toBe(controlsDigest(wanted));
      }),
    );
  });

  test('property: no call and no state in between is beyond the limits', () => {
    const phrases = fc.uniqueArray(fc.constantFrom(...many('phrase', 40)), { maxLength: 20 });
    const topics = fc.uniqueArray(fc.constantFrom(...many('topic', 20)), { maxLength: 10 });
    const some = fc.tuple(phrases, topics).map(([words, names]) => ({ ...withTopics(names), phrases: [...words].sort() }));
    fc.assert(
      fc.property(some, some, (live, wanted) => {
        let there: Controls = live;
        for (const call of updatesFor(live, wanted)) {
          expect(call.topicConfigurationsToCreateOrUpdate?.length ?? 0).toBeLessThanOrEqual(10);
          expect(call.topicConfigurationsToDelete?.length ?? 0).toBeLessThanOrEqual(10);
          there = merged(there, call);
          expect(there.phrases?.length).toBeLessThanOrEqual(20);
          expect(there.topics?.length).toBeLessThanOrEqual(10);
        }
        expect(controlsDigest(there)).toBe(controlsDigest(wanted));
      }),
    );
  });
});

describe('limits of the service', () => {
  test('the real source is within them', () => {
    expect(limitProblems(controls(IN_SYNC))).toEqual([]);
  });

  test.each([
    [{ blockedPhrases: { blockedPhrases: many('phrase', 21) } }, '21 blocked phrases; the service takes 20.'],
    [{ blockedPhrases: { blockedPhrases: ['x'.repeat(37)] } }, 'has 37 characters; the service takes 36.'],
    [{ blockedPhrases: { blockedPhrases: ['line\nbreak'] } }, 'has a control character'],
    [{ blockedPhrases: { blockedPhrases: [' '] } }, 'A blocked phrase is empty.'],
    [{ blockedPhrases: { blockedPhrases: [], systemMessageOverride: 'x'.repeat(351) } }, 'has 351 characters; the service takes 350.'],
    [{ topicConfigurations: many('topic', 11).map((name) => topic(name, [], [])) }, '11 topics; the service takes 10.'],
    [{ topicConfigurations: [topic('with blank', [], [])] }, 'a name has letters, digits and dashes'],
    [{ topicConfigurations: [topic('six', many('example', 6), [])] }, 'has 6 examples; the service takes 5.'],
    [{ topicConfigurations: [topic('twice', [], ['a']), topic('twice', [], ['b'])] }, 'The topic twice occurs twice.'],
    [{ topicConfigurations: [{ name: 'odd', rules: [{ ruleType: 'SHRUG' }] }] }, 'the service knows CONTENT_BLOCKER_RULE'],
    [{ responseScope: 'EVERYTHING' }, 'The response scope is EVERYTHING'],
  ])('%#: what is beyond is said', (change, problem) => {
    expect(limitProblems(controls({ ...IN_SYNC, ...change })).join('\n')).toContain(problem);
  });
});
