import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { COMMANDS } from '../../commands/registry.ts';
import { CLI_COMMANDS } from '../../src/cli/registry.ts';
import { environmentSchema, fileSchema } from '../../src/config/schema.ts';
import { RISKS } from '../../src/domain/change/plans.ts';
import { ROLE_NEEDED } from '../../src/domain/incident/decide-may.ts';
import { runbookSchema } from '../../src/engine/runbooks/load/schema.ts';
import { kindOf, type TargetKind, targetSchema } from '../../src/ports/targets.ts';
import { errorCodes, unreadableCodes } from './codes.ts';
import { read } from './files.ts';
import { codesIn, fenced, firstCells, sections, tableRows } from './markdown.ts';
import { metricsIn, ownMetrics } from './metrics.ts';
import { recordTypes } from './records.ts';
import { firstKey, membersOf, pathsOf } from './settings.ts';

function part(path: string, heading: string): string {
  const found = sections(read(path), 2).get(heading);
  if (found === undefined) throw new Error(`${path} has no part “${heading}”.`);
  return found;
}

describe('docs/reference/commands.md', () => {
  const path = 'docs/reference/commands.md';

  test('has every subcommand as it is used, and no other', () => {
    const usages = COMMANDS.flatMap(({ name, subcommands }) => subcommands.map(({ usage }) => `${name} ${usage}`));
    expect(firstCells(part(path, 'Subcommands')).sort()).toEqual(usages.sort());
  });

  test('says which of them need a role', () => {
    const asks: Readonly<Record<string, keyof typeof ROLE_NEEDED>> = {
      ack: 'acknowledge',
      assign: 'assign',
      handoff: 'assign',
      status: 'change-status',
      type: 'change-type',
      call: 'page',
      update: 'post-update',
      notice: 'request-notice',
      severity: 'change-severity',
      snooze: 'snooze',
      merge: 'merge',
      resolve: 'resolve',
      cancel: 'resolve',
      reopen: 'reopen',
      close: 'close',
      review: 'schedule-review',
      diagnose: 'request-diagnosis',
      run: 'request-remedy',
      request: 'request-remedy',
      extend: 'request-extension',
      finish: 'finish-drill',
    };
    const byButtonOnly: readonly (keyof typeof ROLE_NEEDED)[] = ['withdraw', 'finish-review', 'notice-sent'];
    // `/page pagerduty` is a word of `call`, and `/incident call` has its name.
    const byWord: readonly (keyof typeof ROLE_NEEDED)[] = ['page-on-call', 'change-call'];
    // The first asks nothing of an incident; the second is for whoever may approve as well, which depends on the plan.
    const looks = ['investigate', 'history', 'logs', 'verify', 'watch'];
    const changes = ['apply', 'rerun', 'tag', 'start', 'stop', 'schedule', 'rollback'];
    const byItself = Object.fromEntries(['preflight', 'revert', 'swap', ...looks, ...changes].map((name) => [name, 'responder']));
    const said = tableRows(part(path, 'Subcommands'))
      .filter(([, needs = '']) => needs !== 'anybody')
      .map(([command = '', needs = '']) => [codesIn(command)[0]?.split(' ')[1] ?? '', needs.split(',')[0]]);
    expect(Object.fromEntries(said)).toEqual({
      contacts: 'whoever holds a role',
      ...Object.fromEntries(Object.entries(asks).map(([name, ask]) => [name, ROLE_NEEDED[ask]])),
      ...byItself,
    });
    expect(new Set([...Object.values(asks), ...byButtonOnly, ...byWord])).toEqual(new Set(Object.keys(ROLE_NEEDED)));
  });

  test('has every shortcut and reaction, and no other', () => {
    expect(firstCells(part(path, 'Shortcuts'))).toEqual(COMMANDS.flatMap(({ shortcuts }) => Object.values(shortcuts).map(({ name }) => name)));
    expect(firstCells(part(path, 'Reactions'))).toEqual(COMMANDS.flatMap(({ reactions }) => Object.keys(reactions).map((name) => `:${name}:`)));
  });

  test('names only flags of subcommands that their usage shows', () => {
    const usages = COMMANDS.flatMap(({ subcommands }) => subcommands.map(({ usage }) => usage)).join(' ');
    const flags = read(path).match(/--[a-z]+/g) ?? [];
    expect(flags.filter((flag) => !usages.includes(flag))).toEqual([]);
  });
});

describe('docs/reference/cli.md', () => {
  const parts = sections(read('docs/reference/cli.md'), 2);

  test('has every command, and no other', () => {
    expect([...parts.keys()].sort()).toEqual(CLI_COMMANDS.map(({ name }) => `tocsin ${name}`).sort());
  });

  test.each(CLI_COMMANDS.map((command) => [command.name, command] as const))('has every flag of %s, and no other', (name, command) => {
    const flags = Object.entries(command.flags).map(([flag, { type, value }]) => (type === 'string' ? `--${flag} ${value ?? 'VALUE'}` : `--${flag}`));
    expect(firstCells(parts.get(`tocsin ${name}`) ?? '').sort()).toEqual(flags.sort());
  });
});

describe('docs/reference/settings.md', () => {
  const path = 'docs/reference/settings.md';

  test('has every setting of the file, and no other', () => {
    const known = new Set(
      pathsOf(fileSchema)
        .filter((key) => !key.startsWith('services.<id>.targets.'))
        .map((key) => key.replace(/\.P[0-3]\b/, '.<severity>')),
    );
    expect(firstCells(part(path, 'The file')).sort()).toEqual([...known].sort());
  });

  test('has every variable of the environment, and no other', () => {
    expect(firstCells(part(path, 'The environment')).sort()).toEqual(Object.keys(environmentSchema.shape).sort());
  });

  test('the variables’ defaults are those of the code', () => {
    const defaults = environmentSchema.parse({});
    const said = new Map(tableRows(part(path, 'The environment')).map(([name = '', value = '']) => [codesIn(name)[0], codesIn(value)[0]]));
    for (const [name, value] of Object.entries(defaults)) expect([name, said.get(name)]).toEqual([name, String(value)]);
  });
});

describe('docs/reference/targets.md', () => {
  const page = read('docs/reference/targets.md');
  const documented = new Map([...sections(page, 2)].map(([heading, text]) => [heading, firstCells(text).sort()]));
  const HEADINGS: Readonly<Record<TargetKind | 'absent', string>> = {
    workload: 'Workload',
    volume: 'Volume',
    http: 'HTTP',
    postgres: 'PostgreSQL',
    redis: 'Redis',
    secret: 'Secret',
    configmap: 'ConfigMap',
    helm: 'Helm release',
    bucket: 'Bucket',
    application: 'Application',
    'data-source': 'Data source',
    repository: 'Repository',
    workflow: 'Workflow',
    file: 'File',
    alarm: 'Alarm',
    'log-group': 'Log group',
    topic: 'Topic',
    rule: 'Rule',
    role: 'Role',
    absent: 'What is not there',
  };

  test('has every kind of target with every key, and no other', () => {
    expect([...documented.keys()].sort()).toEqual(Object.values(HEADINGS).sort());
    const known = new Map(targetSchema.options.map((option) => [firstKey(option), pathsOf(option).sort()]));
    const headings: Readonly<Record<string, string>> = {
      deployment: 'Workload',
      pvc: 'Volume',
      url: 'HTTP',
      postgres: 'PostgreSQL',
      redis: 'Redis',
      secret: 'Secret',
      configmap: 'ConfigMap',
      helm: 'Helm release',
      bucket: 'Bucket',
      application: 'Application',
      data_source: 'Data source',
      repository: 'Repository',
      workflow: 'Workflow',
      file: 'File',
      alarm: 'Alarm',
      log_group: 'Log group',
      topic: 'Topic',
      rule: 'Rule',
      role: 'Role',
      absent: 'What is not there',
    };
    expect([...known.keys()].sort()).toEqual(Object.keys(headings).sort());
    for (const [first, keys] of known) expect([first, documented.get(headings[first] ?? '')]).toEqual([first, [...new Set(keys)].sort()]);
  });

  test('its example has every kind, and is valid', () => {
    const { targets } = parse(fenced(page, 'yaml')[0] ?? '') as { targets: Record<string, unknown> };
    const kinds = Object.values(targets).map((target) => kindOf(targetSchema.parse(target)));
    expect([...new Set(kinds)].sort()).toEqual(Object.keys(HEADINGS).sort());
  });
});

describe('docs/reference/runbooks.md', () => {
  const path = 'docs/reference/runbooks.md';
  const { shape } = runbookSchema;
  const keysOf = (schema: unknown) => pathsOf(schema).filter((key) => !/[.[]/.test(key));

  test.each([
    ['Top level', runbookSchema],
    ['Steps of a diagnosis', shape.diagnose],
    ['Triggers', shape.triggers],
    ['Watches', shape.watches],
    ['Findings', shape.findings],
    ['Remedies', shape.remedies],
  ] as const)('has every key of %s, and no other', (heading, schema) => {
    const first = sections(read(path), 2).get(heading)?.split('| Risk |')[0] ?? '';
    const known = schema === runbookSchema ? keysOf(schema) : membersOf(schema);
    expect(firstCells(first).sort()).toEqual(known.sort());
  });

  test('has every risk and every late value', () => {
    const page = read(path);
    expect(firstCells(page.slice(page.indexOf('| Risk |'), page.indexOf('A step of a remedy')))).toEqual([...RISKS]);
    for (const value of ['run.id', 'run.plan', 'run.summary', 'now()', 'stamp()', 'emergency_log_path()']) expect(page).toContain(`\`${value}\``);
  });
});

describe('docs/reference/errors.md', () => {
  const path = 'docs/reference/errors.md';
  const codes = errorCodes();

  test('every code can be read off the source', () => {
    expect(unreadableCodes()).toEqual([]);
    expect(codes.user.length).toBeGreaterThan(25);
    expect(codes.operator.length).toBeGreaterThan(40);
  });

  test('has every error that people are told, and no other', () => {
    expect(firstCells(part(path, 'What people are told in Slack')).sort()).toEqual(codes.user);
  });

  test('has every error that operators are told, and no other', () => {
    expect(firstCells(part(path, 'What operators are told')).sort()).toEqual(codes.operator);
  });
});

describe('docs/reference/records.md', () => {
  const rows = ['Of an incident', 'Of the system', 'Of the log'].flatMap((heading) => tableRows(part('docs/reference/records.md', heading)));
  const documented = new Map(rows.map(([type = '', data = '']) => [codesIn(type)[0] ?? '', codesIn(data)]));
  const known = recordTypes();

  test('has every record type, and no other', () => {
    expect(known.size).toBeGreaterThan(25);
    expect([...documented.keys()].sort()).toEqual([...known.keys()].sort());
  });

  test.each([...known].filter(([, data]) => data.length > 0))('has the data of %s', (type, data) => {
    expect(documented.get(type)).toEqual(data);
  });
});

describe('docs/reference/metrics.md', () => {
  test('has every metric, and no other', async () => {
    const known = await ownMetrics();
    expect(
      firstCells(read('docs/reference/metrics.md'))
        .filter((name) => name.startsWith('tocsin_'))
        .sort(),
    ).toEqual(known);
    expect(metricsIn(read('docs/reference/metrics.md'))).toEqual(known);
  });
});
