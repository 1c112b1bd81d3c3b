const NAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
};

const RANGES: readonly (readonly [number, number])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
];

const MINUTE = 60_000;

function field(text: string, [least, most]: readonly [number, number]): Set<number> {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '*', step = '1'] = part.split('/');
    const [from, to] =
      range === '*' ? [least, most] : range.includes('-') ? range.split('-').map(Number) : [Number(range), step === '1' ? Number(range) : most];
    for (let value = from ?? least; value <= (to ?? most); value += Number(step)) found.add(value % (most === 6 ? 7 : 1_000));
  }
  return found;
}

/** The last moment after `from` and not after `to`, in ms, at which a cron schedule (UTC) is due; undefined when there is none. */
export function lastDue(schedule: string, from: number, to: number): number | undefined {
  const parts = (NAMES[schedule] ?? schedule).trim().split(/\s+/);
  const fields = RANGES.map((range, index) => field(parts[index] ?? '*', range));
  const restricted = parts[2] !== '*' && parts[4] !== '*';
  const limit = Math.max(from, to - 400 * 1440 * MINUTE);
  for (let at = Math.floor(to / MINUTE) * MINUTE; at > limit; at -= MINUTE) {
    const date = new Date(at);
    const day = fields[2]?.has(date.getUTCDate()) ?? false;
    const weekday = fields[4]?.has(date.getUTCDay()) ?? false;
    const fits = restricted ? day || weekday : day && weekday;
    if (fields[0]?.has(date.getUTCMinutes()) && fields[1]?.has(date.getUTCHours()) && fields[3]?.has(date.getUTCMonth() + 1) && fits) return at;
  }
  return undefined;
}
