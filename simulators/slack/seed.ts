import { z } from 'zod';

const id = (prefix: string) => z.string().regex(new RegExp(`^[${prefix}][A-Z0-9]+$`));

const teamSchema = z.strictObject({
  id: id('T'),
  name: z.string().min(1),
  domain: z.string().min(1),
  /** Enterprise Grid: the organisation that the workspace belongs to. */
  enterprise_id: id('E').optional(),
  /** The app is installed for the whole organisation: its token belongs to no workspace, and calls have to name one. */
  org_install: z.boolean().optional(),
});

const botSchema = z.strictObject({
  userId: id('UW'),
  botId: id('B'),
  appId: id('A'),
  name: z.string().min(1),
  token: z.string().startsWith('xoxb-'),
  appToken: z.string().startsWith('xapp-'),
  signingSecret: z.string().min(1),
  /** Bot token scopes; `commands` is needed for slash commands and shortcuts. */
  scopes: z.array(z.string()),
  /** `bot_events` of the manifest; left out, the app hears every event its scopes allow. */
  events: z.array(z.string()).optional(),
});

const userSchema = z.strictObject({
  id: id('UW'),
  name: z.string().min(1),
  real_name: z.string().min(1),
  title: z.string().optional(),
  /** By which users.lookupByEmail finds the user. */
  email: z.string().optional(),
  tz: z.string().optional(),
  is_restricted: z.boolean().optional(),
  is_ultra_restricted: z.boolean().optional(),
  is_admin: z.boolean().optional(),
  is_bot: z.boolean().optional(),
  deleted: z.boolean().optional(),
  /** Another workspace's id makes a Slack Connect guest of the user. */
  team_id: id('T').optional(),
  /** Enterprise Grid: who the user is in their organisation. */
  enterprise_user: z.strictObject({ id: id('UW'), enterprise_id: id('E'), teams: z.array(id('T')) }).optional(),
});

const usergroupSchema = z.strictObject({
  id: id('S'),
  handle: z.string().min(1),
  name: z.string().min(1),
  users: z.array(z.string()),
});

const channelSchema = z.strictObject({
  id: id('CG'),
  name: z.string().min(1),
  is_private: z.boolean().optional(),
  topic: z.string().optional(),
  purpose: z.string().optional(),
  members: z.array(z.string()),
});

const commandSchema = z.strictObject({
  command: z.string().startsWith('/'),
  description: z.string(),
  usage_hint: z.string().optional(),
  completions: z.array(z.strictObject({ value: z.string(), description: z.string() })).optional(),
  should_escape: z.boolean().optional(),
});

const shortcutSchema = z.strictObject({
  callback_id: z.string().min(1),
  name: z.string().min(1),
  type: z.enum(['message', 'global']),
});

/** A workspace as it is before anybody has done anything. Ids have Slack's prefixes (T, U, B, A, C, S). */
export const workspaceSeedSchema = z.strictObject({
  team: teamSchema,
  bot: botSchema,
  users: z.array(userSchema).min(1),
  usergroups: z.array(usergroupSchema).default([]),
  channels: z.array(channelSchema).min(1),
  commands: z.array(commandSchema).default([]),
  shortcuts: z.array(shortcutSchema).default([]),
  thingsToTry: z.array(z.strictObject({ text: z.string(), hint: z.string().optional() })).default([]),
});

export type WorkspaceSeed = z.input<typeof workspaceSeedSchema>;
export type ParsedSeed = z.output<typeof workspaceSeedSchema>;
