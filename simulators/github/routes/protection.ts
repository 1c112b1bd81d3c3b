import { z } from 'zod';
import { of, PAGED } from '../http/asked.ts';
import { invalid, notFound } from '../http/error.ts';
import { bodyOf, type Call, listIn, type Route, route } from '../http/router.ts';
import { FLAGS, noFlags, type Protection, type Restrictions } from '../world/protection.ts';
import { accountOf } from '../world/state.ts';
import { apiUrl } from './addresses.ts';
import { integrationJson, teamJson, userJson } from './shapes-people.ts';

const PROTECTION = '/repos/:owner/:repo/branches/:branch/protection';

const CHECKS = {
  strict: of.flag(),
  contexts: of.texts(),
  checks: z.array(z.object({ context: z.string(), app_id: z.int().optional() })).optional(),
};
const ACTORS = z.object({ users: of.texts(), teams: of.texts(), apps: of.texts() });
const REVIEWS = {
  dismissal_restrictions: ACTORS.optional(),
  bypass_pull_request_allowances: ACTORS.optional(),
  dismiss_stale_reviews: of.flag(),
  require_code_owner_reviews: of.flag(),
  required_approving_review_count: z.int().optional(),
  require_last_push_approval: of.flag(),
};
const PROTECTED = {
  required_status_checks: z.object({ ...CHECKS, strict: z.boolean() }).nullable(),
  enforce_admins: z.boolean().nullable(),
  required_pull_request_reviews: z.object(REVIEWS).nullable(),
  restrictions: z.object({ users: z.array(z.string()), teams: z.array(z.string()), apps: of.texts() }).nullable(),
  ...Object.fromEntries(FLAGS.map((flag) => [flag, flag === 'allow_force_pushes' ? of.flag().nullable() : of.flag()])),
};

export const PROTECTION_ROUTES: readonly Route[] = [
  route('GET', PROTECTION, 'administration=read', (call) => ({ status: 200, json: protectionJson(call, protectionOf(call)) })),
  route('PUT', PROTECTION, 'administration=write', putProtection, { body: PROTECTED }),
  route('DELETE', PROTECTION, 'administration=write', (call) => {
    protectionOf(call);
    call.repository.protections.delete(branchOf(call));
    return { status: 204 };
  }),
  route('GET', `${PROTECTION}/required_status_checks`, 'administration=read', (call) =>
    part(call, 'required_status_checks', 'Required status checks not enabled'),
  ),
  route(
    'PATCH',
    `${PROTECTION}/required_status_checks`,
    'administration=write',
    (call) => {
      const { checks } = protectionOf(call);
      if (checks === null) throw notFound('Required status checks not enabled');
      const body = bodyOf(call);
      if (typeof body['strict'] === 'boolean') checks.strict = body['strict'];
      if (body['checks'] !== undefined || body['contexts'] !== undefined) checks.checks = checksIn(body);
      return part(call, 'required_status_checks', '');
    },
    { body: CHECKS },
  ),
  route('GET', `${PROTECTION}/required_pull_request_reviews`, 'administration=read', (call) =>
    part(call, 'required_pull_request_reviews', 'Pull request reviews not enabled'),
  ),
  route('GET', `${PROTECTION}/enforce_admins`, 'administration=read', (call) => part(call, 'enforce_admins', '')),
  route('GET', `${PROTECTION}/required_signatures`, 'administration=read', (call) => part(call, 'required_signatures', '')),
  route('POST', `${PROTECTION}/required_signatures`, 'administration=write', (call) => {
    protectionOf(call).signatures = true;
    return part(call, 'required_signatures', '');
  }),
  route(
    'GET',
    '/repos/:owner/:repo/rules/branches/:branch',
    'metadata=read',
    (call) => ({
      status: 200,
      json: call.repository.rules.get(call.params['branch'] ?? '') ?? [],
    }),
    { query: PAGED },
  ),
];

function branchOf({ repository, params }: Call): string {
  const branch = params['branch'] ?? '';
  if (!repository.branches.has(branch)) throw notFound('Branch not found');
  return branch;
}

function protectionOf(call: Call): Protection {
  const protection = call.repository.protections.get(branchOf(call));
  if (protection === undefined) throw notFound('Branch not protected');
  return protection;
}

function part(call: Call, name: keyof ReturnType<typeof protectionJson>, missing: string) {
  const value = protectionJson(call, protectionOf(call))[name];
  if (value === undefined) throw notFound(missing);
  return { status: 200, json: value };
}

function protectionJson({ world, repository, params }: Call, { checks, enforceAdmins, reviews, restrictions, signatures, flags }: Protection) {
  const url = apiUrl(repository, `/branches/${params['branch']}/protection`);
  const actors = ({ users, teams, apps }: Restrictions) => ({
    users: users.map((login) => userJson(accountOf(world, login))),
    teams: teams.flatMap((slug) => {
      const team = world.teams.get(slug);
      return team === undefined ? [] : [teamJson(world, team)];
    }),
    apps: apps.map((slug) => integrationJson(world, { id: 15368, slug })),
  });
  const parts = (address: string) => ({ url: address, users_url: `${address}/users`, teams_url: `${address}/teams` });
  const { dismissal, bypass, ...rules } = reviews ?? { dismissal: null, bypass: null };
  return {
    url,
    ...(checks === null
      ? {}
      : {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: checks.strict,
            contexts: checks.checks.map(({ context }) => context),
            contexts_url: `${url}/required_status_checks/contexts`,
            checks: checks.checks,
          },
        }),
    ...(reviews === null
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            ...rules,
            ...(dismissal === null ? {} : { dismissal_restrictions: { ...parts(`${url}/dismissal_restrictions`), ...actors(dismissal) } }),
            ...(bypass === null ? {} : { bypass_pull_request_allowances: actors(bypass) }),
          },
        }),
    ...(restrictions === null
      ? {}
      : { restrictions: { ...parts(`${url}/restrictions`), apps_url: `${url}/restrictions/apps`, ...actors(restrictions) } }),
    required_signatures: { url: `${url}/required_signatures`, enabled: signatures },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: enforceAdmins },
    ...Object.fromEntries(FLAGS.map((flag) => [flag, { enabled: flags[flag] }])),
  };
}

const REQUIRED = ['required_status_checks', 'enforce_admins', 'required_pull_request_reviews', 'restrictions'];
const KNOWN = new Set<string>([...REQUIRED, ...FLAGS]);

/** All of it is replaced: what the body does not name is as if it never was set. */
function putProtection(call: Call) {
  const branch = branchOf(call);
  const body = bodyOf(call);
  const missing = REQUIRED.filter((name) => !(name in body));
  if (missing.length > 0)
    throw invalid(`Invalid request.\n\n${missing.map((name) => `"${name}"`).join(', ')} ${missing.length === 1 ? "wasn't" : "weren't"} supplied.`);
  const unknown = Object.keys(body).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw invalid(`Invalid request.\n\n"${unknown}" is not a permitted key.`);
  const flags = noFlags();
  for (const flag of FLAGS) flags[flag] = body[flag] === true;
  const old = call.repository.protections.get(branch);
  const protection: Protection = {
    checks: objectIn(body, 'required_status_checks', (given) => ({ strict: given['strict'] === true, checks: checksIn(given) })),
    enforceAdmins: body['enforce_admins'] === true,
    reviews: objectIn(body, 'required_pull_request_reviews', reviewsIn),
    restrictions: objectIn(body, 'restrictions', actorsIn),
    signatures: old?.signatures ?? false,
    flags,
  };
  refuseStrangers(call, protection);
  call.repository.protections.set(branch, protection);
  return { status: 200, json: protectionJson(call, protection) };
}

function reviewsIn(given: Readonly<Record<string, unknown>>): NonNullable<Protection['reviews']> {
  const count = given['required_approving_review_count'] ?? 1;
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > 6)
    throw invalid('required_approving_review_count must be between 0 and 6');
  return {
    dismiss_stale_reviews: given['dismiss_stale_reviews'] === true,
    require_code_owner_reviews: given['require_code_owner_reviews'] === true,
    required_approving_review_count: count,
    require_last_push_approval: given['require_last_push_approval'] === true,
    dismissal: objectIn(given, 'dismissal_restrictions', (actors) => (Object.keys(actors).length === 0 ? null : actorsIn(actors))),
    bypass: objectIn(given, 'bypass_pull_request_allowances', actorsIn),
  };
}

/** `app_id` -1 stands for any app and is read back as `null`; without one it is the app that reported the check last. */
function checksIn(given: Readonly<Record<string, unknown>>): { context: string; app_id: number | null }[] {
  const { checks, contexts } = given;
  if (checks !== undefined && contexts !== undefined) throw invalid('Only one of checks and contexts may be given.');
  if (Array.isArray(checks)) {
    return (checks as { context: string; app_id?: number }[]).map(({ context, app_id }) => ({
      context,
      app_id: app_id === undefined ? 15368 : app_id === -1 ? null : app_id,
    }));
  }
  return listIn(given, 'contexts').map((context) => ({ context, app_id: null }));
}

function actorsIn(given: Readonly<Record<string, unknown>>): Restrictions {
  return { users: listIn(given, 'users'), teams: listIn(given, 'teams'), apps: listIn(given, 'apps') };
}

function objectIn<T>(body: Readonly<Record<string, unknown>>, name: string, read: (given: Readonly<Record<string, unknown>>) => T): T | null {
  const value = body[name];
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object' || Array.isArray(value))
    throw invalid(`Invalid request.\n\nFor 'properties/${name}', ${JSON.stringify(value)} is not an object.`);
  return read(value as Readonly<Record<string, unknown>>);
}

function refuseStrangers({ world }: { readonly world: Call['world'] }, protection: Protection): void {
  const all = [protection.restrictions, protection.reviews?.dismissal, protection.reviews?.bypass].filter((one) => one != null);
  for (const { users, teams } of all) {
    const stranger = users.find((login) => !world.accounts.has(login.toLowerCase())) ?? teams.find((slug) => !world.teams.has(slug));
    if (stranger !== undefined) throw invalid('Validation Failed', [`Only organization members and teams with access may be named: ${stranger}`]);
  }
}
