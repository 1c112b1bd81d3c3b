import type { Config } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { AwsError } from '../../ports/aws.ts';
import { GitHubError } from '../../ports/github.ts';
import type { Target } from '../../ports/targets.ts';
import { type Contexts, contextsOf } from '../contexts.ts';
import { bad, type Check, good, warning } from './check.ts';

const PATIENCE = 15_000;

/** Whether Amazon Web Services and GitHub can be asked, as whom, and whether webhooks can come in. What runbooks need in detail is the pre-flight's matter. */
export async function checkOutside(config: Config): Promise<Check[]> {
  const contexts = contextsOf(config);
  try {
    const services = Object.entries(config.file.services);
    const found = await Promise.all([
      ...services.filter(([, { aws }]) => aws !== undefined).map(([id]) => checkAws(id, contexts)),
      ...repositoriesOf(services).map(([repository, id]) => checkRepository(repository, id, contexts)),
    ]);
    return [...found, ...checkIntake(config)];
  } finally {
    contexts.close();
  }
}

async function checkAws(id: string, contexts: Contexts): Promise<Check> {
  const name = `AWS of ${id}`;
  const context = contexts.create({ service: id, incident: null, signal: AbortSignal.timeout(PATIENCE) });
  try {
    const aws = context.aws();
    const { account, arn } = await aws.identity();
    return good(name, `${aws.region}, account ${account}, as ${arn}`);
  } catch (error) {
    const said = error instanceof AwsError || error instanceof UserError ? error.message : 'cannot be reached';
    return bad(name, said, 'Give credentials and the region: docs/how-to/connect-aws.md.');
  }
}

async function checkRepository(repository: string, service: string, contexts: Contexts): Promise<Check> {
  const name = `GitHub ${repository}`;
  const context = contexts.create({ service, incident: null, signal: AbortSignal.timeout(PATIENCE) });
  try {
    const { defaultBranch, archived } = await context.github(repository).about();
    if (archived) return warning(name, 'is archived: nothing can be changed in it', 'Name another repository in the target.');
    return good(name, `can be read, default branch ${defaultBranch}`);
  } catch (error) {
    const said = error instanceof GitHubError || error instanceof UserError ? error.message : 'cannot be reached';
    return bad(name, said, 'Give a token or a GitHub App: docs/how-to/connect-github.md.');
  }
}

/** Alarms that nobody can tell are worth a word: a topic or a workflow is named, and nothing listens. */
function checkIntake({ environment, file }: Config): Check[] {
  const targets = Object.values(file.services).flatMap((service) => Object.values(service.targets));
  const topics = targets.filter((target) => 'topic' in target).length;
  const workflows = targets.filter((target) => 'workflow' in target).length;
  if (topics + workflows === 0) return [];
  const name = 'Webhooks';
  if (environment.TOCSIN_INTAKE_PORT === undefined)
    return [warning(name, 'none are taken, although topics or workflows are configured', 'Set TOCSIN_INTAKE_PORT: docs/how-to/receive-alerts.md.')];
  if (workflows > 0 && environment.GITHUB_WEBHOOK_SECRET === undefined)
    return [warning(name, 'those of GitHub are refused: there is no secret', 'Set GITHUB_WEBHOOK_SECRET: docs/how-to/receive-alerts.md.')];
  return [good(name, `taken at port ${environment.TOCSIN_INTAKE_PORT}: ${plural(topics, 'topic')}, ${plural(workflows, 'workflow')}`)];
}

/** Each repository once, with a service that names it. */
function repositoriesOf(services: readonly (readonly [string, ServiceConfig])[]): (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const [id, { targets }] of services) for (const target of Object.values(targets)) for (const one of repositoryIn(target)) found.set(one, id);
  return [...found];
}

function repositoryIn(target: Target): string[] {
  return 'repository' in target && !('workflow' in target) && !('file' in target) ? [target.repository] : [];
}
