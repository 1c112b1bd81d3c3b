import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { StatuspageSimulator } from '../../simulators/statuspage/index.ts';
import { checkNotices } from '../../src/app/doctor/notices.ts';
import { parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';

const HOW = 'docs/how-to/tell-customers.md';
const BASE = (notices: string) => `services:
  shop:
    name: Shop
    channels: { incidents: C0INC }
    responders: [{ usergroup: S0SRE }]
${notices}`;
const COMMS = 'roles: { communications: { users: [U0JOAN] } }\n';

describe('The settings of notices', () => {
  const problemOf = (notices: string, rest = COMMS): string => {
    try {
      parseConfig(`${BASE(notices)}${rest}`, 'tocsin.yml');
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };

  test.each([
    ['customers without a sender', '    notices: { customers: [a@example.com] }\n', COMMS, 'has customers and no sender'],
    ['nobody who approves', '    notices: { contact: support@example.com }\n', '', 'needs roles.communications'],
    ['a page that is none', '    notices: { status_page: { kind: statuspage } }\n', COMMS, 'status_page'],
  ])('%s', (_, notices, rest, says) => {
    expect(problemOf(notices, rest)).toContain(says);
  });

  test('two services never write one page', () => {
    const page = (id: string, directory: string) =>
      `  ${id}: { name: ${id}, channels: { incidents: C0INC }, responders: [{ user: U0A }], notices: { approval: false, status_page: { kind: files, directory: ${directory} } } }\n`;
    expect(() => parseConfig(`services:\n${page('one', './status')}${page('two', 'status/')}`, 'tocsin.yml')).toThrow(
      'is the page of another service too',
    );
    expect(() => parseConfig(`services:\n${page('one', './status/one')}${page('two', './status/two')}`, 'tocsin.yml')).not.toThrow();
  });

  test('who is named twice gets one mail, and without approval nobody has to be there for it', () => {
    expect(problemOf('    notices: { approval: false, from: s@example.com, customers: [a@example.com, A@example.com] }\n', '')).toBe('');
  });
});

describe('The doctor on notices to customers', () => {
  let page: StatuspageSimulator;
  let directory = '';
  beforeAll(async () => {
    page = await StatuspageSimulator.start({ components: ['shop01'] });
    directory = await mkdtemp(join(tmpdir(), 'tocsin-notices-'));
  });
  afterAll(async () => {
    await page.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function found(notices: string, environment: object = {}): Promise<string> {
    const file = parseConfig(`${BASE(notices)}${COMMS}`, 'tocsin.yml');
    const parsed = environmentSchema.parse({ STATUSPAGE_API_URL: page.url, STATUSPAGE_API_KEY: page.key, ...environment });
    const checks = await checkNotices({ path: 'tocsin.yml', file, environment: parsed, variables: {} });
    return checks.map(({ state, says, advice }) => [state, says, ...(advice === undefined ? [] : [advice])].join(' | ')).join('\n');
  }

  test('says that people send them, that nothing could be sent, and that all is well', async () => {
    expect(await found('')).toBe(`good | people send them by hand: neither customers nor a status page is configured (${HOW})`);
    const mailed = '    notices: { from: s@example.com, customers: [a@example.com] }\n';
    expect(await found(mailed)).toBe(`bad | customers are configured, and nothing can be sent to them | Set SMTP_URL: ${HOW}.`);
    expect(await found(mailed, { SMTP_URL: 'smtp://127.0.0.1:9' })).toBe('good | 1 address, 0 status pages');
    expect(await found(`    notices: { status_page: { kind: files, directory: ${directory} } }\n`)).toBe('good | 0 addresses, 1 status page');
  });

  test('asks each status page, and says what to change', async () => {
    const statuspage = (component: string) => `    notices: { status_page: { kind: statuspage, page: ${page.page}, components: [${component}] } }\n`;
    expect(await found(statuspage('shop01'))).toBe('good | 0 addresses, 1 status page');
    expect(await found(statuspage('shop02'))).toContain('bad | shop: the page has no component shop02');
    expect(await found(statuspage('shop01'), { STATUSPAGE_API_KEY: 'wrong' })).toContain('Correct STATUSPAGE_API_KEY');
    expect(await found(statuspage('shop01'), { STATUSPAGE_API_KEY: undefined })).toContain('Set STATUSPAGE_API_KEY');
    await writeFile(join(directory, 'file'), '');
    expect(await found(`    notices: { status_page: { kind: files, directory: ${directory}/file } }\n`)).toContain('cannot be written');
  });
});
