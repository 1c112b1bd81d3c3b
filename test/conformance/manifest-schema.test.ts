import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv, type ErrorObject } from 'ajv';
import { parse } from 'yaml';
import { ROOT, read } from '../docs/files.ts';
import { SCOPES_OF } from '../docs/slack-methods.ts';

/** Slack's own files, kept beside the repository: they are not ours to ship. */
const SLACK = join(ROOT, '..', 'shared', 'slack');

describe.each(['1.0.0', '2.0.0'])('The official manifest schema %s', (version) => {
  const schema = official(`manifest.schema.${version}.json`) as object;
  // Slack's schema has notes and a format that no validator knows.
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);

  test('accepts manifest.yml', () => {
    const valid = validate(parse(read('manifest.yml')));
    expect(say(validate.errors)).toEqual([]);
    expect(valid).toBe(true);
  });

  test('accepts it with the addresses of HTTP delivery', () => {
    const http = read('manifest.yml')
      .replaceAll(/^(\s*)# ((?:request_)?url: https:)/gm, '$1$2')
      .replace('socket_mode_enabled: true', 'socket_mode_enabled: false');
    const manifest = parse(http) as { features: { slash_commands: { url?: string }[] } };
    expect(manifest.features.slash_commands[0]?.url).toMatch(/^https:/);
    validate(manifest);
    expect(say(validate.errors)).toEqual([]);
  });

  test.each([
    ['an unknown setting', { display_information: { name: 'Tocsin' }, settigns: {} }],
    ['a name that is too long', { display_information: { name: 'T'.repeat(36) } }],
    [
      'a shortcut without description',
      { display_information: { name: 'T' }, features: { shortcuts: [{ name: 'A', type: 'message', callback_id: 'a' }] } },
    ],
  ])('refuses %s, so it does check', (_, manifest) => {
    expect(validate(manifest)).toBe(false);
  });
});

test('the colour is one that Slack takes, which its schema only notes', () => {
  const { display_information } = parse(read('manifest.yml')) as { display_information: { background_color: string } };
  expect(display_information.background_color).toMatch(/^#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$/);
});

test('the table of scopes says nothing that Slack does not', () => {
  const { methods } = official('methods.json') as { methods: Record<string, { bot_scopes: string[] } | undefined> };
  const wrong = Object.entries(SCOPES_OF).flatMap(([method, scopes]) => {
    const facts = methods[method];
    if (facts === undefined) return [`there is no method ${method}`];
    const unknown = scopes.filter((scope) => !facts.bot_scopes.includes(scope)).map((scope) => `${method} does not take ${scope}`);
    return scopes.length === 0 && facts.bot_scopes.length > 0 ? [`${method} needs one of ${facts.bot_scopes.join(', ')}`] : unknown;
  });
  expect(wrong).toEqual([]);
});

/** Absent is a failure, never a test that is passed over. */
function official(name: string): unknown {
  const path = join(SLACK, name);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path} is needed: the conformance tests compare with Slack's own files.`, { cause });
  }
}

function say(errors: ErrorObject[] | null | undefined): string[] {
  return (errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}
