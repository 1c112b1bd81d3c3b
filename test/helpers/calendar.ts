/** A calendar of events, each as its lines; folded as RFC 5545 has it. `zones`: lines of time zones. */
export function calendarOf(events: readonly (readonly string[])[], zones: readonly string[] = []): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Test//Rota//EN',
    ...zones,
    ...events.flatMap((event, i) => [
      'BEGIN:VEVENT',
      ...(event.some((line) => line.startsWith('UID:')) ? [] : [`UID:event-${i}@example.com`]),
      'DTSTAMP:20260101T000000Z',
      ...event,
      'END:VEVENT',
    ]),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** A moment (ms) as a calendar writes it in UTC. */
export function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

function folded(line: string): string {
  const parts = [line.slice(0, 70)];
  for (let at = 70; at < line.length; at += 69) parts.push(line.slice(at, at + 69));
  return parts.join('\r\n ');
}
