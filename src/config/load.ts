import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TocsinError } from '../domain/errors.ts';
import { INCIDENT_TYPES } from '../domain/incident-type.ts';
import type { ChecklistEntry, IncidentPolicy } from '../domain/policy.ts';
import { SEVERITIES, type Severity } from '../domain/severity.ts';
import type { ProxyEnvironment } from '../lib/outbound/proxies.ts';
import { type Problem, readYaml, sayProblem } from '../lib/yaml.ts';
import type { MailTerms } from '../ports/mail.ts';
import { itemPolicyOf } from './items.ts';
import { noticeTermsOf } from './notices.ts';
import { pagerDutyPolicyOf } from './pagerduty.ts';
import { type ConfigFile, type Environment, environmentSchema, fileSchema, type ServiceConfig } from './schema.ts';

/** AUREUS's post-incident checklist (AU-80), for services that name none. */
const DEFAULT_CHECKLIST: readonly ChecklistEntry[] = [
  { text: 'Incident resolved and verified in production', seen: { what: 'resolved' } },
  { text: 'Status page updated to "Resolved"', seen: { what: 'status-page' } },
  { text: 'Evidence pack generated and stored', seen: { what: 'pack' } },
  { text: 'Postmortem scheduled (within 48 hours for P0/P1)', seen: { what: 'review' } },
  { text: 'Incident timeline reviewed and finalized' },
  { text: 'Action items created in issue tracker', seen: { what: 'items' } },
  { text: 'Runbook updated with learnings' },
  { text: 'Team debriefed' },
  { text: 'Stakeholders notified of resolution', seen: { what: 'announced' } },
];

export interface Config {
  /** The file it came from. */
  readonly path: string;
  readonly file: ConfigFile;
  readonly environment: Environment;
  /** Variables that the file may name (`token_env`, `url_env`); read where they are needed. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export class ConfigError extends TocsinError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('config-invalid', problems.map(sayProblem).join('\n'));
    this.problems = problems;
  }
}

type ReadText = (path: string, encoding: 'utf8') => string;

/** Is there a configuration, or is this a first try on a laptop? */
export function isConfigured(environment: NodeJS.ProcessEnv = process.env): boolean {
  return [environment.SLACK_BOT_TOKEN, environment.TOCSIN_CONFIG, environment.DATABASE_URL].some(Boolean) || existsSync('tocsin.yml');
}

/**
 * Reads `tocsin.yml` (or TOCSIN_CONFIG) and the environment.
 * @throws ConfigError naming file, line, key, what was expected and a suggestion.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, readText: ReadText = readSettings): Config {
  const environment = loadEnvironment(env);
  const path = resolve(environment.TOCSIN_CONFIG ?? 'tocsin.yml');
  return { path, file: parseConfig(readConfigFile(path, readText), path), environment, variables: env };
}

/** The environment alone, for commands that need no file. @throws ConfigError */
export function loadEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => ({ file: 'environment', line: null, column: null, key: issue.path.join('.'), message: issue.message })),
  );
}

/** The variables of the way out, for what comes before any configuration is read. */
export function loadProxies(env: NodeJS.ProcessEnv = process.env): ProxyEnvironment {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'] as const;
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])));
}

/** Parses a configuration's text. @throws ConfigError */
export function parseConfig(text: string, path: string): ConfigFile {
  const read = readYaml(text, path, fileSchema);
  if (!read.ok) throw new ConfigError(read.problems);
  return read.value;
}

/** What of a service's configuration an incident lives by. `mail`: who gets mail of it. */
export function policyOf(service: ServiceConfig, mail: MailTerms | null = null): IncidentPolicy {
  // An item of the default one stays what it is where the file writes it out.
  const checklist = service.checklist?.map((text) => DEFAULT_CHECKLIST.find((item) => item.text === text) ?? { text }) ?? DEFAULT_CHECKLIST;
  return {
    respond_within_ms: service.respond_within,
    updates: bySeverity((severity) => ({
      every_ms: service.updates[severity]?.every ?? service.updates.every,
      draft_before_ms: service.updates[severity]?.draft_before ?? service.updates.draft_before,
      grace_ms: service.updates[severity]?.grace ?? service.updates.grace,
    })),
    responders: service.responders,
    escalation:
      service.escalation.length > 0
        ? service.escalation.map(({ after, pagerduty, ...who }) => ({ who, after_ms: after ?? null, ...(pagerduty === true ? { pagerduty } : {}) }))
        : service.responders.map((who) => ({ who, after_ms: null })),
    ...byTypeOf(service),
    ...levelsOf(service),
    customer_impact_severity: service.severity.customer_impact ?? null,
    checklist: checklist.map((item, i) => ({ id: String(i + 1), ...item })),
    time_zone: service.time_zone,
    ...(mail === null
      ? {}
      : { mail: { after_ms: mail.afterMs, ...(mail.stakeholders.some(({ types }) => types !== undefined) ? { by_type: true } : {}) } }),
    ...pagerDutyPolicyOf(service),
    ...itemPolicyOf(service),
    ...noticeTermsOf(service),
    review_within: service.review_within,
  };
}

function byTypeOf({ escalation_by_type: byType }: ServiceConfig): Pick<IncidentPolicy, 'by_type'> {
  if (byType === undefined) return {};
  const lines = INCIDENT_TYPES.flatMap((type) => {
    const line = byType[type];
    if (line === undefined) return [];
    const { primary, secondary = [], executive = [], after = null } = line;
    return [[type, { primary, secondary, executive, after_ms: after }] as const];
  });
  return { by_type: Object.fromEntries(lines) };
}

function levelsOf({ escalation_levels: levels }: ServiceConfig): Pick<IncidentPolicy, 'levels'> {
  if (levels === undefined) return {};
  return { levels: { L2: levels.L2 ?? [], L3: levels.L3 ?? [], unresolved_ms: levels.unresolved_after } };
}

/** Where the signing key lies: TOCSIN_KEY_FILE, or beside the data. */
export function keyFileOf(environment: Environment): string {
  return environment.TOCSIN_KEY_FILE ?? join(environment.TOCSIN_DATA, 'signing-key.pem');
}

function bySeverity<T>(make: (severity: Severity) => T): Record<Severity, T> {
  return Object.fromEntries(SEVERITIES.map((severity) => [severity, make(severity)])) as Record<Severity, T>;
}

/** What is there and cannot be read, with what to do. */
const UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by this user. Give them the right to read it',
  EPERM: 'may not be read by this user. Give them the right to read it',
  EISDIR: 'is a directory. Name the file in it',
};

/** No settings are larger (bytes); a device or a wrong file would fill the memory. */
const MAX_SETTINGS = 1024 * 1024;

/** Reads a file of a size that settings have. A pipe would be waited for, perhaps for ever. @throws TocsinError `config-unreadable`, or what the file system says */
function readSettings(path: string): string {
  const stats = statSync(path);
  if (stats.isDirectory()) return readFileSync(path, 'utf8');
  if (!stats.isFile()) throw new TocsinError('config-unreadable', `${path} is no file. Name the file of settings in TOCSIN_CONFIG.`);
  if (stats.size > MAX_SETTINGS)
    throw new TocsinError(
      'config-unreadable',
      `${path} has ${stats.size} bytes, more than settings ever have. Name the file of settings in TOCSIN_CONFIG.`,
    );
  return readFileSync(path, 'utf8');
}

function readConfigFile(path: string, readText: ReadText): string {
  try {
    return readText(path, 'utf8');
  } catch (cause) {
    if (cause instanceof TocsinError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      throw new TocsinError('config-unreadable', `${path} ${UNREADABLE[code] ?? `cannot be read (${code})`}.`, { cause });
    throw new TocsinError(
      'config-missing',
      `${path} does not exist. Copy tocsin.example.yml to tocsin.yml and fill it in, or name another file in TOCSIN_CONFIG.`,
      { cause },
    );
  }
}
