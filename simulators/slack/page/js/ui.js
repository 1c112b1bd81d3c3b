/** What the page itself remembers: where one is, what has been read, what has been tried. */
export const ui = {
  /** `{kind: 'channel', id}` or `{kind: 'home', tab}`. */
  place: { kind: 'channel', id: '' },
  /** The open thread: `{channel, ts}`. */
  thread: null,
  /** What stands on the right when no thread does: `try`, `break` or nothing. */
  tool: innerWidth > 1180 ? 'try' : null,
  /** On narrow screens the sidebar is shown on request. */
  sidebarOpen: false,
  /** Message to show, from a deep link. */
  linked: null,
  /** What Slackbot said to this person: `{channel, text, ts}`. */
  notices: [],
};

const read = new Map();
let baseline = '';

/** What is older than this, in Slack's timestamps, counts as read by everybody. */
export function readUntil(ts) {
  baseline = ts;
}

export function markRead(person, channel, ts) {
  const key = `${person}/${channel}`;
  if (ts > lastRead(person, channel)) read.set(key, ts);
}

export function lastRead(person, channel) {
  return read.get(`${person}/${channel}`) ?? baseline;
}

/** A value kept in the browser for this workspace. */
export function remembered(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`workspace:${key}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`workspace:${key}`, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing is fine: it is kept until the page goes.
  }
}
