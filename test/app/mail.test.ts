import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MailSimulator, startMailSimulator } from '../../simulators/mail/index.ts';
import { checkMail } from '../../src/app/doctor/mail.ts';
import { type Config, parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const STAKEHOLDERS = 'mail: { from: tocsin@example.com, stakeholders: [a@example.com, b@example.com] }\n';

describe('The doctor on mail', () => {
  let server: MailSimulator;
  beforeAll(async () => {
    server = await startMailSimulator();
  });
  afterAll(async () => server.stop());

  async function found(mail: string, url?: string, notices = ''): Promise<string> {
    const text = readFileSync(FILE, 'utf8').replace(/^ {4}name: AUREUS Platform$/m, `$&${notices}`);
    const file = parseConfig(`${mail}${text}`, FILE);
    const environment = environmentSchema.parse({ SMTP_URL: url });
    const checks = await checkMail({ path: FILE, file, environment, variables: {} } satisfies Config);
    return checks.map(({ state, says, advice }) => [state, says, ...(advice === undefined ? [] : [advice])].join(' | ')).join('\n');
  }

  test('says that none is sent, that it could not be, that nobody gets it, or that all is well', async () => {
    const how = 'docs/how-to/mail-stakeholders.md';
    expect(await found('')).toBe(`good | none is sent, to stakeholders or to whoever is called: mail.from is not set (${how})`);
    expect(await found(STAKEHOLDERS)).toBe(`bad | stakeholders are configured, and nothing can be sent to them | Set SMTP_URL: ${how}.`);
    expect(await found('', server.url)).toBe(`warning | the mail server answers, and nobody gets mail | Name stakeholders in tocsin.yml: ${how}.`);
    expect(await found(STAKEHOLDERS, server.url)).toMatch(/^good \| the mail server answers; 2 stakeholders of \d services$/);
  });

  test.each([
    ['mail: { from: tocsin@example.com }\n', '', 'mail.from is'],
    ['', '\n    mail: { from: tocsin@example.com }', 'services.aureus.mail.from is'],
  ])('says that nobody who is called can be mailed without a server (%j, %j)', async (ofAll, own, set) => {
    const how = 'docs/how-to/mail-stakeholders.md';
    const says = `nobody who is called can be mailed: SMTP_URL is not set (${set})`;
    expect(await found(ofAll, undefined, own)).toBe(`bad | ${says} | Set SMTP_URL: ${how}.`);
  });

  test('says that whoever is called is mailed where there are no stakeholders', async () => {
    expect(await found('mail: { from: tocsin@example.com }\n', server.url)).toBe(
      'good | the mail server answers; whoever is called and not reached in Slack is mailed, and no stakeholders are configured',
    );
  });

  test('does not ask for stakeholders where the server is there for the customers', async () => {
    const notices = '\n    notices: { approval: false, customers: [c@example.com], from: status@example.com }';
    expect(await found('', server.url, notices)).toBe(
      'good | the mail server answers; customers get their notices, and no stakeholders are configured',
    );
  });

  test('connects, and says why that fails', async () => {
    await server.away();
    expect(await found(STAKEHOLDERS, server.url)).toMatch(/^bad \| the mail server 127\.0\.0\.1:\d+ cannot be reached \| Correct SMTP_URL/);
  });
});
