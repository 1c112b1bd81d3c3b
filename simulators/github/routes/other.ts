import { of, PAGED } from '../http/asked.ts';
import { ApiError, notFound } from '../http/error.ts';
import { type App, allows, type Grants, type Permissions } from '../http/grants.ts';
import { bodyOf, type Call, page, type Route, route } from '../http/router.ts';
import { ownersFile } from '../world/owners.ts';
import { accountOf, type Secret, type World } from '../world/state.ts';
import { API, LONG_AGO, time, WEB } from './addresses.ts';
import { commitAt } from './commits.ts';
import { integrationJson, ownUserJson, teamFullJson, teamJson, userJson } from './shapes-people.ts';

/** Secrets, teams, owners, and who one is. */
export function otherRoutes(grants: Grants): readonly Route[] {
  return [
    route('GET', '/repos/:owner/:repo/actions/secrets', 'secrets=read', (call) => page(call, secretsJson(call.repository.secrets), 'secrets'), {
      query: PAGED,
    }),
    route('GET', '/repos/:owner/:repo/actions/secrets/:name', 'secrets=read', (call) => {
      const secret = call.repository.secrets.get((call.params['name'] ?? '').toUpperCase());
      if (secret === undefined) throw notFound();
      return { status: 200, json: secretsJson(new Map([[secret.name, secret]]))[0] };
    }),
    route(
      'GET',
      '/repos/:owner/:repo/actions/organization-secrets',
      'secrets=read',
      (call) => page(call, secretsJson(call.repository.organizationSecrets), 'secrets'),
      { query: PAGED },
    ),
    route('GET', '/repos/:owner/:repo/codeowners/errors', 'contents=read', codeownersErrors, { query: { ref: of.text() } }),
    route(
      'GET',
      '/repos/:owner/:repo/teams',
      'administration=read;metadata=read',
      (call) =>
        page(
          call,
          [...call.world.teams.values()].map((team) => teamJson(call.world, team)),
        ),
      { query: PAGED },
    ),
    route(
      'GET',
      '/orgs/:org/teams',
      'members=read',
      (call) =>
        page(
          call,
          [...call.world.teams.values()].map((team) => teamJson(call.world, team)),
        ),
      { query: PAGED, unplayed: ['team_type'] },
    ),
    route('GET', '/orgs/:org/teams/:slug', 'members=read', (call) => ({ status: 200, json: teamFullJson(call.world, teamOf(call)) })),
    route(
      'GET',
      '/orgs/:org/teams/:slug/members',
      'members=read',
      (call) =>
        page(
          call,
          [...teamOf(call).members].map((login) => userJson(accountOf(call.world, login))),
        ),
      { query: PAGED, unplayed: ['role'] },
    ),
    route('GET', '/user', '', ({ world, grant }) => {
      if (grant.kind === 'installation') throw new ApiError(403, 'Resource not accessible by integration');
      return { status: 200, json: ownUserJson(accountOf(world, grant.login)) };
    }),
    route('GET', '/app', '', (call) => {
      const app = appOf(grants, call);
      return { status: 200, json: { ...integrationJson(call.world, app), installations_count: 1 } };
    }),
    route('GET', '/app/installations/:installation', '', (call) => {
      const app = appOf(grants, call);
      if (call.params['installation'] !== String(app.installation)) throw notFound();
      return { status: 200, json: installationJson(call.world, app) };
    }),
    route(
      'POST',
      '/app/installations/:installation/access_tokens',
      '',
      (call) => {
        const app = appOf(grants, call);
        if (call.params['installation'] !== String(app.installation)) throw notFound();
        const asked = (bodyOf(call)['permissions'] ?? app.permissions) as Permissions;
        const more = Object.entries(asked).find(
          ([name, access]) => !allows({ kind: 'app', login: '', permissions: app.permissions, repositories: null, id: 0 }, `${name}=${access}`),
        );
        if (more !== undefined) throw new ApiError(422, 'The permissions requested are not granted to this installation.');
        const { token, expiresAt } = grants.install(app, asked);
        return {
          status: 201,
          json: { token, expires_at: time(expiresAt), permissions: { metadata: 'read', ...asked }, repository_selection: 'all' },
        };
      },
      { body: { permissions: of.object() }, unplayed: ['repositories', 'repository_ids'] },
    ),
  ];
}

function appOf(grants: Grants, { grant }: Call) {
  const app = grant.kind === 'app' ? grants.appOf(grant.id) : undefined;
  if (app === undefined) throw new ApiError(401, 'A JSON web token could not be decoded');
  return app;
}

function installationJson({ organization }: World, { id, slug, installation, permissions }: App) {
  return {
    id: installation,
    account: userJson(organization),
    app_id: id,
    app_slug: slug,
    target_id: organization.id,
    target_type: 'Organization',
    permissions,
    events: ['workflow_run'],
    repository_selection: 'all',
    access_tokens_url: `${API}/app/installations/${installation}/access_tokens`,
    repositories_url: `${API}/installation/repositories`,
    html_url: `${WEB}/organizations/${organization.login}/settings/installations/${installation}`,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

function teamOf({ world, params }: Call) {
  const team = params['org']?.toLowerCase() === world.organization.login.toLowerCase() ? world.teams.get(params['slug'] ?? '') : undefined;
  if (team === undefined) throw notFound();
  return team;
}

function secretsJson(secrets: ReadonlyMap<string, Secret>): object[] {
  return [...secrets.values()].map(({ name, createdAt }) => ({ name, created_at: time(createdAt), updated_at: time(createdAt) }));
}

function codeownersErrors({ world, repository, request }: Call) {
  const commit = commitAt(repository, request.query.get('ref') ?? repository.defaultBranch);
  const file = commit === undefined ? null : ownersFile(repository, commit.sha);
  if (file === null) throw notFound();
  const errors = file.rules.flatMap(({ line, source, owners }) =>
    owners.flatMap((owner) => {
      const team = owner.split('/')[1];
      const known = team === undefined ? world.accounts.has(owner.slice(1).toLowerCase()) : world.teams.has(team);
      if (owner.startsWith('@') && known) return [];
      const kind = owner.startsWith('@') ? 'Unknown owner' : 'Invalid owner';
      const message = `${kind} on line ${line}: make sure ${owner} exists and has write access to the repository\n\n  ${source}`;
      return [
        {
          line,
          column: source.indexOf(owner) + 1,
          kind,
          source,
          suggestion: `make sure ${owner} exists and has write access`,
          message,
          path: file.path,
        },
      ];
    }),
  );
  return { status: 200, json: { errors } };
}
