import { state } from './store.js';

/** Everything is shown in the time zone of the person one is. */
function zone() {
  return state.users.get(state.me)?.tz || undefined;
}

const formatters = new Map();

function format(date, options) {
  const key = JSON.stringify([zone(), options]);
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat('en-GB', { timeZone: zone(), ...options }));
  return formatters.get(key).format(date);
}

/** The workspace's time as a Date. */
export function now() {
  return new Date(Date.now() + state.clockAhead);
}

export function fromTs(ts) {
  return new Date(Number(ts) * 1000);
}

export function fromMs(ms) {
  return new Date(ms);
}

export function clockTime(date, seconds = false) {
  return format(date, { hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}) });
}

export function zoneName(date) {
  return format(date, { timeZoneName: 'short', hour: '2-digit' }).replace(/^\S+\s/, '');
}

export function shortDay(date) {
  return format(date, { weekday: 'short', day: 'numeric', month: 'short' });
}

/** The time of today; of another day, that too. */
export function shortMoment(date) {
  const time = clockTime(date);
  return dayKey(date) === dayKey(now()) ? time : `${shortDay(date)}, ${time}`;
}

export function fullMoment(date) {
  return format(date, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });
}

export function dayKey(date) {
  return format(date, { year: 'numeric', month: '2-digit', day: '2-digit' });
}

/** "Today", "Yesterday", "Tomorrow", or the day. */
export function dayName(date, fallback = { weekday: 'long', day: 'numeric', month: 'long' }) {
  if (dayKey(date) === dayKey(now())) return 'Today';
  if (dayKey(date) === dayKey(new Date(now().getTime() - 86_400_000))) return 'Yesterday';
  if (dayKey(date) === dayKey(new Date(now().getTime() + 86_400_000))) return 'Tomorrow';
  return format(date, fallback);
}

/** "3 minutes ago" and "in 3 minutes", by the workspace's clock. */
export function ago(date) {
  const seconds = Math.round((date.getTime() - now().getTime()) / 1000);
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(seconds, 'second');
  if (size < 3600) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86_400), 'day');
}

const long = { day: 'numeric', month: 'long', year: 'numeric' };
const tokens = {
  date_num: (date) => format(date, { year: 'numeric', month: '2-digit', day: '2-digit' }).split('/').reverse().join('-'),
  date_slash: (date) => format(date, { day: '2-digit', month: '2-digit', year: 'numeric' }),
  date: (date) => format(date, long),
  date_short: (date) => format(date, { day: 'numeric', month: 'short', year: 'numeric' }),
  date_long: (date) => format(date, { weekday: 'long', ...long }),
  date_pretty: (date) => dayName(date, long),
  date_short_pretty: (date) => dayName(date, { day: 'numeric', month: 'short', year: 'numeric' }),
  date_long_pretty: (date) => dayName(date, { weekday: 'long', ...long }),
  time: (date) => clockTime(date),
  time_secs: (date) => clockTime(date, true),
  day_divider_pretty: (date) => dayName(date),
  ago,
};

/** Slack's date tokens: `{date_short} at {time}`. A day's name is capital where the pattern begins with it, as Slack has it. */
export function dateTokens(pattern, date) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name, at) => {
    const said = tokens[name]?.(date) ?? whole;
    return at > 0 && /^(Today|Yesterday|Tomorrow)$/.test(said) ? said.toLowerCase() : said;
  });
}

/** "1 h 5 min", from milliseconds. */
export function duration(ms) {
  const minutes = Math.round(ms / 60_000);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  return [days && `${days} d`, hours && `${hours} h`, rest && `${rest} min`].filter(Boolean).join(' ') || '0 min';
}
