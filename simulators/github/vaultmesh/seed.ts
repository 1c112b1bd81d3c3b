import { noFlags } from '../world/protection.ts';
import { pushFiles } from '../world/pushes.ts';
import type { Kit } from '../world/runs.ts';
import { createRepository, type Repository, type World } from '../world/state.ts';
import { TOPIC_CONTROLS } from './configuration.ts';
import { FILES } from './files.ts';

export const OWNER = 'VaultSovereign';
export const REPOSITORY = 'vmq-oracle';

/** Who there is, with the teams that they are in. */
export const PEOPLE: Readonly<Record<string, readonly string[]>> = {
  grace: ['sovereign-ops', 'ops'],
  dora: ['sovereign-ops'],
  hedy: ['security'],
  katherine: ['security', 'ops'],
};

const TEAMS: Readonly<Record<string, string>> = { security: 'Security', ops: 'Ops', 'sovereign-ops': 'Sovereign Ops' };
const SECRETS = ['QB_APP_ID', 'QB_INDEX_ID', 'QB_DS_ID', 'QB_EXPORT_BUCKET', 'AWS_QB_OIDC_ROLE_ARN'];
const DAY = 24 * 3_600_000;

export function seedPeople(world: World): void {
  for (const login of Object.keys(PEOPLE)) world.accounts.set(login, { id: world.nextId(), login, name: capital(login), type: 'User' });
  for (const [slug, name] of Object.entries(TEAMS)) {
    const members = Object.entries(PEOPLE).flatMap(([login, teams]) => (teams.includes(slug) ? [login] : []));
    world.teams.set(slug, { id: world.nextId(), slug, name, members: new Set(members) });
  }
}

/**
 * The repository that the runbooks speak of: three commits of the last days, a protection that demands one review but neither the lint nor the
 * code owners, and no secret ALERT_SNS_TOPIC_ARN. `at`: sets the world's time for what is made (ms).
 */
export function seedRepository(kit: Kit, at: (ms: number) => void): Repository {
  const { world } = kit;
  const now = world.now();
  at(now - 12 * DAY);
  const repository = createRepository(world, OWNER, REPOSITORY, 'master');
  for (const name of SECRETS) repository.secrets.set(name, { name, createdAt: world.now() });
  const { [TOPIC_CONTROLS]: controls = '', ...others } = FILES;
  pushFiles(kit, repository, { branch: 'master', files: others, message: 'Import the oracle', actor: 'dora' });
  at(now - 9 * DAY);
  pushFiles(kit, repository, {
    branch: 'master',
    files: { [TOPIC_CONTROLS]: controls },
    message: 'Guardrails: block credentials and confidential topics',
    actor: 'hedy',
  });
  at(now - 2 * DAY);
  pushFiles(kit, repository, {
    branch: 'master',
    files: { 'README.md': `${FILES['README.md']}\nRunbooks are in OPERATIONS-RUNBOOK.md.\n` },
    message: 'Say where the runbooks are',
    actor: 'dora',
  });
  repository.protections.set('master', {
    checks: null,
    enforceAdmins: false,
    reviews: {
      dismiss_stale_reviews: false,
      require_code_owner_reviews: false,
      required_approving_review_count: 1,
      require_last_push_approval: false,
      dismissal: null,
      bypass: null,
    },
    restrictions: null,
    signatures: false,
    flags: { ...noFlags(), required_linear_history: false, required_conversation_resolution: true },
  });
  at(now);
  return repository;
}

function capital(login: string): string {
  return `${login.slice(0, 1).toUpperCase()}${login.slice(1)}`;
}
