import { describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { COMMANDS } from '../../commands/registry.ts';
import { ACTION_REGISTRY } from '../../src/app/built-in.ts';
import { CLI_COMMANDS } from '../../src/cli/registry.ts';
import { parseConfig } from '../../src/config/load.ts';
import { fileSchema } from '../../src/config/schema.ts';
import { type Loaded, loadRunbook } from '../../src/engine/runbooks/load/runbook.ts';
import { sayProblem } from '../../src/lib/yaml.ts';
import { errorCodes } from './codes.ts';
import { find, read } from './files.ts';
import { fenced, firstCells, sections, tableRows } from './markdown.ts';
import { pathsOf } from './settings.ts';

const PAGES = find('docs/how-to/*.md', 'docs/explanation/*.md', 'docs/reference/cheat-sheet.md', 'docs/tutorial.md', 'README.md');
const SERVICE = { name: 'Web Shop', channels: { incidents: 'C012ABCDEF' }, responders: [{ usergroup: 'S012ABCDEF' }] };

describe('docs/how-to/write-a-runbook.md', () => {
  const page = read('docs/how-to/write-a-runbook.md');
  const FILE = 'runbooks/aureus/queries-too-slow.yml';
  const blocks = fenced(page, 'yaml');
  const loaded = (text: string): Loaded => loadRunbook(text, FILE, ACTION_REGISTRY);

  test('its blocks, one below the other, are a valid runbook', () => {
    const result = loaded(blocks.join('\n'));
    expect(result.ok ? [] : result.problems.map(sayProblem)).toEqual([]);
    expect(result.ok && Object.keys(result.runbook.remedies)).toEqual(['restart', 'limit-queries']);
  });

  test('the file is valid at every point where the page says so, and lacks what it says before', () => {
    expect(blocks.map((_, i) => loaded(blocks.slice(0, i + 1).join('\n')).ok)).toEqual([false, true, false, true, true]);
    const first = loaded(blocks[0] ?? '');
    expect(first.ok ? [] : first.problems.map(({ key }) => key)).toEqual(['diagnose']);
  });

  test('the mistake that it shows is what lint says', () => {
    const result = loaded(blocks.join('\n').replace('diagnose.pods.ready <', 'diagnose.pods.redy <'));
    expect(result.ok ? [] : result.problems.map(sayProblem)).toEqual(
      fenced(page, '')
        .map((text) => text.trim())
        .filter((text) => text.includes('redy')),
    );
  });
});

describe('docs/how-to/write-an-action.md', () => {
  const blocks = fenced(read('docs/how-to/write-an-action.md'), 'ts');

  test('its example is the one that is tested, with the imports of its place', () => {
    const source = read('test/docs/examples/pause-rollout.ts')
      .replaceAll("'../../../src/actions/k8s/", "'./")
      .replaceAll("'../../../src/actions/", "'../")
      .replaceAll("'../../../src/", "'../../");
    expect(blocks[0]).toBe(source);
  });

  test('its test is part of the one that is run', () => {
    const source = read('test/docs/examples/pause-rollout.test.ts');
    const shown = (blocks[1] ?? '').split('\n\n').map((part) => part.trimEnd().replaceAll(/^(?=.)/gm, '  '));
    expect(shown.length).toBe(2);
    for (const part of shown) expect(source).toContain(part);
  });
});

describe('Settings in the guides', () => {
  const shown = PAGES.flatMap((page) => [
    ...fenced(read(page), 'yaml', 'service').map((text) => [page, { services: { shop: { ...SERVICE, ...(parse(text) as object) } } }] as const),
    ...fenced(read(page), 'yaml', 'file').map((text) => [page, { services: { shop: SERVICE }, ...(parse(text) as object) }] as const),
  ]);

  test('there are some', () => expect(shown.length).toBeGreaterThan(4));

  test.each(shown)('of %s are valid: %j', (page, config) => {
    expect(() => parseConfig(stringify(config), page)).not.toThrow();
  });

  /** Parts of the file that are shown without a word beside `yaml`: their keys say whether they are the file's or a service's. */
  const keys = pathsOf(fileSchema);
  const ofFile = new Set(keys.map((key) => key.split('.')[0] ?? ''));
  const ofService = new Set(keys.flatMap((key) => /^services\.<id>\.(\w+)/.exec(key)?.[1] ?? []));
  const parts = PAGES.flatMap((page) => {
    const blocks = fenced(read(page), 'yaml').flatMap((text) => {
      const part: unknown = parse(text);
      if (!isMap(part)) return [];
      if (Object.keys(part).every((key) => ofFile.has(key))) return [part];
      return Object.keys(part).every((key) => ofService.has(key)) ? [{ services: { shop: part } }] : [];
    });
    return blocks.map((block, i) => [page, block, blocks.slice(0, i)] as const);
  });

  test('there are many parts', () => expect(parts.length).toBeGreaterThan(25));

  test.each(parts)('of %s are valid, alone or with a part above: %j', (_page, part, above) => {
    const base = { services: { shop: SERVICE } };
    const problems = [{}, ...above, above.reduce<object>(merged, {})].map((before) => problemIn(merged(merged(base, before), part)));
    expect(problems.includes('') ? [] : problems).toEqual([]);
  });

  test('the roles of a remedy are valid', () => {
    const [text = ''] = fenced(read('docs/how-to/set-up-approvals.md'), 'yaml', 'remedy');
    const runbook = {
      runbook: 'shop/x',
      title: 'x',
      service: 'shop',
      severity: 'P1',
      diagnose: { pods: { uses: 'k8s.pods', with: { target: 'web' } } },
      remedies: { go: { title: 'x', steps: [{ uses: 'k8s.rollout-restart', with: { target: 'web' } }], ...(parse(text) as object) } },
    };
    expect(loadRunbook(stringify(runbook), 'x.yml', ACTION_REGISTRY)).toMatchObject({ ok: true });
  });
});

describe('Commands in the guides', () => {
  const text = PAGES.map(read).join('\n');
  const codes = errorCodes();

  test('every slash command has a subcommand of that name', () => {
    const known = COMMANDS.flatMap(({ name, subcommands }) => subcommands.map((one) => `${name} ${one.name}`));
    const used = [...text.matchAll(/(?<![\w/.])(\/(?:incident|runbook|bypass|approvals|drift|sync|drill)) ([a-z]+)/g)].map(
      ([, name, word]) => `${name} ${word}`,
    );
    expect(used.length).toBeGreaterThan(30);
    // The tutorial mistypes one on purpose.
    expect(used.filter((one) => !known.includes(one))).toEqual(['/incident resolvee']);
  });

  test('every command of the command line is one, with flags that it has', () => {
    const used = [...text.matchAll(/\btocsin (?:-- )?((?:evidence|runbook) [a-z]+|doctor|restore|migrate|start|demo)\b([^\n`#]*)/g)];
    expect(used.length).toBeGreaterThan(10);
    const wrong = used.flatMap(([whole, name, rest = '']) => {
      const command = CLI_COMMANDS.find((one) => one.name === name);
      if (command === undefined) return [whole];
      return [...rest.matchAll(/--([a-z-]+)/g)].flatMap(([, flag = '']) => (flag in command.flags ? [] : [`${name} --${flag}`]));
    });
    expect(wrong).toEqual([]);
  });

  test('the errors that they name exist', () => {
    const approvals = sections(read('docs/how-to/set-up-approvals.md'), 2).get('What is refused') ?? '';
    const cluster = sections(read('docs/how-to/connect-a-cluster.md'), 2).get('When something is wrong') ?? '';
    const named = [...firstCells(approvals), ...firstCells(cluster)];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((code) => ![...codes.user, ...codes.operator].includes(code))).toEqual([]);
  });
});

/** What is wrong with a configuration; nothing where it is valid. */
function problemIn(config: object): string {
  try {
    parseConfig(stringify(config), 'tocsin.yml');
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Two parts of a file as one: what stands in both is as the second has it. */
function merged(before: object, after: object): object {
  const all = Object.entries({ ...before, ...after }).map(([key, value]): [string, unknown] => {
    const was: unknown = Object.entries(before).find(([one]) => one === key)?.[1];
    return [key, isMap(was) && isMap(value) ? merged(was, value) : value];
  });
  return Object.fromEntries(all);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

test('docs/explanation/security.md: every defence of approvals is shown by a test of that title, and every test is there', () => {
  const source = ['approvals', 'approvals-over', 'approvals-values', 'assigning', 'operations']
    .map((name) => read(`test/e2e/${name}.test.ts`))
    .join('\n');
  const titles = [...source.matchAll(/^ {2}test\('([^']+)'/gm)].map(([, title = '']) => title);
  const named = tableRows(sections(read('docs/explanation/security.md'), 2).get('Approvals') ?? '').map(([, , title = '']) => title);
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((title) => !titles.includes(title))).toEqual([]);
});
