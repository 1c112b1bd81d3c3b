import { z } from 'zod';
import type { IncidentPolicy } from '../domain/policy.ts';
import type { Config } from './load.ts';
import type { ConfigFile, ServiceConfig } from './schema.ts';
import { duration, mailAddress, userId } from './values.ts';
import { variable } from './webhooks.ts';

/** Where the action items of a service become issues. */
export const itemsSchema = z
  .strictObject({
    github: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/, 'expected a repository of GitHub such as acme/shop')
      .optional(),
    /** The key of a project of Jira. */
    jira: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]{1,29}$/, 'expected the key of a project of Jira such as OPS')
      .optional(),
    /** What type of issue they are in Jira. */
    type: z.string().min(1).max(60).default('Task'),
    /** Whether those of private incidents and of security breaches too. */
    private: z.boolean().default(false),
  })
  .refine(({ github, jira }) => (github === undefined) !== (jira === undefined), 'expected either github or jira');

/** What all services share that track their items. */
export const trackersSchema = z
  .strictObject({
    /** How often it is looked which issues were closed or reopened. */
    look_every: duration.refine((ms) => ms >= 60_000, 'expected 1m or longer').default(10 * 60_000),
    github: z
      .strictObject({
        /** Logins by ids of people in Slack. */
        assignees: z.record(userId, z.string().regex(/^[A-Za-z0-9-]{1,39}$/, 'expected a login of GitHub')).default({}),
      })
      .prefault({}),
    jira: z
      .strictObject({
        url: z.url({ protocol: /^https?$/, error: 'expected an address such as https://example.atlassian.net' }),
        /** The account that creates the issues, and the variable with its API token. */
        email: mailAddress,
        token_env: variable,
        /** Ids of accounts by ids of people in Slack. */
        assignees: z.record(userId, z.string().min(1).max(128)).default({}),
      })
      .optional(),
  })
  .prefault({});

/** Where a service's items become issues, as it is configured now. `token`: `null` while its variable is not set. */
export type ItemTerms =
  | { readonly kind: 'github'; readonly repository: string; readonly assignees: Readonly<Record<string, string>> }
  | {
      readonly kind: 'jira';
      readonly project: string;
      readonly type: string;
      readonly url: string;
      readonly email: string;
      readonly variable: string;
      readonly token: string | null;
      readonly assignees: Readonly<Record<string, string>>;
    };

/** `null` where a service's items become no issues. */
export function itemTermsOf({ file, variables }: Pick<Config, 'file' | 'variables'>, id: string): ItemTerms | null {
  const items = Object.hasOwn(file.services, id) ? file.services[id]?.items : undefined;
  const { github, jira } = file.trackers;
  if (items?.github !== undefined) return { kind: 'github', repository: items.github, assignees: github.assignees };
  if (items?.jira === undefined || jira === undefined) return null;
  const { url, email, token_env: name, assignees } = jira;
  return { kind: 'jira', project: items.jira, type: items.type, url, email, variable: name, token: variables[name] || null, assignees };
}

/** What of it an incident lives by. */
export function itemPolicyOf({ items }: Pick<ServiceConfig, 'items'>): Pick<IncidentPolicy, 'items'> {
  if (items === undefined) return {};
  return { items: items.private ? { private: true } : {} };
}

/** Services whose items go to Jira, where no Jira is configured. */
export function itemProblems({
  services,
  trackers,
}: Pick<ConfigFile, 'services' | 'trackers'>): readonly { readonly path: readonly string[]; readonly message: string }[] {
  if (trackers.jira !== undefined) return [];
  const message = 'names a project of Jira, and there is no Jira. Add trackers: { jira: { url, email, token_env } }';
  return Object.entries(services).flatMap(([id, { items }]) =>
    items?.jira === undefined ? [] : [{ path: ['services', id, 'items', 'jira'], message }],
  );
}
