import { noise } from '../../containers/program.ts';

const HOUR = 3_600_000;
const DAYS = 30;

/** A server of the platform's registry, the one that the security incident is about. */
export const COMPROMISED = '550e8400-e29b-41d4-a716-446655440000';

/** An UUID that depends on its seed only. */
function uuid(seed: string): string {
  const hex = [0, 1, 2, 3]
    .map((part) =>
      Math.floor(noise(seed, part) * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    )
    .join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const COLUMNS = 'id, timestamp, event_type, severity, user_email, server_id, tool_name, decision, ip_address, details, success, environment';
const TYPES = ['TOOL_INVOKED', 'AUTHORIZATION_ALLOWED', 'AUTHORIZATION_DENIED', 'USER_LOGIN', 'SERVER_UPDATED'];
const TOOLS = ['query_database', 'read_file', 'send_mail', 'list_tickets'];

function row(
  at: number,
  severity: string,
  type: string,
  extra: { email: string; server: string; tool: string; decision: string; ip: string; seed: string },
): string {
  const time = new Date(at).toISOString();
  return `('${uuid(extra.seed)}', '${time}', '${type}', '${severity}', '${extra.email}', '${extra.server}', '${extra.tool}', '${extra.decision}', '${extra.ip}', '{"seed":"${extra.seed}"}', ${extra.decision === 'allow'}, 'production')`;
}

/** Events of one hour, up to `until`: between 12 and 40, mostly LOW. */
function hourRows(hour: number, from: number, until: number): string[] {
  const count = 12 + Math.floor(noise('count', hour) * 28);
  return Array.from({ length: count }, (_each, index) => {
    const seed = `audit-${hour}-${index}`;
    const at = hour + Math.floor((HOUR * (index + 0.5)) / count);
    if (at <= from || at > until) return '';
    const severity = noise('severity', seed) > 0.85 ? 'MEDIUM' : 'LOW';
    const type = TYPES[Math.floor(noise('type', seed) * TYPES.length)] ?? 'TOOL_INVOKED';
    const tool = TOOLS[Math.floor(noise('tool', seed) * TOOLS.length)] ?? '';
    const extra = {
      email: `user${Math.floor(noise('user', seed) * 9)}@example.com`,
      server: uuid(`server-${index % 4}`),
      tool,
      decision: type === 'AUTHORIZATION_DENIED' ? 'deny' : 'allow',
      ip: '10.1.4.17',
      seed,
    };
    return row(at, severity, type, extra);
  }).filter((text) => text !== '');
}

/** Inserts of the events after `from`, up to `until`, in ms. */
export function auditInserts(from: number, until: number): string[] {
  const begin = Math.max(from, until - DAYS * 24 * HOUR);
  const rows: string[] = [];
  for (let hour = Math.floor(begin / HOUR) * HOUR; hour <= until; hour += HOUR) rows.push(...hourRows(hour, begin, until));
  const chunks: string[] = [];
  for (let at = 0; at < rows.length; at += 500) chunks.push(insert(rows.slice(at, at + 500)));
  return chunks;
}

function insert(rows: readonly string[]): string {
  return `INSERT INTO audit_events (${COLUMNS}) VALUES ${rows.join(', ')} ON CONFLICT (id) DO NOTHING`;
}

/** What the compromised server did in the forty minutes before `now`: CRITICAL rows. */
export function criticalInserts(now: number): string {
  const rows = Array.from({ length: 9 }, (_each, index) => {
    const extra = {
      email: 'svc-crawler@example.com',
      server: COMPROMISED,
      tool: index % 3 === 0 ? 'read_file' : 'query_database',
      decision: index % 2 === 0 ? 'deny' : 'allow',
      ip: '203.0.113.66',
      seed: `critical-${now}-${index}`,
    };
    return row(now - (40 - index * 4) * 60_000, 'CRITICAL', index % 3 === 0 ? 'SECURITY_VIOLATION' : 'TOOL_INVOKED', extra);
  });
  return insert(rows);
}
