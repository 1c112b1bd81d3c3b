import { readFile } from 'node:fs/promises';
import { WebClient } from '@slack/web-api';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Config, policyOf } from '../../config/load.ts';
import { mailSenderOf } from '../../config/mail.ts';
import { sourceOf } from '../../config/rotas.ts';
import { namedIn } from '../../domain/incident/line.ts';
import { plural } from '../../lib/plural.ts';
import { patientOptions } from '../../slack/client.ts';
import { failureOf } from '../../slack/errors.ts';
import { bad, type Check, good, look, warning } from './check.ts';

const HOW = 'docs/how-to/create-the-slack-app.md';
const manifestSchema = z.object({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) });

/** With an organization's token, Slack makes channels and lists user groups only in a workspace that is named (conversations.create, usergroups.list). */
const NO_WORKSPACE = bad(
  'Slack workspace',
  'the token is of a whole organization, and no workspace is named: Slack makes no channel and lists no user group',
  'Set team_id to the workspace of the incidents (T...), and enterprise_id to the organization (E...), in tocsin.yml.',
);

/** Token, scopes against manifest.yml, Socket Mode, channels, groups and people of the configuration. */
export async function checkSlack(config: Config): Promise<readonly Check[]> {
  const { SLACK_API_URL, SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET } = config.environment;
  if (SLACK_BOT_TOKEN === undefined) return [bad('Slack token', 'SLACK_BOT_TOKEN is not set', `Install the app and copy its bot token: ${HOW}`)];
  const client = new WebClient(SLACK_BOT_TOKEN, patientOptions(SLACK_API_URL));
  const token = await look('Slack token', `Check SLACK_BOT_TOKEN and that this machine reaches Slack: ${HOW}`, () =>
    checkToken(client, workspaceOf(config), scopesOnDemand(config), hasCanvas(config)),
  );
  if (token.some(({ state }) => state === 'bad')) return token;
  return [
    ...token,
    ...(await delivery(SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, SLACK_API_URL)),
    ...(await channels(client, config)),
    ...(await groups(client, config)),
  ];
}

/** The workspace that the configuration names; `undefined` where it names none, or an organization. */
function workspaceOf({ file }: Pick<Config, 'file'>): string | undefined {
  return file.team_id?.startsWith('T') === true ? file.team_id : undefined;
}

/** What the configuration needs beside what manifest.yml asks for: it has them behind a `#`. */
function scopesOnDemand({ file }: Config): readonly string[] {
  const rotas = Object.values(file.rotas);
  const isMailed = Object.keys(file.services).some((id) => mailSenderOf(file, id).from !== null);
  return [
    ...(rotas.some(({ usergroup }) => usergroup !== undefined) ? ['usergroups:write'] : []),
    ...(isMailed || rotas.some((rota) => sourceOf(rota) !== null) ? ['users:read.email'] : []),
  ];
}

/** Whether a service wants canvases in its incidents' channels. */
function hasCanvas({ file }: Config): boolean {
  return Object.values(file.services).some(({ channels: { canvas } }) => canvas);
}

/** What only the canvases of incidents' channels need: without it everything else works. */
function isForCanvas(scope: string): boolean {
  return scope.startsWith('canvases:');
}

async function checkToken(
  client: WebClient,
  workspace: string | undefined,
  onDemand: readonly string[],
  withCanvas: boolean,
): Promise<readonly Check[]> {
  const answer = await client.auth.test();
  const held = new Set(answer.response_metadata?.scopes ?? []);
  const manifest = manifestSchema.parse(parse(await readFile(new URL('../../../manifest.yml', import.meta.url), 'utf8')));
  const wanted = [...manifest.oauth_config.scopes.bot, ...onDemand];
  const missing = wanted.filter((scope) => !held.has(scope) && (withCanvas || !isForCanvas(scope)));
  const extra = [...held].filter((scope) => !wanted.includes(scope) && scope !== 'identify');
  const scopes = missing.some((scope) => !isForCanvas(scope))
    ? bad(
        'Slack scopes',
        `missing: ${missing.join(', ')}`,
        missing.some((scope) => onDemand.includes(scope))
          ? 'Delete “# ” (hash and space) before it in manifest.yml, update the app from it, and install it again.'
          : 'Update the app from manifest.yml and install it again.',
      )
    : missing.length > 0
      ? warning(
          'Slack scopes',
          `missing: ${missing.join(', ')}. Incidents’ channels get no canvas`,
          'Update the app from manifest.yml and install it again, or set channels.canvas to false.',
        )
      : extra.length > 0
        ? warning('Slack scopes', `more than manifest.yml asks for: ${extra.join(', ')}`, 'Remove them: the bot does not need them.')
        : good('Slack scopes', `${wanted.length}, as in manifest.yml`);
  const organisation = answer.is_enterprise_install === true;
  const place = organisation ? 'the whole organization' : (answer.team ?? 'its workspace');
  const token = good('Slack token', `${answer.user ?? 'bot'} in ${place} (${(organisation ? answer.enterprise_id : answer.team_id) ?? '?'})`);
  return organisation && workspace === undefined ? [token, NO_WORKSPACE, scopes] : [token, scopes];
}

async function delivery(appToken: string | undefined, secret: string | undefined, apiUrl: string | undefined): Promise<readonly Check[]> {
  if (appToken === undefined) {
    if (secret === undefined)
      return [bad('Slack delivery', 'neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set', `Choose Socket Mode or HTTP: ${HOW}`)];
    return [good('Slack delivery', 'HTTP, requests are verified by SLACK_SIGNING_SECRET')];
  }
  return look('Socket Mode', 'Make an app-level token with the scope connections:write and set SLACK_APP_TOKEN.', async () => {
    await new WebClient(appToken, patientOptions(apiUrl)).apps.connections.open();
    return [good('Socket Mode', 'a connection can be opened')];
  });
}

async function channels(client: WebClient, { file }: Config): Promise<readonly Check[]> {
  const named = new Map<string, string>();
  for (const [id, { channels: of }] of Object.entries(file.services)) {
    const { room: _, name: __, archive_after: ___, canvas: ____, ...ids } = of;
    for (const [use, channel] of Object.entries(ids)) if (channel !== undefined) named.set(channel, `${id}.channels.${use}`);
  }
  for (const [id, { channel }] of Object.entries(file.rotas))
    if (channel !== undefined) named.set(channel, named.get(channel) ?? `rotas.${id}.channel`);
  if (file.digest !== undefined) named.set(file.digest.channel, named.get(file.digest.channel) ?? 'digest.channel');
  if (file.anchor_channel !== undefined) named.set(file.anchor_channel, 'anchor_channel');
  const checks = [...named].map(([channel, key]) =>
    look(`Channel ${channel}`, `Check ${key} in tocsin.yml; invite the bot when the channel is private.`, async () => {
      try {
        const { channel: found } = await client.conversations.info({ channel });
        const name = `#${found?.name ?? channel}`;
        if (found?.is_archived === true) return [bad(`Channel ${name}`, 'is archived', `Unarchive it or change ${key}.`)];
        if (key.endsWith('.channels.security') && found?.is_private !== true)
          return [bad(`Channel ${name}`, 'everybody can read it, so no private incident is announced there', `Make it private, or change ${key}.`)];
        if (found?.is_member === true) return [good(`Channel ${name}`, 'the bot is in it')];
        if (found?.is_private === true) return [bad(`Channel ${name}`, 'the bot is not in it', 'Invite the bot: /invite @Tocsin')];
        return [warning(`Channel ${name}`, 'the bot is not in it; posting works, reactions there are not seen', 'Invite the bot: /invite @Tocsin')];
      } catch (error) {
        throw explained(error);
      }
    }),
  );
  return (await Promise.all(checks)).flat();
}

async function groups(client: WebClient, { file }: Config): Promise<readonly Check[]> {
  const named = new Map<string, string>();
  const note = (who: object, key: string) => {
    if ('usergroup' in who && typeof who.usergroup === 'string') named.set(who.usergroup, named.get(who.usergroup) ?? key);
  };
  for (const [role, who] of Object.entries(file.roles)) note(who, `roles.${role}`);
  for (const [id, service] of Object.entries(file.services))
    for (const who of [...service.responders, ...namedIn(policyOf(service))]) note(who, `services.${id}`);
  const kept = new Set(Object.entries(file.rotas).flatMap(([id, { usergroup }]) => (usergroup === undefined ? [] : [[usergroup, id] as const])));
  if (named.size + kept.size === 0) return [];
  return look('User groups', 'Until Slack says who is in them, nobody holds a role.', async () => {
    const known = await usergroups(client, workspaceOf({ file }));
    const gone = [...kept].filter(([group]) => !known.has(group) && !named.has(group));
    const keptInStep = gone.map(([group, id]) =>
      bad(`User group ${group}`, 'is unknown to Slack, deleted or disabled', `Enable the group, or change rotas.${id}.usergroup in tocsin.yml.`),
    );
    const checks = [...named].map(([group, key]) => {
      const users = known.get(group);
      if (users === undefined)
        return bad(
          `User group ${group}`,
          'is unknown to Slack, deleted or disabled',
          `Nobody holds ${key}. Enable the group, or change ${key} in tocsin.yml.`,
        );
      if (users.length === 0) return bad(`User group ${group}`, 'has no members', `Nobody holds ${key}. Add people to the group.`);
      return good(`User group ${group}`, `${plural(users.length, 'member')} (${key})`);
    });
    return [...checks, ...keptInStep];
  });
}

async function usergroups(client: WebClient, workspace: string | undefined): Promise<ReadonlyMap<string, readonly string[]>> {
  try {
    const { usergroups: found } = await client.usergroups.list({
      include_users: true,
      ...(workspace === undefined ? {} : { team_id: workspace }),
    });
    return new Map((found ?? []).map(({ id, users }) => [id ?? '', users ?? []]));
  } catch (error) {
    throw explained(error);
  }
}

function explained(error: unknown): Error {
  const failure = failureOf(error);
  if (failure.kind !== 'refused') return error instanceof Error ? error : new Error(String(error));
  return new Error(failure.needed === null ? failure.code : `${failure.code}: needs the scope ${failure.needed}`, { cause: error });
}
