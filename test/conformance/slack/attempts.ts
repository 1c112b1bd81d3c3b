import { methods } from '../../../simulators/slack/api/registry.ts';
import type { SlackSimulator } from '../../../simulators/slack/index.ts';

type Args = Readonly<Record<string, unknown>>;
type Call = (method: string, args: Args) => Promise<Args>;

const MODAL = { type: 'modal', title: { type: 'plain_text', text: 'A' }, blocks: [{ type: 'divider' }] };
const MARKDOWN = { type: 'markdown', markdown: '# a' };
const HOME = { type: 'home', blocks: [{ type: 'divider' }] };
/** What a bot may only do to a channel of its own, or would rather. */
const CHANGING = ['conversations.rename', 'conversations.archive', 'conversations.leave', 'conversations.invite'];
/** More at once tell no more. */
const MOST = 400;

/**
 * Calls of a method: each argument in turn with all that it may hold, good and bad, beside good ones for the others, and without it.
 * Makes what they speak of first. The good call is the first.
 */
export async function attempts(name: string, simulator: SlackSimulator, call: Call): Promise<readonly Args[]> {
  const values = await valuesOf(name, simulator, call);
  const names = Object.keys(methods.get(name)?.args.shape ?? {});
  const good = Object.fromEntries(names.flatMap((arg) => (values[arg]?.[0] === undefined ? [] : [[arg, values[arg][0]]])));
  const varied = names.flatMap((arg) => [...(values[arg] ?? ['nonsense', '', 7]).map((value) => ({ ...good, [arg]: value })), without(good, arg)]);
  const pairs = names.flatMap((one, index) =>
    names
      .slice(index + 1)
      .flatMap((other) => (values[one] ?? []).flatMap((a) => (values[other] ?? []).map((b) => ({ ...good, [one]: a, [other]: b })))),
  );
  return [good, ...varied, ...pairs].slice(0, MOST);
}

function without(args: Args, name: string): Args {
  return Object.fromEntries(Object.entries(args).filter(([key]) => key !== name));
}

/** What each argument may hold, the best first; an argument that is not here is left out of the good call. */
async function valuesOf(name: string, simulator: SlackSimulator, call: Call): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const mine = String((await call('chat.postMessage', { channel: 'C0INC', text: 'mine' }))['ts']);
  const { ts: theirs } = await simulator.as('U0ADA').message('C0INC', 'hers');
  const made = idIn(await call('conversations.create', { name: 'made' }), 'channel');
  const gone = idIn(await call('conversations.create', { name: 'gone' }), 'channel');
  await call('conversations.archive', { channel: gone });
  const direct = idIn(await call('conversations.open', { users: 'U0ADA' }), 'channel');
  const bookmark = idIn(await call('bookmarks.add', { channel_id: 'C0INC', title: 'a', type: 'link', link: 'https://example.org' }), 'bookmark');
  const canvas = String((await call('conversations.canvases.create', { channel_id: 'C0INC', document_content: MARKDOWN }))['canvas_id']);
  const alone = String((await call('canvases.create', { channel_id: 'C0INC', document_content: MARKDOWN }))['canvas_id']);
  const file = await uploaded(call);
  await call('files.completeUploadExternal', { files: [{ id: file }], channel_id: 'C0INC' });
  const channels = ['C0INC', made, gone, direct, 'C0GEN', 'C0SEC', 'C0PRV', 'C0NONE', 'nonsense', '#incidents', 'U0ADA', 'U0NONE', ''];
  const best = { 'conversations.unarchive': gone, 'conversations.join': 'C0GEN' }[name] ?? (CHANGING.includes(name) ? made : 'C0INC');
  const users = ['U0ADA', 'U0GUS', 'U0EVE', 'U0XIA', 'U0BOT', 'U0NONE', 'nonsense', ''];
  const stamps = [mine, theirs, '1.000001', 'nonsense', ''];
  if (name === 'reactions.remove') await call('reactions.add', { channel: 'C0INC', timestamp: mine, name: 'eyes' });
  if (name === 'pins.remove') await call('pins.add', { channel: 'C0INC', timestamp: mine });
  const soon = Math.floor(Date.now() / 1_000) + 3_600;
  const scheduled = String((await call('chat.scheduleMessage', { channel: 'C0INC', post_at: soon, text: 'later' }))['scheduled_message_id']);
  return {
    channel: name === 'conversations.open' ? [undefined, direct, 'C0NONE'] : [best, ...channels],
    channel_id: name === 'conversations.canvases.create' ? [made, ...channels] : channels,
    canvas_id: [...(name === 'canvases.access.set' ? [alone] : []), canvas, 'F0NONE', ''],
    access_level: ['write', 'owner', 'nonsense'],
    channel_ids: [['C0INC'], [], ['C0NONE'], [direct], ['C0GEN'], Array(21).fill('C0INC')],
    user_ids: [undefined, ['U0ADA'], ['U0NONE']],
    document_content: [MARKDOWN, { type: 'markdown', markdown: '#### a' }, { type: 'html', markdown: 'a' }, 'nonsense'],
    changes: [
      [{ operation: 'replace', document_content: MARKDOWN }],
      [{ operation: 'replace', section_id: 'temp:C:none', document_content: MARKDOWN }],
      [{ operation: 'insert_at_end', document_content: { type: 'markdown', markdown: '- # a' } }],
      [{ operation: 'rename', title_content: MARKDOWN }],
      [{ operation: 'nonsense' }],
      [],
      'nonsense',
    ],
    criteria: [{ contains_text: 'a' }, { section_types: ['h1'] }, {}, 'nonsense'],
    channels: [undefined, 'C0INC', 'C0NONE', gone],
    user: name === 'conversations.kick' ? ['U0BEN', ...users] : users,
    user_id: users,
    email: ['ada@example.com', 'nobody@example.com', 'nonsense', ''],
    users:
      name === 'conversations.open' || name === 'conversations.invite'
        ? ['U0ADA', 'U0ADA,U0BEN', 'U0BOT', 'U0EVE', 'U0NONE', '', 'U0GUS,U0NONE', Array(9).fill('U0ADA').join()]
        : users,
    ts: stamps,
    timestamp: stamps,
    message_ts: stamps,
    thread_ts: [undefined, ...stamps],
    post_at: [soon, 1, soon + 365 * 86_400, 'nonsense'],
    scheduled_message_id: [scheduled, 'Q0NONE'],
    text: ['a text', '', 'x'.repeat(40_001), 7],
    markdown_text: [undefined, '# a', 'x'.repeat(12_001)],
    blocks: [undefined, [{ type: 'divider' }], [{ type: 'nonsense' }], 'nonsense', many(51, { type: 'divider' })],
    attachments: [undefined, [{ text: 'a' }], many(101, { text: 'a' }), 'nonsense'],
    metadata: [undefined, { event_type: 'a', event_payload: {} }, { event_type: 'a' }, 'nonsense'],
    username: [undefined, 'Other'],
    name: name.startsWith('reactions.') ? ['eyes', 'nonsense emoji', ''] : ['other', 'Has Capitals', '', '---', 'x'.repeat(81), 'general'],
    topic: ['a', 'x'.repeat(251), ''],
    purpose: ['a', 'x'.repeat(251), ''],
    types: [undefined, 'public_channel,im', 'nonsense'],
    limit: [undefined, 1, 0, -1, 100_000],
    cursor: [undefined, 'nonsense', ''],
    oldest: [undefined, '1', 'nonsense'],
    latest: [undefined, '1', 'nonsense'],
    usergroup: ['S0SRE', 'S0NONE'],
    team: [undefined, 'T0TEAM', 'T0NONE'],
    file: [file, 'F0NONE'],
    files: [[{ id: await uploaded(call) }], [{ id: 'F0NONE' }], [], 'nonsense'],
    filename: ['a.txt', ''],
    length: [3, 0, -1, 2 ** 31],
    alt_txt: [undefined, 'a', 'x'.repeat(1001)],
    title: ['A title', ''],
    type: ['link', 'nonsense'],
    link: ['https://example.org', 'nonsense', undefined],
    bookmark_id: [bookmark, 'Bk0NONE'],
    view:
      name === 'views.publish'
        ? [HOME, MODAL, 'nonsense', {}]
        : [MODAL, HOME, 'nonsense', {}, { ...MODAL, private_metadata: 'x'.repeat(3001) }, { ...MODAL, blocks: many(101, { type: 'divider' }) }],
    view_id: [undefined, 'V0NONE'],
    external_id: [undefined, 'none'],
    trigger_id: ['nonsense', '1.2.3'],
    hash: [undefined, 'nonsense'],
  };
}

function many(length: number, value: object): readonly object[] {
  return Array.from({ length }, () => value);
}

function idIn(answer: Args, name: string): string {
  return String((answer[name] as Args | undefined)?.['id']);
}

/** A file that is uploaded and not yet completed. */
async function uploaded(call: Call): Promise<string> {
  const { upload_url, file_id } = await call('files.getUploadURLExternal', { filename: 'a.txt', length: 3 });
  await fetch(String(upload_url), { method: 'POST', body: 'abc' });
  return String(file_id);
}
