import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { COMMANDS } from '../commands/registry.ts';
import { EVENTS, SCOPES } from '../demo/workspace.ts';
import { read, sources } from './docs/files.ts';
import { HELPERS, SCOPES_OF, SCOPES_OF_EVENTS, SCOPES_OF_FEATURES, SCOPES_ON_DEMAND } from './docs/slack-methods.ts';

interface Manifest {
  readonly features: {
    readonly app_home: Record<string, boolean>;
    readonly slash_commands: readonly Record<string, unknown>[];
    readonly shortcuts: readonly Record<string, unknown>[];
  };
  readonly oauth_config: { readonly scopes: { readonly bot: readonly string[]; readonly user?: unknown } };
  readonly settings: Record<string, unknown> & { readonly event_subscriptions: { readonly bot_events: readonly string[] } };
}

const manifest = parse(read('manifest.yml')) as Manifest;

test('every slash command is in the manifest as the registry says, and no other', () => {
  const expected = COMMANDS.map(({ name, description, usageHint }) => ({ command: name, description, usage_hint: usageHint, should_escape: true }));
  expect(manifest.features.slash_commands).toEqual(expected);
});

test('every shortcut is in the manifest as the registry says, and no other', () => {
  const expected = COMMANDS.flatMap(({ shortcuts }) =>
    Object.entries(shortcuts).map(([callback_id, { name, type, description }]) => ({ name, type, callback_id, description })),
  );
  expect(manifest.features.shortcuts).toEqual(expected);
});

test('scopes and events are those that the local workspace grants, in both directions', () => {
  expect(manifest.oauth_config.scopes.bot).toEqual([...SCOPES]);
  expect(manifest.oauth_config.scopes.user).toBeUndefined();
  expect(manifest.settings.event_subscriptions.bot_events).toEqual([...EVENTS]);
});

test('buttons, Home and Socket Mode are on; nothing reaches beyond one workspace', () => {
  expect(manifest.features.app_home).toEqual({ home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: true });
  expect(manifest.settings).toMatchObject({
    interactivity: { is_enabled: true },
    socket_mode_enabled: true,
    org_deploy_enabled: false,
    token_rotation_enabled: false,
  });
});

test('every Web API method that the code calls is known here, and its scopes are asked for', () => {
  const missing = calledMethods().flatMap(({ method, path }) => {
    const needed = SCOPES_OF[method];
    if (needed === undefined) return [`${path} calls ${method}, whose scopes test/docs/slack-methods.ts does not know`];
    return needed.filter((scope) => !has(scope) && !SCOPES_ON_DEMAND.includes(scope)).map((scope) => `${path} calls ${method}, which needs ${scope}`);
  });
  expect(missing).toEqual([]);
});

test('a scope that few need is in the manifest behind a #', () => {
  const lines = read('manifest.yml').split('\n');
  for (const scope of SCOPES_ON_DEMAND) expect(lines).toContain(`      # - ${scope}`);
});

test('every event and feature has its scope', () => {
  const needed = [...EVENTS.flatMap((event) => SCOPES_OF_EVENTS[event] ?? [`unknown event ${event}`]), ...Object.values(SCOPES_OF_FEATURES)];
  expect(needed.filter((scope) => !has(scope))).toEqual([]);
});

test('no scope is asked for that nothing needs', () => {
  const used = new Set([
    ...calledMethods().flatMap(({ method }) => SCOPES_OF[method] ?? []),
    ...EVENTS.flatMap((event) => SCOPES_OF_EVENTS[event] ?? []),
    ...Object.values(SCOPES_OF_FEATURES),
  ]);
  expect(SCOPES.filter((scope) => !used.has(scope))).toEqual([]);
});

/** `client.conversations.open(` and the like, wherever they are written. */
function calledMethods(): { method: string; path: string }[] {
  return sources().flatMap((path) =>
    [...read(path).matchAll(/\bclient\.([a-zA-Z]+(?:\.[a-zA-Z0-9]+)*\d?)\(|\b(auth\.test)\(/g)].flatMap(([, called, bare]) => {
      const name = called ?? bare ?? '';
      if (!name.includes('.') && HELPERS[name] === undefined) return [];
      return (HELPERS[name] ?? [name]).map((method) => ({ method, path }));
    }),
  );
}

function has(scope: string): boolean {
  return (SCOPES as readonly string[]).includes(scope);
}
