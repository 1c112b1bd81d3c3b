import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ConfigError, isConfigured, keyFileOf, loadConfig, loadEnvironment, parseConfig, policyOf } from '../src/config/load.ts';
import { mailOf } from '../src/config/mail.ts';
import { fileSchema } from '../src/config/schema.ts';
import { secretsOf } from '../src/config/secrets.ts';
import { TocsinError } from '../src/domain/errors.ts';
import { read } from './docs/files.ts';
import { pathsOf } from './docs/settings.ts';

const MINUTE = 60_000;
const GOOD = `services:
  shop:
    name: Shop
    channels: { incidents: C0INC }
    responders: [{ usergroup: S0SRE }]
`;

const INDENTATION = 'the file is not valid YAML: the indentation does not match';

const scratch = mkdtempSync(join(tmpdir(), 'tocsin-config-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Everything that is wrong with a text, as it is said. */
function problems(text: string): string[] {
  try {
    parseConfig(text, 'tocsin.yml');
    return [];
  } catch (error) {
    // The columns have a test of their own.
    if (error instanceof ConfigError) return error.message.split('\n').map((line) => line.replace(/^([^ :]+:\d+):\d+:/, '$1:'));
    throw error;
  }
}

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

function environmentProblems(environment: NodeJS.ProcessEnv): string[] {
  try {
    loadEnvironment(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}

describe('A mistake in the file is told with its line, its key, what was expected, and what was meant', () => {
  test.each([
    ['an unknown setting at the top', `${GOOD}rolez: {}\n`, 'tocsin.yml:6: rolez is not a setting. Did you mean "roles"?'],
    [
      'an unknown setting of a service',
      GOOD.replace('name: Shop', 'name: Shop\n    time_zon: UTC'),
      'tocsin.yml:4: services.shop.time_zon is not a setting. Did you mean "time_zone"?',
    ],
    [
      'an unknown channel',
      GOOD.replace('C0INC }', 'C0INC, alert: C0A }'),
      'tocsin.yml:4: services.shop.channels.alert is not a setting. Did you mean "alerts"?',
    ],
    [
      'an unknown key of a severity’s updates',
      `${GOOD}    updates: { P1: { evry: 5m } }\n`,
      'tocsin.yml:6: services.shop.updates.P1.evry is not a setting. Did you mean "every"?',
    ],
    [
      'an unknown setting of a target',
      `${GOOD}    targets: { web: { deployment: shop-web, contaner: web } }\n`,
      'tocsin.yml:6: services.shop.targets.web.contaner is not a setting. Did you mean "container"?',
    ],
    [
      'a target whose kind is mistyped',
      `${GOOD}    targets: { web: { deploymnt: shop-web } }\n`,
      'tocsin.yml:6: services.shop.targets.web.deploymnt is not a setting. Did you mean "deployment"?',
    ],
    [
      'an unknown setting deep in a target',
      `${GOOD}    targets: { db: { postgres: { workload: store, user: shop, databse: orders } } }\n`,
      'tocsin.yml:6: services.shop.targets.db.postgres.databse is not a setting. Did you mean "database"?',
    ],
    [
      'an unknown setting of a responder',
      GOOD.replace('{ usergroup: S0SRE }', '{ usergrop: S0SRE }'),
      'tocsin.yml:5: services.shop.responders.0.usergrop is not a setting. Did you mean "usergroup"?',
    ],
    [
      'an unknown setting of an escalation step',
      `${GOOD}    escalation: [{ user: U0LEAD, aftr: 15m }]\n`,
      'tocsin.yml:6: services.shop.escalation.0.aftr is not a setting. Did you mean "after"?',
    ],
    [
      'an unknown setting of the evidence store',
      `${GOOD}evidence: { s3: { bucket: shop-evidence, prefx: a } }\n`,
      'tocsin.yml:6: evidence.s3.prefx is not a setting. Did you mean "prefix"?',
    ],
    [
      'an unknown setting of a role',
      `${GOOD}roles: { security: { usergroop: S0SEC } }\n`,
      'tocsin.yml:6: roles.security.usergroop is not a setting. Did you mean "usergroup"?',
    ],
    ['a wrong type', GOOD.replace('name: Shop', 'name: 5'), 'tocsin.yml:3: services.shop.name expected string, received number'],
    ['a missing setting', GOOD.replace('    name: Shop\n', ''), 'tocsin.yml:2: services.shop.name is missing: expected string'],
    [
      'a bad length of time',
      `${GOOD}    respond_within: { P1: soon }\n`,
      'tocsin.yml:6: services.shop.respond_within.P1 expected a length of time such as 30m, 1h or 1h30m',
    ],
    [
      'a weekly question without its day',
      `${GOOD}page_path: { at: "04:30", ask: "10:00" }\n`,
      'tocsin.yml:6: page_path.ask expected a day and a time, such as Monday 10:00, or never',
    ],
    [
      'the same as a number',
      `${GOOD}page_path: { at: "04:30", ask: 10 }\n`,
      'tocsin.yml:6: page_path.ask expected a day and a time, such as Monday 10:00, or never',
    ],
    [
      'a length of time without its unit',
      `${GOOD}    updates: { every: 30 }\n`,
      'tocsin.yml:6: services.shop.updates.every has no unit. Did you mean "30m"?',
    ],
    ['the same in quotes', `${GOOD}    updates: { every: "30" }\n`, 'tocsin.yml:6: services.shop.updates.every has no unit. Did you mean "30m"?'],
    [
      'a channel by its name',
      GOOD.replace('C0INC', '"#incidents"'),
      'tocsin.yml:4: services.shop.channels.incidents expected a Slack channel id such as C012ABCDEF',
    ],
    [
      'a person by their name',
      GOOD.replace('{ usergroup: S0SRE }', '{ user: ada }'),
      'tocsin.yml:5: services.shop.responders.0.user expected a Slack user id such as U012ABCDEF',
    ],
    [
      'a bad time zone',
      GOOD.replace('name: Shop', 'name: Shop\n    time_zone: Berlin'),
      'tocsin.yml:4: services.shop.time_zone expected a time zone such as Europe/Berlin',
    ],
    ['nobody to call', GOOD.replace('[{ usergroup: S0SRE }]', '[]'), 'tocsin.yml:5: services.shop.responders expected at least one responder'],
    ['no services', 'services: {}\n', 'tocsin.yml:1: services expected at least one service'],
    ['a severity that is none', `${GOOD}    severity: { default: P9 }\n`, 'tocsin.yml:6: services.shop.severity.default'],
    [
      'a role that is none',
      `${GOOD}roles:\n  securty: { usergroup: S0SEC }\n`,
      'tocsin.yml:7: roles.securty is not a role. Did you mean "security"? Roles are responder, incident-commander, ',
    ],
    [
      'a role that is near to none',
      `${GOOD}roles:\n  admin: { usergroup: S0SEC }\n`,
      'tocsin.yml:7: roles.admin is not a role. Roles are responder, ',
    ],
    ['a bad id of a service', GOOD.replace('shop:', 'Shop:'), 'tocsin.yml:2: services.Shop expected lower-case letters, digits and dashes'],
    ['an address that is none', `${GOOD}    status_page: nope\n`, 'tocsin.yml:6: services.shop.status_page'],
    ['a bucket’s name that is too short', `${GOOD}evidence: { s3: { bucket: ab } }\n`, 'tocsin.yml:6: evidence.s3.bucket'],
    ['the same key twice', `${GOOD}roles: {}\nroles: {}\n`, 'tocsin.yml:7: the file is not valid YAML'],
    ['broken YAML', `${GOOD}  x: [1, 2\n`, 'tocsin.yml:7: the file is not valid YAML'],
    ['a key that is indented too little', GOOD.replace('    channels', '   channels'), `tocsin.yml:4: ${INDENTATION}`],
    ['a key that is indented too far', GOOD.replace('    channels', '      channels'), `tocsin.yml:4: ${INDENTATION}`],
    [
      'a key of a deeper level that is indented too little',
      GOOD.replace('{ incidents', '\n      incidents').replace(' }\n    resp', '\n     alerts: C0X\n    resp'),
      `tocsin.yml:6: ${INDENTATION}`,
    ],
    [
      'a list whose items do not stand below each other',
      GOOD.replace('[{ usergroup: S0SRE }]', '\n    - usergroup: S0SRE\n      - user: U0ADA'),
      `tocsin.yml:7: ${INDENTATION}`,
    ],
    [
      'settings that are not indented',
      GOOD.replaceAll('    ', '  '),
      'tocsin.yml:2: services.shop is empty. Indent the lines that belong to it by two more spaces',
    ],
    [
      'channels that are not indented',
      GOOD.replace('{ incidents: C0INC }', '\n    incidents: C0INC'),
      'tocsin.yml:4: services.shop.channels is empty. Indent the lines',
    ],
    [
      'a colon in a text',
      GOOD.replace('name: Shop', 'name: Shop: the best'),
      'tocsin.yml:3: the file is not valid YAML: the value has a colon in it. Put it in quotes',
    ],
    ['a second document', `${GOOD}---\nservices: {}\n`, 'a second document begins here'],
    ['a tab', 'services:\n\tshop: 1\n', 'tocsin.yml:2: the file is not valid YAML'],
    ['an empty file', '', 'tocsin.yml: services is missing'],
  ])('%s', (_, text, said) => {
    expect(problems(text)).toEqual([expect.stringContaining(said)]);
  });

  test('all mistakes are told at once', () => {
    const text = `${GOOD.replace('name: Shop', 'nam: Shop\n    time_zone: Nowhere').replace('C0INC', 'inc')}roles:\n  admin: { usergroup: x }\n  security: { usergroup: x }\n`;
    expect(problems(text).map((line) => line.split(' ')[1])).toEqual(
      expect.arrayContaining([
        'services.shop.name',
        'services.shop.nam',
        'services.shop.time_zone',
        'services.shop.channels.incidents',
        'roles.admin',
        'roles.security.usergroup',
      ]),
    );
  });
});

describe('The environment', () => {
  test.each([
    [{ SLACK_BOT_TOKEN: 'abc' }, 'environment: SLACK_BOT_TOKEN expected a bot token that begins with xoxb-'],
    [{ SLACK_APP_TOKEN: 'xoxb-1' }, 'environment: SLACK_APP_TOKEN expected an app-level token that begins with xapp-'],
    [{ DATABASE_URL: 'mysql://db' }, 'environment: DATABASE_URL expected postgres://user:password@host:5432/database'],
    [{ DATABASE_URL: 'postgres://u:pa#ss@h/db' }, 'in a password write # as %23'],
    [{ DATABASE_URL: 'postgres://u:pa/ss@h/db' }, 'in a password write # as %23'],
    [{ PORT: '70000' }, 'environment: PORT'],
    [{ LOG_LEVEL: 'loud' }, 'environment: LOG_LEVEL'],
  ])('%j is told', (environment, said) => {
    expect(environmentProblems(environment)).toEqual([expect.stringContaining(said)]);
  });

  test('empty counts as unset, what is not ours is left alone, and defaults are those of the reference', () => {
    expect(loadEnvironment({ SLACK_BOT_TOKEN: '', PATH: '/bin' })).toEqual({
      TOCSIN_DATA: './data',
      TOCSIN_OPS_PORT: 9_464,
      TOCSIN_OPS_HOST: '127.0.0.1',
      TOCSIN_INTAKE_HOST: '127.0.0.1',
      TOCSIN_SLACK_HOST: '127.0.0.1',
      PAGERDUTY_API_URL: 'https://api.pagerduty.com',
      PAGERDUTY_EVENTS_URL: 'https://events.pagerduty.com',
      LOG_LEVEL: 'info',
      STATUSPAGE_API_URL: 'https://api.statuspage.io',
    });
  });

  test('a secret never appears in what is said of it', () => {
    expect(environmentProblems({ SLACK_BOT_TOKEN: 'hush-hush-0123' }).join()).not.toContain('hush');
  });

  test('the signing key lies beside the data unless it is named', () => {
    expect(keyFileOf(loadEnvironment({ TOCSIN_DATA: 'there' }))).toBe(join('there', 'signing-key.pem'));
    expect(keyFileOf(loadEnvironment({ TOCSIN_KEY_FILE: 'key.pem' }))).toBe('key.pem');
  });
});

describe('Where the file is', () => {
  test('TOCSIN_CONFIG names it', () => {
    const path = join(scratch, 'other.yml');
    writeFileSync(path, GOOD);
    const config = loadConfig({ TOCSIN_CONFIG: path });
    expect(config.path).toBe(path);
    expect(Object.keys(config.file.services)).toEqual(['shop']);
  });

  test('one that is missing is told with what to do', () => {
    const missing = () => loadConfig({ TOCSIN_CONFIG: join(scratch, 'nowhere.yml') });
    expect(missing).toThrow(TocsinError);
    expect(missing).toThrow(/nowhere\.yml does not exist. Copy tocsin\.example\.yml to tocsin\.yml/);
  });

  test('one that is there and may not be read is not called missing', () => {
    const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const read = () => {
      throw denied;
    };
    const said = expect.objectContaining({ code: 'config-unreadable', message: expect.stringContaining('tocsin.yml may not be read by this user') });
    expect(errorOf(() => loadConfig({ TOCSIN_CONFIG: 'tocsin.yml' }, read))).toEqual(said);
    expect(errorOf(() => loadConfig({ TOCSIN_CONFIG: scratch }))).toEqual(
      expect.objectContaining({ code: 'config-unreadable', message: expect.stringContaining('is a directory') }),
    );
  });

  test('what is no file of settings is told at once: nothing is waited for, and no memory is filled', () => {
    const pipe = join(scratch, 'pipe.yml');
    execFileSync('mkfifo', [pipe]);
    const huge = join(scratch, 'huge.yml');
    writeFileSync(huge, '');
    truncateSync(huge, 3 * 1024 ** 3);
    for (const [path, said] of [
      [pipe, 'is no file'],
      ['/dev/zero', 'is no file'],
      [huge, 'more than settings ever have'],
    ] as const)
      expect(errorOf(() => loadConfig({ TOCSIN_CONFIG: path }))).toEqual(
        expect.objectContaining({ code: 'config-unreadable', message: expect.stringContaining(said) }),
      );
  });

  test('a token or a named file is a configuration', () => {
    expect(isConfigured({ SLACK_BOT_TOKEN: 'xoxb-1' })).toBe(true);
    expect(isConfigured({ TOCSIN_CONFIG: 'a.yml' })).toBe(true);
  });
});

describe('Defaults', () => {
  const { shop } = parseConfig(GOOD, 'tocsin.yml').services;
  if (shop === undefined) throw new Error('no shop');

  test('of a service', () => {
    expect(shop).toMatchObject({
      time_zone: 'UTC',
      channels: { room: 'channel' },
      severity: { default: 'P2', aliases: {} },
      escalation: [],
      links: [],
    });
  });

  test('of the file', () => {
    expect(parseConfig(GOOD, 'tocsin.yml')).toMatchObject({ roles: {}, evidence: { directory: './evidence' } });
  });

  test('[AU-01] respond within 5 min, 15 min, 1 h and 4 h', () => {
    expect(policyOf(shop).respond_within_ms).toEqual({ P0: 5 * MINUTE, P1: 15 * MINUTE, P2: 60 * MINUTE, P3: 240 * MINUTE });
  });

  test('[VQ-16] updates every 30 minutes, drafts 5 minutes before, 5 minutes of grace', () => {
    expect(policyOf(shop).updates.P2).toEqual({ every_ms: 30 * MINUTE, draft_before_ms: 5 * MINUTE, grace_ms: 5 * MINUTE });
  });

  test('[AU-80] a checklist of nine items, numbered', () => {
    const { checklist } = policyOf(shop);
    expect(checklist).toHaveLength(9);
    expect(checklist.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
    // What Tocsin sees stays what it is where the file writes the item out.
    expect(checklist.flatMap(({ id, seen }) => (seen === undefined ? [] : [`${id} ${seen.what}`]))).toEqual([
      '1 resolved',
      '2 status-page',
      '3 pack',
      '4 review',
      '6 items',
      '9 announced',
    ]);
    const written = policyOf({ ...shop, checklist: ['Evidence pack generated and stored', 'Ours'] });
    expect(written.checklist).toEqual([
      { id: '1', text: 'Evidence pack generated and stored', seen: { what: 'pack' } },
      { id: '2', text: 'Ours' },
    ]);
  });

  test('without a line of escalation, the responders are the line', () => {
    expect(policyOf(shop).escalation).toEqual([{ who: { usergroup: 'S0SRE' }, after_ms: null }]);
  });
});

describe('who is called by type and by condition', () => {
  const parsed = (lines: string) =>
    parseConfig(
      `services:\n  shop:\n    name: Shop\n    channels: { incidents: C0INCIDENTS }\n    responders: [{ user: U0ADA }]\n${lines}`,
      'tocsin.yml',
    ).services.shop;

  test('is read with its times, and a service without any has none', () => {
    const shop = parsed(
      '    escalation_by_type: { data-loss: { primary: [{ user: U0ADA }], executive: [{ user: U0ALAN }, { usergroup: S0LEGAL }], after: 10m } }\n    escalation_levels: { L2: [{ user: U0ALAN }] }\n',
    );
    const plain = parsed('');
    if (shop === undefined || plain === undefined) throw new Error('no shop');
    expect(policyOf(shop).by_type).toEqual({
      'data-loss': { primary: [{ user: 'U0ADA' }], secondary: [], executive: [{ user: 'U0ALAN' }, { usergroup: 'S0LEGAL' }], after_ms: 10 * MINUTE },
    });
    expect(policyOf(shop).levels).toEqual({ L2: [{ user: 'U0ALAN' }], L3: [], unresolved_ms: 30 * MINUTE });
    expect(policyOf(plain)).not.toHaveProperty('by_type');
    expect(policyOf(plain)).not.toHaveProperty('levels');
  });

  test.each([
    ['a type that is none', 'escalation_by_type: { data-los: { primary: [{ user: U0ADA }] } }', 'Types are platform-outage'],
    ['nobody', 'escalation_by_type: { data-loss: { primary: [] } }', 'expected at least one person or group'],
    ['a type without a primary contact', 'escalation_by_type: { data-loss: { secondary: [{ user: U0ADA }] } }', 'primary'],
    ['a fourth level', 'escalation_levels: { L4: [{ user: U0ADA }] }', 'L4'],
    ['a contact that cannot be contacted', 'contacts: [{ name: Joan, for: All }]', 'expected a phone number or an email address'],
    ['a phone number that YAML takes for a number', 'contacts: [{ name: Police, phone: 110, for: All }]', 'in quotes'],
  ])('%s is refused', (_what, line, says) => {
    expect(() => parsed(`    ${line}\n`)).toThrow(says);
  });
});

describe('webhooks', () => {
  const services = (...ids: string[]) =>
    `services:\n${ids.map((id) => `  ${id}: { name: ${id}, channels: { incidents: C0INCIDENTS }, responders: [{ user: U0ADA }] }\n`).join('')}`;
  const parsed = (webhooks: string, ...ids: string[]) =>
    parseConfig(`${services(...(ids.length === 0 ? ['shop'] : ids))}webhooks: ${webhooks}\n`, 'tocsin.yml').webhooks;

  test('names of secrets are one or several, and headers are in lower case', () => {
    const { pagerduty, generic } = parsed(
      '{ pagerduty: { secret_env: [A, B] }, generic: { x: { preset: sentry, hmac: { secret_env: C } }, y: { preset: grafana, token_env: D, token_header: X-Token } } }',
    );
    expect(pagerduty?.secret_env).toEqual(['A', 'B']);
    expect(generic.x?.hmac).toMatchObject({ secret_env: ['C'], prefix: '', encoding: 'hex' });
    expect(generic.y).toMatchObject({ token_env: ['D'], token_header: 'x-token' });
  });

  test.each([
    ['a sender that anybody could be', '{ generic: { x: { preset: grafana } } }', 'expected either hmac or token_env'],
    ['a signature in no header', '{ generic: { x: { preset: grafana, hmac: { secret_env: A } } } }', 'is missing header'],
    ['a mapping without a key', '{ generic: { x: { token_env: A, title: body.t, state: body.s } } }', 'a mapping without a preset says what key is'],
    ['a preset that is none', '{ generic: { x: { preset: nagios, token_env: A } } }', 'preset'],
    [
      'two ways to be Alertmanager',
      '{ alertmanager: { token_env: A, basic: { username: a, password_env: B } } }',
      'expected either token_env or basic',
    ],
    ['no way to be Alertmanager', '{ alertmanager: {} }', 'expected either token_env or basic'],
    ['a secret in the file', '{ guard_trip: { secret_env: "s3cret!" } }', 'expected the name of an environment variable'],
    ['a proxy that is none', '{ trusted_proxies: [10.0.0.0/33] }', 'expected an address or a network'],
    ['a service that is none', '{ guard_trip: { secret_env: A, default_service: shp } }', 'names no service'],
  ])('%s is refused', (_what, webhooks, says) => {
    expect(() => parsed(webhooks)).toThrow(says);
  });

  test('with several services, each sender says whose its alerts are', () => {
    expect(() => parsed('{ guard_trip: { secret_env: A } }', 'shop', 'web')).toThrow('is missing default_service: one of shop, web');
    expect(() => parsed('{ generic: { x: { preset: grafana, token_env: A } } }', 'shop', 'web')).toThrow('is missing default_service');
    expect(parsed('{ guard_trip: { secret_env: A, default_service: web } }', 'shop', 'web').guard_trip?.default_service).toBe('web');
  });
});

describe('tocsin.example.yml', () => {
  const text = read('tocsin.example.yml');
  const file = parseConfig(text, 'tocsin.example.yml');

  test('is valid', () => {
    expect(Object.keys(file.services)).toEqual(['shop']);
    expect(Object.keys(file.roles)).toHaveLength(5);
  });

  test('shows every setting', () => {
    const keys = new Set(pathsOf(fileSchema).map((path) => path.split('.').at(-1)?.replace('[]', '') ?? ''));
    expect(keys.size).toBeGreaterThan(30);
    expect([...keys].filter((key) => !new RegExp(`(^|[\\s{,#])${key}:`, 'm').test(text))).toEqual([]);
  });

  test('its bucket, uncommented, is valid too', () => {
    const lines = text.split('\n');
    const from = lines.indexOf('# evidence:');
    const bucket = lines.slice(from, from + 5).map((line) => line.replace(/^# /, ''));
    const rest = lines.filter((line) => line !== 'evidence:' && !line.startsWith('  directory:'));
    expect(parseConfig([...rest, ...bucket].join('\n'), 'tocsin.yml').evidence).toEqual({
      s3: { bucket: 'example-incident-evidence', prefix: 'tocsin', region: 'eu-central-1' },
    });
  });

  test('severities differ where it says so, and inherit what they do not say', () => {
    const { shop } = file.services;
    if (shop === undefined) throw new Error('no shop');
    const policy = policyOf(shop);
    expect(policy.updates.P0).toEqual({ every_ms: 15 * MINUTE, draft_before_ms: 3 * MINUTE, grace_ms: 2 * MINUTE });
    expect(policy.updates.P2).toEqual({ every_ms: 60 * MINUTE, draft_before_ms: 5 * MINUTE, grace_ms: 5 * MINUTE });
    expect(policy.escalation.map(({ after_ms }) => after_ms)).toEqual([null, 15 * MINUTE, 30 * MINUTE]);
    expect(policy).toMatchObject({ customer_impact_severity: 'P1', time_zone: 'Europe/Berlin' });
    expect(policy.checklist.map(({ text }) => text)).toEqual(shop.checklist);
  });
});

describe('Mail', () => {
  const MAIL =
    'mail: { from: tocsin@example.com, stakeholders: [board@example.com, Board@example.com, out@example.com], opt_out: [OUT@example.com] }\n';

  test('goes to those of the service in place of the others, to each once, and to nobody who wants none', () => {
    const own = `${MAIL}${GOOD}    mail: { stakeholders: [shop@example.com, out@example.com], after: 1h }\n`;
    expect(mailOf(parseConfig(`${MAIL}${GOOD}`, 'tocsin.yml'), 'shop')).toEqual({
      from: 'tocsin@example.com',
      stakeholders: [{ to: ['Board@example.com'] }],
      afterMs: 120 * MINUTE,
    });
    expect(mailOf(parseConfig(own, 'tocsin.yml'), 'shop')).toEqual({
      from: 'tocsin@example.com',
      stakeholders: [{ to: ['shop@example.com'] }],
      afterMs: 60 * MINUTE,
    });
    expect(mailOf(parseConfig(GOOD, 'tocsin.yml'), 'shop')).toBeNull();
    expect(mailOf(parseConfig(`${MAIL}${GOOD}    mail: { stakeholders: [] }\n`, 'tocsin.yml'), 'shop')).toBeNull();
  });

  test('goes by rows to those who hear of some incidents, or get some mails, alone', () => {
    const rows =
      'stakeholders: [a@example.com, { to: [b@example.com, OUT@example.com], severities: [P0], types: [data-loss] }, { to: out@example.com }]';
    const file = parseConfig(`mail: { from: tocsin@example.com, ${rows}, opt_out: [out@example.com] }\n${GOOD}`, 'tocsin.yml');
    const terms = mailOf(file, 'shop');
    expect(terms?.stakeholders).toEqual([{ to: ['a@example.com'] }, { to: ['b@example.com'], severities: ['P0'], types: ['data-loss'] }]);
    const shop = file.services.shop;
    if (shop === undefined) throw new Error('no shop');
    expect(policyOf(shop, terms).mail).toEqual({ after_ms: 120 * MINUTE, by_type: true });
    const row = (text: string) => problems(`mail: { from: tocsin@example.com, stakeholders: [${text}] }\n${GOOD}`).join();
    expect(row('{ to: a@example.com, types: [data-los] }')).toContain('Did you mean');
    expect(row('{ to: a@example.com, severities: [P9] }')).toContain('severities');
    expect(row('{ severities: [P0] }')).toContain('to');
  });

  test('is written into the policy that an incident lives by', () => {
    const file = parseConfig(`${MAIL}${GOOD}`, 'tocsin.yml');
    const shop = file.services.shop;
    if (shop === undefined) throw new Error('no shop');
    expect(policyOf(shop, mailOf(file, 'shop')).mail).toEqual({ after_ms: 120 * MINUTE });
    expect(policyOf(shop)).not.toHaveProperty('mail');
  });

  test('needs a sender, addresses that are some, and a server that is one', () => {
    expect(problems(`mail: { stakeholders: [a@example.com] }\n${GOOD}`).join()).toContain('has stakeholders and no sender');
    expect(problems(`${GOOD}    mail: { stakeholders: [a@example.com] }\n`).join()).toContain('has stakeholders and no sender');
    expect(problems(`mail: { from: tocsin, stakeholders: [] }\n${GOOD}`).join()).toContain('expected an address such as ops@example.com');
    for (const url of ['http://mail.example.com', 'mail.example.com', 'smtp://', 'smtp://a:b#c@mail.example.com', 'smtp://a:50%@mail.example.com'])
      expect(environmentProblems({ SMTP_URL: url }).join()).toContain('expected smtp://user:password@host:587');
    expect(environmentProblems({ SMTP_URL: 'smtps://u:p%23@mail.example.com' })).toEqual([]);
  });

  test('has a password that is never said, as it is written and as the server gets it', () => {
    const environment = loadEnvironment({ SMTP_URL: 'smtp://tocsin:hu%23sh-hush@mail.example.com:587' });
    const secrets = secretsOf({ path: 'tocsin.yml', file: parseConfig(GOOD, 'tocsin.yml'), environment, variables: {} });
    expect(secrets).toEqual(expect.arrayContaining(['smtp://tocsin:hu%23sh-hush@mail.example.com:587', 'hu%23sh-hush', 'hu#sh-hush']));
  });
});
