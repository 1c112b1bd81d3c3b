import { z } from 'zod';
import { SEVERITIES } from '../domain/severity.ts';
import { isCidr } from '../lib/cidr.ts';

/** The name of an environment variable with a secret, or of several while it is changed for another. */
export const variable = z
  .string()
  // A long word without a `_` is a key that somebody pasted, which belongs into the environment.
  .regex(
    /^(?![A-Za-z0-9]{20,}$)[A-Za-z_][A-Za-z0-9_]*$/,
    'expected the name of an environment variable such as ALERTMANAGER_TOKEN, and not its value',
  );
const variables = z
  .union([variable, z.array(variable).min(1).max(4)], { error: 'expected the name of an environment variable, or a list of names' })
  .transform((one) => (typeof one === 'string' ? [one] : one));

const serviceId = z.string().min(1).max(40);
/** Words of a sender for severities; they come before the usual ones. */
const severities = z.record(z.string().min(1).max(40), z.enum(SEVERITIES)).default({});
const common = { default_service: serviceId.optional(), severities };

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'expected the name of a header such as X-Signature')
  .transform((name) => name.toLowerCase());

const hmac = z.strictObject({
  /** The header with the signature; the preset's where it has one. */
  header: headerName.optional(),
  secret_env: variables,
  /** What stands before the signature in the header. */
  prefix: z.string().max(40).default(''),
  encoding: z.enum(['hex', 'base64']).default('hex'),
  /** A header with the time in seconds, which is signed before the body. */
  timestamp_header: headerName.optional(),
  /** What stands between that time and the body when they are signed. */
  separator: z.string().max(5).default('.'),
});

const cel = z.string().min(1).max(1_000);

/** Which sender a ready mapping is for. */
export const PRESETS = ['datadog', 'grafana', 'sentry', 'uptime-kuma', 'opsgenie', 'cloudevents'] as const;

const generic = z
  .strictObject({
    preset: z.enum(PRESETS).optional(),
    hmac: hmac.optional(),
    token_env: variables.optional(),
    /** The header with the token: bare, or after Bearer. */
    token_header: headerName.default('authorization'),
    each: cel.optional(),
    when: cel.optional(),
    key: cel.optional(),
    title: cel.optional(),
    state: cel.optional(),
    severity: cel.optional(),
    summary: cel.optional(),
    links: cel.optional(),
    labels: cel.optional(),
    service: cel.optional(),
    at: cel.optional(),
    ...common,
  })
  .check(({ value, issues }) => {
    const complain = (path: string, message: string) => issues.push({ code: 'custom', input: value, path: [path], message });
    if ((value.hmac === undefined) === (value.token_env === undefined))
      complain('hmac', 'expected either hmac or token_env: without one of them anybody could send alerts');
    if (value.hmac !== undefined && value.hmac.header === undefined && value.preset !== 'sentry')
      complain('hmac', 'is missing header: the name of the header with the signature');
    if (value.preset !== undefined) return;
    for (const field of ['key', 'title', 'state'] as const)
      if (value[field] === undefined) complain(field, `is missing: a mapping without a preset says what ${field} is`);
  });

export const webhooksSchema = z
  .strictObject({
    /** Where senders reach the webhooks: of GitHub's webhooks only those that send there are this installation's. */
    public_url: z.url({ protocol: /^https?$/, error: 'expected an address such as https://tocsin.example.com' }).optional(),
    /** Proxies in front of Tocsin, whose X-Forwarded-For is believed. */
    trusted_proxies: z.array(z.string().refine(isCidr, 'expected an address or a network such as 10.0.0.0/8')).max(50).default([]),
    alertmanager: z
      .strictObject({
        token_env: variables.optional(),
        basic: z.strictObject({ username: z.string().min(1), password_env: variables }).optional(),
        ...common,
      })
      .refine(({ token_env, basic }) => (token_env === undefined) !== (basic === undefined), 'expected either token_env or basic')
      .optional(),
    guard_trip: z.strictObject({ secret_env: variables, default_service: serviceId.optional() }).optional(),
    pagerduty: z.strictObject({ secret_env: variables, ...common }).optional(),
    generic: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'expected lower-case letters, digits and dashes'), generic).default({}),
  })
  .prefault({});

export type WebhooksConfig = z.infer<typeof webhooksSchema>;
export type GenericConfig = WebhooksConfig['generic'][string];

/** Services that webhooks name and that are not there, and senders without a service where there are several: paths with what is wrong. */
export function checkDefaultServices(
  { alertmanager, guard_trip, pagerduty, generic: all }: WebhooksConfig,
  services: readonly string[],
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  const senders = { alertmanager, guard_trip, pagerduty } as const;
  const found: readonly (readonly [readonly string[], { readonly default_service?: string | undefined } | undefined])[] = [
    ...Object.entries(senders).map(([name, sender]) => [[name], sender] as const),
    ...Object.entries(all).map(([name, sender]) => [['generic', name], sender] as const),
  ];
  return found.flatMap(([path, sender]) => {
    const message = sender === undefined ? null : defaultServiceProblem(sender.default_service, services);
    if (message === null) return [];
    return [{ path: sender?.default_service === undefined ? path : [...path, 'default_service'], message }];
  });
}

/** What is wrong with a sender's `default_service`, or `null`. */
export function defaultServiceProblem(service: string | undefined, services: readonly string[]): string | null {
  if (service !== undefined) return services.includes(service) ? null : `names no service. Services are ${services.join(', ')}`;
  return services.length === 1 ? null : `is missing default_service: one of ${services.join(', ')}, for what names none itself`;
}
