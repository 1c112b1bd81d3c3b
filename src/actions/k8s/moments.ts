/** Whole seconds from an RFC 3339 time until `now` (ms); 0 when there is no time or it lies ahead. */
export function ageSeconds(time: string, now: number): number {
  const then = Date.parse(time);
  return Number.isNaN(then) ? 0 : Math.max(0, Math.floor((now - then) / 1000));
}

/** `3d4h`, `12m`, `45s`: as kubectl shows ages. */
export function sayAge(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return hours === 0 || days > 7 ? `${days}d` : `${days}d${hours}h`;
  if (hours > 0) return minutes === 0 ? `${hours}h` : `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m` : `${seconds}s`;
}
