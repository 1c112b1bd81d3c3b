import type { Severity } from '../domain/severity.ts';
import { readAlertmanager } from './alertmanager.ts';
import { guardTripSignal, parseGuardTrip } from './guard-trip.ts';
import type { LabelledSender } from './labelled.ts';
import { type MappingFields, readMapped } from './mapping.ts';
import { readPagerDuty } from './pagerduty.ts';
import { type HmacTerms, isBasic, isOneOf, isSigned, tokenOf } from './signatures.ts';

/** What all senders have: which service their alerts are of when nothing else says so, and their own words for severities. */
export interface SenderTerms {
  readonly otherwise: string | null;
  readonly severities: Readonly<Record<string, Severity>>;
  readonly services: readonly string[];
}

export type AlertmanagerAuth = { readonly tokens: readonly string[] } | { readonly username: string; readonly passwords: readonly string[] };

/** Alertmanager, and Grafana's contact point for it: the same group is sent again for as long as it fires. */
export function alertmanagerSender(auth: AlertmanagerAuth, terms: SenderTerms): LabelledSender {
  return {
    name: 'alertmanager',
    repeats: true,
    isGenuine: (headers) => ('tokens' in auth ? isOneOf(tokenOf(headers), auth.tokens) : isBasic(headers, auth.username, auth.passwords)),
    read: (body) => readAlertmanager(body, terms),
  };
}

/** What a guard trip is signed with: `sha256=…` over the body, or over the time, a dot and the body where the time is sent. */
const GUARD_TRIP_HMAC: HmacTerms = {
  header: 'x-tocsin-signature',
  prefix: 'sha256=',
  encoding: 'hex',
  timestamp: { header: 'x-tocsin-timestamp', separator: '.', optional: true },
};

/** Guard trips of Provability-Fabric, one a request (PF-01). */
export function guardTripSender(secrets: readonly string[], { otherwise }: Pick<SenderTerms, 'otherwise'>): LabelledSender {
  return {
    name: 'guard-trip',
    repeats: false,
    isDated: (headers) => headers['x-tocsin-timestamp'] === undefined,
    isGenuine: (headers, body, now) => isSigned(headers, body, secrets, GUARD_TRIP_HMAC, now),
    read(body) {
      const parsed = parseGuardTrip(body);
      return parsed.ok ? { ok: true, signals: [guardTripSignal(parsed.trip, { from: 'guard-trip', otherwise })] } : parsed;
    },
  };
}

/** PagerDuty's webhooks of version 3; several signatures while a secret is changed for another. */
export function pagerDutySender(secrets: readonly string[], terms: SenderTerms): LabelledSender {
  const hmac: HmacTerms = { header: 'x-pagerduty-signature', prefix: 'v1=', encoding: 'hex' };
  return {
    name: 'pagerduty',
    repeats: false,
    isDated: () => true,
    isGenuine: (headers, body, now) => isSigned(headers, body, secrets, hmac, now),
    read: (body) => readPagerDuty(body, terms),
  };
}

export type GenericAuth =
  | { readonly hmac: HmacTerms; readonly secrets: readonly string[] }
  | { readonly tokens: readonly string[]; readonly header: string };

/** A webhook of anybody's, mapped by expressions. */
export function genericSender(name: string, auth: GenericAuth, fields: MappingFields, terms: SenderTerms): LabelledSender {
  return {
    name: `webhook/${name}`,
    repeats: false,
    isGenuine: (headers, body, now) =>
      'hmac' in auth ? isSigned(headers, body, auth.secrets, auth.hmac, now) : isOneOf(tokenOf(headers, auth.header), auth.tokens),
    read: (body, headers) => readMapped(fields, { name, ...terms, secretHeaders: ['hmac' in auth ? auth.hmac.header : auth.header] }, body, headers),
  };
}
