import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GitHubSimulator, startGitHubSimulator } from '../../simulators/github/index.ts';
import { JiraSimulator } from '../../simulators/jira/index.ts';
import { checkTrackers } from '../../src/app/doctor/trackers.ts';
import { type Config, ConfigError, parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import { secretsOf } from '../../src/config/secrets.ts';

const FILE = new URL('../../demo/tocsin.demo.yml', import.meta.url).pathname;
const JIRA = (url: string) => `\ntrackers:\n  jira: { url: '${url}', email: tocsin@example.com, token_env: JIRA_TOKEN }\n`;

function configOf(line: string, end = '', more: Partial<Pick<Config, 'variables'>> & { environment?: object } = {}): Config {
  const text = readFileSync(FILE, 'utf8').replace('    name: SARK\n', `    name: SARK\n${line}`);
  return {
    path: FILE,
    file: parseConfig(`${text}${end}`, FILE),
    environment: environmentSchema.parse(more.environment ?? {}),
    variables: more.variables ?? {},
  };
}

const found = async (config: Config) => (await checkTrackers(config)).map(({ state, name, says }) => `${state} ${name}: ${says}`);

describe('The doctor on action items', () => {
  let github: GitHubSimulator;
  let jira: JiraSimulator;
  beforeAll(async () => {
    github = await startGitHubSimulator({ ticking: false });
    jira = await JiraSimulator.start();
  });
  afterAll(async () => {
    await github.stop();
    await jira.stop();
  });

  const inGitHub = (repository: string, token: string, more: object = {}) =>
    found(configOf(`    items: { github: ${repository} }\n`, '', { environment: { GITHUB_API_URL: github.url, GITHUB_TOKEN: token, ...more } }));
  const intake = { TOCSIN_INTAKE_PORT: '8080', GITHUB_WEBHOOK_SECRET: 'what-github-signs-with' };

  test('says nothing where nobody tracks them, and what is missing in GitHub, without creating anything', async () => {
    const { fullName } = github.repository;
    expect(await found(configOf(''))).toEqual([]);
    expect(await inGitHub(fullName, github.token, intake)).toEqual([`good Action items of sark: issues go to ${fullName}`]);
    expect(await inGitHub(fullName, github.token)).toEqual([
      `warning Action items of sark: issues go to ${fullName}; Tocsin sees a closed issue when it looks next, not at once`,
    ]);
    expect((await inGitHub('acme/nowhere', github.token, intake))[0]).toMatch(/^bad Action items of sark: GitHub cannot read the repository/);
    const reader = github.issue({ issues: 'read', metadata: 'read' });
    expect((await inGitHub(fullName, reader, intake))[0]).toContain('the permission “Issues: write” is missing');
    const nobody = github.issue({ metadata: 'read' });
    expect((await inGitHub(fullName, nobody, intake))[0]).toContain('it lacks the repository permission issues: read');
    github.repository.setIssues(false);
    expect((await inGitHub(fullName, github.token, intake))[0]).toBe(
      `bad Action items of sark: issues are turned off in ${fullName}. Turn them on in its settings, or name another repository`,
    );
    github.repository.setIssues(true);
    expect((await found(configOf(`    items: { github: ${fullName} }\n`)))[0]).toMatch(/^bad Action items of sark: Tocsin has no access to GitHub/);
    expect(github.repository.issues()).toEqual([]);
  });

  test('says what is missing in Jira', async () => {
    const inJira = (project: string, token?: string) =>
      found(configOf(`    items: { jira: ${project} }\n`, JIRA(jira.url), { variables: token === undefined ? {} : { JIRA_TOKEN: token } }));
    expect(await inJira('OPS', jira.token)).toEqual(['good Action items of sark: issues go to OPS (Operations) as Task']);
    expect((await inJira('OPS'))[0]).toContain('JIRA_TOKEN is not set');
    expect((await inJira('OPS', 'old'))[0]).toContain('Jira does not accept the login of tocsin@example.com');
    expect((await inJira('HR', jira.token))[0]).toContain('Jira has no project HR for tocsin@example.com');
    expect(jira.issues).toEqual([]);
  });
});

describe('The settings of trackers', () => {
  test('keep the token a secret', () => {
    const config = configOf('    items: { jira: OPS }\n', JIRA('https://acme.atlassian.net'), { variables: { JIRA_TOKEN: 'ATATT-secret' } });
    expect(secretsOf(config)).toContain('ATATT-secret');
    expect(config.file.services['sark']?.items).toEqual({ jira: 'OPS', type: 'Task', private: false });
    expect(config.file.trackers.look_every).toBe(600_000);
  });

  test.each([
    ['both places', '    items: { github: acme/shop, jira: OPS }\n', JIRA('https://acme.atlassian.net'), 'expected either github or jira'],
    ['no place', '    items: { private: true }\n', '', 'expected either github or jira'],
    ['no repository', '    items: { github: shop }\n', '', 'expected a repository of GitHub'],
    ['a project without a Jira', '    items: { jira: OPS }\n', '', 'names a project of Jira, and there is no Jira'],
    ['a look each second', '', '\ntrackers: { look_every: 1s }\n', 'expected 1m or longer'],
  ])('refuse %s', (_, line, end, says) => {
    expect(() => configOf(line, end)).toThrow(ConfigError);
    expect(() => configOf(line, end)).toThrow(says);
  });
});
