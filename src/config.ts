import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type ConfigFile, type Environment, environmentSchema, fileSchema, type ServiceConfig } from './config-schema.ts';
import { TocsinError } from './domain/errors.ts';
import type { IncidentPolicy } from './domain/policy.ts';
import { SEVERITIES, type Severity } from './domain/severity.ts';
import { nearest } from './domain/suggest.ts';

/** AUREUS's post-incident checklist (aureus.md, Post-Incident Checklist; AU-80), for services that name none. */
const DEFAULT_CHECKLIST = [
  'Incident resolved and verified in production',
  'Status page updated to "Resolved"',
  'Evidence pack generated and stored',
  'Postmortem scheduled (within 48 hours for P0/P1)',
  'Incident timeline reviewed and finalized',
  'Action items created in issue tracker',
  'Runbook updated with learnings',
  'Team debriefed',
  'Stakeholders notified of resolution',
];

export interface Config {
  /** The file it came from. */
  readonly path: string;
  readonly file: ConfigFile;
  readonly environment: Environment;
}

/** One thing wrong with a configuration, and where. Lines and columns start at 1. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number | null;
  readonly key: string;
  readonly message: string;
}

export class ConfigError extends TocsinError {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super('config-invalid', problems.map(sayProblem).join('\n'));
    this.problems = problems;
  }
}

/** Is there a configuration, or is this a first try on a laptop? */
export function isConfigured(environment: NodeJS.ProcessEnv = process.env): boolean {
  return [environment.SLACK_BOT_TOKEN, environment.TOCSIN_CONFIG, environment.DATABASE_URL].some(Boolean) || existsSync('tocsin.yml');
}

/**
 * Reads `tocsin.yml` (or TOCSIN_CONFIG) and the environment.
 * @throws ConfigError naming file, line, key, what was expected and a suggestion.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const environment = loadEnvironment(env);
  const path = resolve(environment.TOCSIN_CONFIG ?? 'tocsin.yml');
  return { path, file: parseConfig(readConfigFile(path), path), environment };
}

/** The environment alone, for commands that need no file. @throws ConfigError */
export function loadEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => ({ file: 'environment', line: null, key: issue.path.join('.'), message: issue.message })));
}

/** Parses a configuration's text. @throws ConfigError */
export function parseConfig(text: string, path: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => ({
        file: path,
        line: lines.linePos(error.pos[0]).line,
        key: '',
        message: `is not valid YAML: ${error.message}`,
      })),
    );
  }
  const parsed = fileSchema.safeParse(document.toJS() ?? {});
  if (parsed.success) return checkReferences(parsed.data, path, document, lines);
  throw new ConfigError(parsed.error.issues.flatMap((issue) => problemsOf(issue, path, document, lines)));
}

/** What of a service's configuration an incident lives by. */
export function policyOf(service: ServiceConfig): IncidentPolicy {
  const checklist = service.checklist ?? DEFAULT_CHECKLIST;
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
        ? service.escalation.map(({ after, ...who }) => ({ who, after_ms: after ?? null }))
        : service.responders.map((who) => ({ who, after_ms: null })),
    customer_impact_severity: service.severity.customer_impact ?? null,
    checklist: checklist.map((item, i) => ({ id: String(i + 1), text: item })),
    time_zone: service.time_zone,
  };
}

/** Where the signing key lies: TOCSIN_KEY_FILE, or beside the data. */
export function keyFileOf(environment: Environment): string {
  return environment.TOCSIN_KEY_FILE ?? join(environment.TOCSIN_DATA, 'signing-key.pem');
}

function bySeverity<T>(make: (severity: Severity) => T): Record<Severity, T> {
  return Object.fromEntries(SEVERITIES.map((severity) => [severity, make(severity)])) as Record<Severity, T>;
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TocsinError(
      'config-missing',
      `${path} cannot be read. Copy tocsin.example.yml to tocsin.yml and fill it in, or name another file in TOCSIN_CONFIG.`,
      { cause },
    );
  }
}

/** What zod cannot see: roles and groups that name each other. */
function checkReferences(file: ConfigFile, path: string, document: Document, lines: LineCounter): ConfigFile {
  const known = ['responder', 'incident-commander', 'communications', 'scribe', 'security'];
  const problems = Object.keys(file.roles)
    .filter((role) => !known.includes(role))
    .map((role) => ({
      file: path,
      line: lineOf(document, ['roles', role], lines),
      key: `roles.${role}`,
      message: `is no role${suggestion(role, known)} Roles are ${known.join(', ')}`,
    }));
  if (problems.length > 0) throw new ConfigError(problems);
  return file;
}

function problemsOf(issue: z.core.$ZodIssue, path: string, document: Document, lines: LineCounter): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = siblingsOf(issue.path);
    return issue.keys.map((key) => {
      const at = [...issue.path, key];
      return { file: path, line: lineOf(document, at, lines), key: at.join('.'), message: `is not a setting${suggestion(key, known)}` };
    });
  }
  const missing = issue.code === 'invalid_type' && document.getIn(issue.path.map(plainKey)) === undefined;
  const message = missing ? `is missing: expected ${issue.expected}` : issue.message.replace(/^Invalid input: /, '');
  return [{ file: path, line: lineOf(document, issue.path, lines), key: issue.path.join('.'), message }];
}

/** Settings known at a place, read off the schema by asking it: what an empty object there would allow. */
function siblingsOf(path: readonly PropertyKey[]): string[] {
  let schema: unknown = fileSchema;
  for (const key of path) schema = stepInto(schema, key);
  const shape = shapeOf(schema);
  return shape === null ? [] : Object.keys(shape);
}

function stepInto(schema: unknown, key: PropertyKey): unknown {
  const shape = shapeOf(schema);
  if (shape !== null) return shape[String(key)];
  const def = definition(schema);
  return def?.valueType ?? def?.element;
}

function shapeOf(schema: unknown): Record<string, unknown> | null {
  const def = definition(schema);
  return def?.shape ?? null;
}

interface Definition {
  readonly shape?: Record<string, unknown>;
  readonly valueType?: unknown;
  readonly element?: unknown;
  readonly innerType?: unknown;
}

function definition(schema: unknown): Definition | null {
  const def = (schema as { _zod?: { def?: Definition } } | undefined)?._zod?.def;
  if (def === undefined) return null;
  return def.innerType === undefined ? def : definition(def.innerType);
}

/** The line of a key, or of the nearest thing around it that exists. */
function lineOf(document: Document, path: readonly PropertyKey[], lines: LineCounter): number | null {
  for (let length = path.length; length > 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1).map(plainKey), true) ?? document.contents;
    const key = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair !== undefined && isScalar(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
      continue;
    }
    const node = document.getIn(path.slice(0, length).map(plainKey), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return null;
}

function plainKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}

function suggestion(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : `. Did you mean "${near}"?`;
}

function sayProblem(problem: ConfigProblem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}`;
  return `${place}: ${problem.key === '' ? 'the file' : problem.key} ${problem.message}`;
}
