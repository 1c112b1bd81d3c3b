import type { WorkspaceSeed } from '../../slack/index.ts';

/** Every scope the simulator knows of. */
export const allScopes = [
  'app_mentions:read',
  'bookmarks:read',
  'bookmarks:write',
  'canvases:read',
  'canvases:write',
  'channels:history',
  'channels:join',
  'channels:manage',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'groups:write',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'mpim:write',
  'pins:read',
  'pins:write',
  'reactions:read',
  'reactions:write',
  'team:read',
  'usergroups:read',
  'usergroups:write',
  'users:read',
  'users:read.email',
];

export const bot = {
  userId: 'U0BOT',
  botId: 'B0BOT',
  appId: 'A0APP',
  name: 'Tocsin',
  token: 'xoxb-simulated',
  appToken: 'xapp-simulated',
  signingSecret: 'simulated-signing-secret',
  scopes: allScopes,
};

/** A small workspace: Ada leads, Ben is in security, Gus is a guest, Eve is gone, Xia is of another workspace. */
export function seed(changes: Partial<WorkspaceSeed> = {}): WorkspaceSeed {
  return {
    team: { id: 'T0TEAM', name: 'Example', domain: 'example' },
    bot,
    users: [
      { id: 'U0ADA', name: 'ada', real_name: 'Ada Byron', email: 'ada@example.com', title: 'SRE lead', tz: 'Europe/Berlin' },
      { id: 'U0BEN', name: 'ben', real_name: 'Ben Ito', title: 'Security', is_admin: true },
      { id: 'U0GUS', name: 'gus', real_name: 'Gus Guest', is_restricted: true },
      { id: 'U0EVE', name: 'eve', real_name: 'Eve Gone', deleted: true },
      { id: 'U0XIA', name: 'xia', real_name: 'Xia Other', team_id: 'T0OTHER' },
    ],
    usergroups: [{ id: 'S0SRE', handle: 'sre', name: 'SRE', users: ['U0ADA'] }],
    channels: [
      { id: 'C0INC', name: 'incidents', topic: 'Incidents', members: ['U0ADA', 'U0BEN', 'U0XIA', 'U0BOT'] },
      { id: 'C0GEN', name: 'general', members: ['U0ADA', 'U0BEN'] },
      { id: 'C0SEC', name: 'security', is_private: true, members: ['U0BEN'] },
      { id: 'C0PRV', name: 'war-room', is_private: true, members: ['U0BEN', 'U0BOT'] },
    ],
    commands: [
      { command: '/incident', description: 'Incidents', usage_hint: 'declare|list', should_escape: true },
      { command: '/slow', description: 'Never answers', should_escape: false },
    ],
    shortcuts: [
      { callback_id: 'declare', name: 'Declare incident', type: 'message' },
      { callback_id: 'new', name: 'New incident', type: 'global' },
    ],
    thingsToTry: [{ text: '/incident declare API down' }],
    ...changes,
  };
}
