import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { COMMANDS } from '../../commands/registry.ts';
import { ACTION_REGISTRY, BUILT_IN } from '../../src/app/built-in.ts';
import { CLI_COMMANDS } from '../../src/cli/registry.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { openCatalogue } from '../../src/engine/runbooks/load/catalogue.ts';
import { errorCodes } from './codes.ts';
import { find, ROOT, read } from './files.ts';
import { codesIn, fenced, proseOf, sections, tableRows } from './markdown.ts';

/** Everything that people read and type from; the history of changes says what things were called. */
const PAGES = find('README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'deploy/**/*.md', 'simulators/README.md');
const GUIDES = PAGES.filter((page) => !page.startsWith('docs/adr/'));
const NUMBERS: readonly string[] = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

function inWords(count: number): string {
  return NUMBERS[count] ?? String(count);
}

/** What is written as code: in backticks and in fenced blocks. */
function typedOn(page: string): string[] {
  const text = read(page);
  const blocks = ['sh', 'console', ''].flatMap((language) => fenced(text, language)).flatMap((block) => block.split('\n'));
  return [...codesIn(proseOf(text).replaceAll(/^## .*$/gm, '')), ...blocks].map((line) => line.trim().replace(/^\$ /, ''));
}

describe('The command line is typed in one form', () => {
  const names = CLI_COMMANDS.map(({ name }) => name);

  test.each(PAGES)('%s', (page) => {
    const typed = typedOn(page);
    const bare = typed.filter((line) => names.some((name) => line === `tocsin ${name}` || line.startsWith(`tocsin ${name} `)));
    expect([...bare, ...typed.filter((line) => /npm run tocsin\b|npx tocsin/.test(line))]).toEqual([]);
  });

  test('the form runs the command line', () => {
    const [form = ''] = /npm run -s tocsin --/.exec(read('docs/reference/cli.md')) ?? [];
    const { status, stdout } = spawnSync('sh', ['-c', `${form} --version`], { cwd: ROOT, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('docs/how-to/create-the-slack-app.md', () => {
  const page = read('docs/how-to/create-the-slack-app.md');
  const manifest = read('manifest.yml');
  const addresses = [...manifest.matchAll(/# (?:request_)?url: /g)];

  test('counts the commands and the addresses of the manifest, as the manifest does', () => {
    expect(page).toContain(`${inWords(COMMANDS.length)} slash commands`);
    expect(page).toContain(`${inWords(addresses.length)} places`);
    expect(manifest).toContain(`${inWords(addresses.length)} addresses`);
  });

  test('its command for HTTP makes a manifest in which every command, the events and the buttons have the address', () => {
    const [command = ''] = fenced(page, 'sh').filter((block) => block.trim().startsWith('sed '));
    const { stdout, status } = spawnSync('sh', ['-c', command.replace(/> manifest\.http\.yml/, '')], { cwd: ROOT, encoding: 'utf8' });
    expect(status).toBe(0);
    const made = parse(stdout) as {
      features: { slash_commands: { url?: string }[] };
      settings: { socket_mode_enabled: boolean; event_subscriptions: { request_url?: string }; interactivity: { request_url?: string } };
    };
    const { settings } = made;
    const found = [
      ...made.features.slash_commands.map(({ url }) => url),
      settings.event_subscriptions.request_url,
      settings.interactivity.request_url,
    ];
    expect(found).toEqual(found.map(() => 'https://bot.example.org/slack/events'));
    expect(found).toHaveLength(addresses.length);
    expect(settings.socket_mode_enabled).toBe(false);
  });

  test('says what each scope is for', () => {
    const { oauth_config } = parse(manifest) as { oauth_config: { scopes: { bot: string[] } } };
    const said = tableRows(sections(page, 2).get('What each scope is for') ?? '').flatMap(([scopes = '']) => codesIn(scopes));
    expect(said.sort()).toEqual([...oauth_config.scopes.bot].sort());
  });
});

describe('What the guides let people type', () => {
  test('settings of the environment are exported: the bot sees no others', () => {
    const lost = GUIDES.flatMap((page) =>
      fenced(read(page), 'sh').flatMap((block) =>
        block.split('\n').filter((line) => {
          const name = /^([A-Z][A-Z0-9_]*)=\S*(?:\$\(.*\)\S*|"[^"]*")?$/.exec(line.trim())?.[1];
          return name !== undefined && name in environmentSchema.shape;
        }),
      ),
    );
    expect(lost).toEqual([]);
  });

  test('services and runbooks are some that there are', async () => {
    const runbooks = (await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY })).list();
    // The service of the guides' own configuration, and what stands for one.
    const services = new Set(['shop', 'SERVICE', 'service', '[service]', ...runbooks.map(({ service }) => service)]);
    const wrong = GUIDES.flatMap((page) =>
      typedOn(page).flatMap((line) => {
        const [, service] = /^\/(?:runbook preflight|bypass request) (\S+)/.exec(line) ?? [];
        return service === undefined || services.has(service) ? [] : [`${page}: ${line}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
});

describe('docs/how-to/connect-aws.md', () => {
  const page = read('docs/how-to/connect-aws.md');
  const policies = fenced(page, 'json').map((text) => JSON.parse(text) as { Version: string; Statement: { Action: string | string[] }[] });

  test('has a trust policy for each place, which lets a role be taken on and nothing else', () => {
    expect(policies).toHaveLength(3);
    for (const { Version, Statement } of policies) {
      expect(Version).toBe('2012-10-17');
      expect(Statement.flatMap(({ Action }) => Action).filter((action) => !/^sts:(AssumeRole(WithWebIdentity)?|TagSession)$/.test(action))).toEqual(
        [],
      );
    }
  });

  test('makes the role that the printed policy names', () => {
    expect(page).toContain('--role-name tocsin');
    expect(read('deploy/aws/tocsin-policy.json')).toContain(':role/tocsin"');
  });
});

describe('The pages for the night', () => {
  test('the cheat sheet has every command', () => {
    const typed = typedOn('docs/reference/cheat-sheet.md');
    const missing = COMMANDS.flatMap(({ name, subcommands }) =>
      subcommands
        .map((one) => `${name} ${one.name}`)
        .filter((one) => !one.endsWith(' help') && !typed.some((line) => `${line} `.startsWith(`${one} `))),
    );
    expect(missing).toEqual([]);
  });

  test('troubleshooting names errors that there are', () => {
    const codes = errorCodes();
    const known = [...codes.user, ...codes.operator];
    const named = tableRows(read('docs/how-to/troubleshoot.md')).flatMap(([first = '']) => codesIn(first));
    const errors = named.filter((one) => /^[a-z]+(-[a-z]+)+$/.test(one));
    expect(errors.length).toBeGreaterThan(12);
    expect(errors.filter((one) => !known.includes(one))).toEqual([]);
  });
});
