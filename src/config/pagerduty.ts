import { z } from 'zod';
import type { IncidentPolicy } from '../domain/policy.ts';
import { SEVERITIES } from '../domain/severity.ts';
import { own } from '../lib/own.ts';
import type { PagerDutyTerms } from '../ports/pagerduty.ts';
import type { Config } from './load.ts';
import type { ConfigFile, ServiceConfig } from './schema.ts';
import { variable } from './webhooks.ts';

export const pagerDutySchema = z
  .strictObject({
    /** The variable with the integration key of an Events API v2 integration. */
    routing_key_env: variable,
    /** The id of the service in PagerDuty that the key belongs to: with it, it is looked whether that service pages anybody. */
    service: z
      .string()
      .regex(/^[A-Z0-9]{5,30}$/, 'expected the id of a service of PagerDuty, such as PIJ90N7: it is in its address')
      .optional(),
    /** The key is an event orchestration's, whose rules lead to the service: none of the service's integrations has it. */
    orchestration: z.boolean().default(false),
    /** The variable with a key of the REST API that may read it; PAGERDUTY_API_KEY where it is left out. */
    api_key_env: variable.optional(),
    /** At which severities somebody is paged at once; `[]`: only where the line says so, or Slack reaches nobody. */
    severities: z.array(z.enum(SEVERITIES)).default(['P0', 'P1']),
    /** Whether PagerDuty hears of private incidents, without their titles. */
    private: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    if (value.service !== undefined) return;
    const message = 'is for reading a service of PagerDuty, and none is named. Add service: with its id';
    if (value.api_key_env !== undefined) issues.push({ code: 'custom', input: value, path: ['api_key_env'], message });
    if (value.orchestration) issues.push({ code: 'custom', input: value, path: ['orchestration'], message });
  });

/** What of it an incident lives by. */
export function pagerDutyPolicyOf({ pagerduty }: Pick<ServiceConfig, 'pagerduty'>): Pick<IncidentPolicy, 'pagerduty'> {
  if (pagerduty === undefined) return {};
  const { severities, private: isPrivate } = pagerduty;
  return { pagerduty: { severities, ...(isPrivate ? { private: true } : {}) } };
}

/** The key of a service, as it is configured now; `null` where the service has no PagerDuty. */
export function pagerDutyOf({ file, variables }: Pick<Config, 'file' | 'variables'>, id: string): PagerDutyTerms | null {
  const configured = Object.hasOwn(file.services, id) ? file.services[id]?.pagerduty : undefined;
  if (configured === undefined) return null;
  return { variable: configured.routing_key_env, key: variables[configured.routing_key_env] || null };
}

/**
 * The service in PagerDuty that is looked at, and the key that reads it; `service`: `null` where none is named. `routing`: the key that has to be one of
 * its integrations'; `null` where that is not to be, or not set. `null` where a service has no PagerDuty.
 */
export function pagerDutyServiceOf(
  { file, variables, environment }: Pick<Config, 'file' | 'variables' | 'environment'>,
  id: string,
): ReadTerms | null {
  const configured = own(file.services, id)?.pagerduty;
  if (configured === undefined) return null;
  const { service = null, api_key_env: named, routing_key_env: ofKey, orchestration } = configured;
  const routingKey = orchestration ? null : variables[ofKey] || null;
  const terms = { service, routing: routingKey === null ? null : { variable: ofKey, key: routingKey } };
  if (named === undefined) return { ...terms, variable: 'PAGERDUTY_API_KEY', key: environment.PAGERDUTY_API_KEY ?? null };
  return { ...terms, variable: named, key: variables[named] || null };
}

interface ReadTerms extends PagerDutyTerms {
  readonly service: string | null;
  readonly routing: { readonly variable: string; readonly key: string } | null;
}

/** Steps that say that PagerDuty pages somebody, of services that have none. */
export function pagerDutyProblems({
  services,
}: Pick<ConfigFile, 'services'>): readonly { readonly path: readonly (string | number)[]; readonly message: string }[] {
  const message = 'says that PagerDuty pages its on-call, and the service has no pagerduty. Add pagerduty: { routing_key_env: NAME } to the service';
  return Object.entries(services).flatMap(([id, { escalation, pagerduty }]) =>
    pagerduty !== undefined
      ? []
      : escalation.flatMap((step, i) => (step.pagerduty === true ? [{ path: ['services', id, 'escalation', i, 'pagerduty'], message }] : [])),
  );
}
