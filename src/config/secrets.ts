import type { Config } from './load.ts';

/** Settings whose values are secrets. */
const SECRET_SETTINGS = [
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'GITHUB_TOKEN',
  'GITHUB_APP_PRIVATE_KEY',
  'GITHUB_WEBHOOK_SECRET',
  'SMTP_URL',
  'STATUSPAGE_API_KEY',
] as const;

/** What must never be recorded or logged, whatever people paste: the bot's own secrets, and those of targets and webhooks (`token_env`, `url_env`). */
export function secretsOf({ environment, file, variables }: Config): string[] {
  const own = [...SECRET_SETTINGS.map((name) => environment[name]), ...proxyLogins(environment), ...mailPasswords(environment)];
  const named = variablesIn([file.services, file.webhooks, file.trackers, file.kafka]).map((name) => variables[name]);
  return [...new Set([...own, ...named])].filter((secret) => secret !== undefined && secret !== '') as string[];
}

/** `user:password` of the proxies, as it is written in their addresses. */
function proxyLogins({ HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy }: Config['environment']): (string | undefined)[] {
  return [HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy].map((text) => /^(?:[a-z]+:\/\/)?([^/@]*:[^/@]+)@/i.exec(text ?? '')?.[1]);
}

/** The password of the mail server, as it is written in its address and as the server gets it. */
function mailPasswords({ SMTP_URL: address }: Config['environment']): string[] {
  if (address === undefined) return [];
  const { password } = new URL(address);
  return [password, decodeURIComponent(password)];
}

/** The variables with secrets that a configuration names, at any depth. A user's name is none: it may be a word that people say. */
function variablesIn(node: unknown): string[] {
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'username_env' ? [] : key.endsWith('_env') ? [value].flat().filter((name) => typeof name === 'string') : variablesIn(value),
  );
}
