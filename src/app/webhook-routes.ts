import type { Config } from '../config/load.ts';
import type { GenericConfig } from '../config/webhooks.ts';
import { TocsinError } from '../domain/errors.ts';
import { type LabelledSender, labelledRoute } from '../webhooks/labelled.ts';
import { type MappingFields, mappingProblems } from '../webhooks/mapping.ts';
import { PRESET_MAPPINGS } from '../webhooks/presets.ts';
import { alertmanagerSender, type GenericAuth, genericSender, guardTripSender, pagerDutySender, type SenderTerms } from '../webhooks/senders.ts';
import type { Route } from '../webhooks/server.ts';

/** One configured sender: where it sends to, and which variables with its secrets are not set. */
export interface WebhookRoute {
  readonly path: string;
  readonly unset: readonly string[];
  /** `null` while a secret is missing. */
  readonly sender: LabelledSender | null;
}

/**
 * The senders that tocsin.yml names under `webhooks`.
 * @throws TocsinError `config-invalid` for a mapping whose expressions are wrong
 */
export function webhookRoutes({ file, variables }: Pick<Config, 'file' | 'variables'>): readonly WebhookRoute[] {
  const { alertmanager, guard_trip: guardTrip, pagerduty, generic } = file.webhooks;
  /** A sender that is ready once all of its secrets are there. */
  const route = (path: string, names: readonly string[], make: (secrets: readonly string[]) => LabelledSender): WebhookRoute => {
    const secrets = names.flatMap((name) => variables[name] || []);
    // One is enough: the others may be for a change of secrets that is over.
    const unset = secrets.length === 0 ? names : [];
    return { path, unset, sender: unset.length > 0 ? null : make(secrets) };
  };
  const routes: WebhookRoute[] = [];
  if (alertmanager !== undefined) {
    const { token_env: tokens, basic } = alertmanager;
    const auth = (secrets: readonly string[]) => (basic === undefined ? { tokens: secrets } : { username: basic.username, passwords: secrets });
    const make = (secrets: readonly string[]) => alertmanagerSender(auth(secrets), termsOf(file, alertmanager));
    routes.push(route('/alertmanager', basic?.password_env ?? tokens ?? [], make));
  }
  if (guardTrip !== undefined)
    routes.push(route('/guard-trip', guardTrip.secret_env, (secrets) => guardTripSender(secrets, termsOf(file, guardTrip))));
  if (pagerduty !== undefined)
    routes.push(route('/pagerduty', pagerduty.secret_env, (secrets) => pagerDutySender(secrets, termsOf(file, pagerduty))));
  for (const [name, one] of Object.entries(generic)) {
    const fields = mappingOf(name, one);
    const make = (secrets: readonly string[]) => genericSender(name, authOf(one, secrets), fields, termsOf(file, one));
    routes.push(route(`/webhook/${name}`, one.hmac?.secret_env ?? one.token_env ?? [], make));
  }
  return routes;
}

/** What a sender's settings say of its alerts; with one service only, they are of that. */
export function termsOf(
  file: Config['file'],
  sender: { readonly default_service?: string | undefined; readonly severities?: SenderTerms['severities'] },
): SenderTerms {
  const services = Object.keys(file.services);
  const otherwise = sender.default_service ?? (services.length === 1 ? (services[0] ?? null) : null);
  return { otherwise, severities: sender.severities ?? {}, services };
}

/** The routes of the intake. One whose secret is missing asks for patience, so that nothing that is sent meanwhile is lost. */
export function labelledRoutes(routes: readonly WebhookRoute[], now: () => Promise<number>): Readonly<Record<string, Route>> {
  return Object.fromEntries(
    routes.map(({ path, sender, unset }) => {
      const says = `${unset.join(', ')} is not set, so nothing that is sent to ${path} can be verified.`;
      const closed: Route = async () => ({ kind: 'refuse', why: 'not-configured', says });
      return [path, sender === null ? closed : labelledRoute(sender, now)];
    }),
  );
}

/** A webhook's mapping: its preset, with its own expressions before that. @throws TocsinError `config-invalid` */
export function mappingOf(name: string, config: GenericConfig): MappingFields {
  const { preset, each, when, key, title, state, severity, summary, links, labels, service, at } = config;
  const own = { each, when, key, title, state, severity, summary, links, labels, service, at };
  const set = Object.fromEntries(Object.entries(own).filter(([, expression]) => expression !== undefined));
  const fields = { ...(preset === undefined ? {} : PRESET_MAPPINGS[preset]), ...set };
  const problems = mappingProblems(fields).map(({ field, problem }) => `webhooks.generic.${name}.${field} ${problem}`);
  if (problems.length > 0) throw new TocsinError('config-invalid', problems.join('\n'));
  return fields;
}

function authOf({ preset, hmac, token_header: header }: GenericConfig, secrets: readonly string[]): GenericAuth {
  if (hmac === undefined) return { tokens: secrets, header };
  const { prefix, encoding, separator, timestamp_header: time } = hmac;
  const timestamp = time === undefined ? {} : { timestamp: { header: time, separator, optional: false } };
  return { secrets, hmac: { header: hmac.header ?? (preset === 'sentry' ? 'sentry-hook-signature' : ''), prefix, encoding, ...timestamp } };
}
