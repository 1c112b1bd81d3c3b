import type { Account, Team, World } from '../world/state.ts';
import { API, LONG_AGO, nodeId, WEB } from './addresses.ts';

/** Somebody, as every answer that names them has them. */
export function userJson({ id, login, type }: Account) {
  const url = `${API}/users/${login}`;
  return {
    login,
    id,
    node_id: nodeId('U', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${WEB}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** An account as its own token sees it, without what only broader tokens are told. */
export function ownUserJson(account: Account) {
  return {
    ...userJson(account),
    name: account.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
  };
}

/** A team where a pull request names it. */
export function teamSimpleJson({ organization }: World, { id, slug, name }: Team) {
  const url = `${API}/organizations/${organization.id}/team/${id}`;
  return {
    id,
    node_id: nodeId('T', id),
    slug,
    name,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'push',
    type: 'organization',
    organization_id: organization.id,
    url,
    html_url: `${WEB}/orgs/${organization.login}/teams/${slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
  };
}

export function teamJson(world: World, team: Team) {
  return { ...teamSimpleJson(world, team), parent: null };
}

/** A team that was asked for by its name. */
export function teamFullJson(world: World, team: Team) {
  return {
    ...teamJson(world, team),
    members_count: team.members.size,
    repos_count: world.repositories.size,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    organization: organizationJson(world),
  };
}

function organizationJson({ organization, repositories }: World) {
  const { login, id } = organization;
  const url = `${API}/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeId('O', id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    description: null,
    name: organization.name,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    total_private_repos: repositories.size,
    html_url: `${WEB}/${login}`,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    archived_at: null,
    type: 'Organization',
  };
}

/** What is known of an App to those who read what it did. */
export function integrationJson(
  world: World,
  { id, slug, permissions }: { readonly id: number; readonly slug: string; readonly permissions?: object },
) {
  return {
    id,
    slug,
    node_id: nodeId('A', id),
    client_id: `Iv1.${id.toString(16).padStart(16, '0')}`,
    owner: userJson(world.organization),
    name: slug,
    description: null,
    external_url: `${WEB}/apps/${slug}`,
    html_url: `${WEB}/apps/${slug}`,
    created_at: LONG_AGO,
    updated_at: LONG_AGO,
    permissions: permissions ?? { metadata: 'read' },
    events: ['workflow_run'],
  };
}
