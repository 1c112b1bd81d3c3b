import type { Block } from './blocks/blocks.ts';
import type { ViewInput } from './blocks/views.ts';
import type { SentOutside } from './outside.ts';
import type { PlatformFault } from './platforms.ts';

/** JSON objects whose keys are Slack's. */
export type Json = Record<string, unknown>;

export interface User {
  id: string;
  name: string;
  real_name: string;
  title: string;
  email?: string;
  tz: string;
  team_id: string;
  is_bot: boolean;
  is_admin: boolean;
  is_restricted: boolean;
  is_ultra_restricted: boolean;
  deleted: boolean;
  /** What they say of themselves beside their name. */
  status_text?: string;
  /** Enterprise Grid: who the user is in their organisation. */
  enterprise_user?: { id: string; enterprise_id: string; teams: string[] };
}

export interface Usergroup {
  id: string;
  handle: string;
  name: string;
  users: string[];
  /** Disabled by an administrator: nobody's any more. */
  disabled?: boolean;
}

export type ChannelKind = 'public' | 'private' | 'im' | 'mpim';

export interface Bookmark {
  id: string;
  channel_id: string;
  title: string;
  link: string;
  emoji: string;
  icon_url: null;
  type: 'link';
  entity_id: null;
  date_created: number;
  date_updated: number;
  rank: string;
  last_updated_by_user_id: string;
  last_updated_by_team_id: string;
  shortcut_id: null;
  app_id: string;
}

/** A document: a channel's own, or one that stands alone and may be in a channel's tabs. */
export interface Canvas {
  id: string;
  title: string;
  markdown: string;
  /** Who made it. */
  by: string;
  /** Seconds since the epoch. */
  updated: number;
  /** Somebody keeps it from being edited. */
  locked: boolean;
  /** Of one that stands alone: channels whose members may read it, or write in it. Its owner may both. */
  access?: Record<string, 'read' | 'write'>;
}

export interface Channel {
  id: string;
  name: string;
  kind: ChannelKind;
  topic: string;
  purpose: string;
  /** Seconds since the epoch. */
  created: number;
  creator: string;
  members: string[];
  archived: boolean;
  bookmarks: Bookmark[];
  canvas?: Canvas;
  /** Canvases that stand alone and are tabs of it, oldest first. */
  tabs?: Canvas[];
  /** Pinned messages, newest first. */
  pins: { ts: string; created: number; created_by: string }[];
  /** Oldest first, replies among them. */
  messages: Message[];
}

/** A message that is to be posted later. Times in seconds. */
export interface ScheduledMessage {
  id: string;
  channel: string;
  post_at: number;
  date_created: number;
  text: string;
}

export interface Metadata {
  event_type: string;
  event_payload: Json;
}

interface Reaction {
  name: string;
  users: string[];
  count: number;
}

/** A message as Slack shows it. Replies carry the parent's `thread_ts`; a parent carries its own and the counts. */
export interface Message {
  type: 'message';
  subtype?: string;
  ts: string;
  team: string;
  text: string;
  user?: string;
  bot_id?: string;
  app_id?: string;
  bot_profile?: Json;
  username?: string;
  icons?: { emoji?: string; image_48?: string };
  client_msg_id?: string;
  blocks?: Block[];
  attachments?: Json[];
  metadata?: Metadata;
  files?: SlackFile[];
  upload?: boolean;
  edited?: { user: string; ts: string };
  reactions?: Reaction[];
  pinned_to?: string[];
  thread_ts?: string;
  parent_user_id?: string;
  reply_count?: number;
  reply_users?: string[];
  reply_users_count?: number;
  latest_reply?: string;
  /** For the person it is shown to only. */
  is_ephemeral?: boolean;
}

export interface SlackFile {
  id: string;
  created: number;
  timestamp: number;
  name: string;
  title: string;
  mimetype: string;
  filetype: string;
  pretty_type: string;
  user: string;
  user_team: string;
  size: number;
  mode: 'hosted' | 'snippet';
  is_external: boolean;
  is_public: boolean;
  url_private: string;
  url_private_download: string;
  permalink: string;
  channels: string[];
  groups: string[];
  ims: string[];
  alt_txt?: string;
}

/** A file and its bytes; not `shared` until `files.completeUploadExternal`. */
export interface StoredFile {
  file: SlackFile;
  expectedLength: number;
  content?: Buffer;
  shared: boolean;
}

/** A message only `user` sees. */
export interface Ephemeral {
  channel: string;
  user: string;
  message: Message;
}

/** What a person has put into one element, in the shape of `state.values`. */
export interface StateValue {
  type: string;
  [key: string]: unknown;
}

/** `block_id` to `action_id` to value. */
export type StateValues = Record<string, Record<string, StateValue>>;

/** A view that a person has in front of them. */
export interface OpenView {
  id: string;
  user: string;
  type: 'modal' | 'home';
  view: ViewInput;
  hash: string;
  rootViewId: string;
  previousViewId: string | null;
  /** The channel the person was in when it opened: `default_to_current_conversation`, response URLs. */
  channel?: string;
  values: StateValues;
  /** Errors under fields, from the last submission: block id to text. */
  errors: Record<string, string>;
}

/** What changed in the workspace, for the page, tests and `waitFor`. */
export type Change =
  | { kind: 'message'; channel: string; message: Message }
  | { kind: 'message_deleted'; channel: string; ts: string }
  | { kind: 'channel'; channel: string }
  | { kind: 'ephemeral'; user: string; channel: string; message: Message }
  | { kind: 'ephemeral_deleted'; user: string; channel: string; ts: string }
  | { kind: 'views'; user: string }
  | { kind: 'home'; user: string }
  | { kind: 'notice'; user: string; text: string; channel?: string }
  | { kind: 'clock'; offset_ms: number }
  | { kind: 'platforms'; platforms: readonly PlatformFault[] }
  | { kind: 'outside'; outside: SentOutside }
  | { kind: 'connections'; count: number }
  | { kind: 'call'; method: string }
  | { kind: 'delivery'; id: string };
