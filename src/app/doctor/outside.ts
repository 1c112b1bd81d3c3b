import type { Config } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/schema.ts';
import { UserError } from '../../domain/errors.ts';
import { plural } from '../../lib/plural.ts';
import { AwsError } from '../../ports/aws.ts';
import { GitHubError } from '../../ports/github.ts';
import { isRepository } from '../../ports/targets.ts';
import { BrokerError } from '../../ports/topics.ts';
import { type Contexts, contextsOf } from '../contexts.ts';
import { configuredTopics } from '../kafka.ts';
import { watchedRepositories } from '../missed-deliveries.ts';
import { type WebhookRoute, webhookRoutes } from '../webhook-routes.ts';
import { bad, type Check, good, warning } from './check.ts';
import { metricsOfRunning } from './running.ts';

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
    const missed = await Promise.all(missable(config).map(([repository, id]) => checkMissed(repository, id, contexts)));
    return [...found, ...missed.flat(), ...checkIntake(config), ...(await checkKafka(config)), ...(await checkRefused(config))];
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

/** Repositories whose webhooks are taken. */
function missable({ environment, file }: Config): readonly (readonly [string, string])[] {
  if (environment.TOCSIN_INTAKE_PORT === undefined || environment.GITHUB_WEBHOOK_SECRET === undefined) return [];
  return watchedRepositories(file.services);
}

/** Whether GitHub may be asked to send again what it could not deliver. */
async function checkMissed(repository: string, service: string, contexts: Contexts): Promise<Check[]> {
  const context = contexts.create({ service, incident: null, signal: AbortSignal.timeout(PATIENCE) });
  try {
    if ((await context.github(repository).may('repository_hooks', 'write')) !== 'no') return [];
  } catch {
    // That it cannot be asked at all is said beside it.
    return [];
  }
  return [
    warning(
      `GitHub ${repository}`,
      'deliveries that are missed while Tocsin is away stay missed',
      'Give the token or the App the permission “Webhooks: write”: docs/how-to/connect-github.md.',
    ),
  ];
}

/** Alarms that nobody can tell are worth a word: a topic or a workflow is named, and nothing listens. */
function checkIntake(config: Config): Check[] {
  const { environment, file } = config;
  const targets = Object.values(file.services).flatMap((service) => Object.values(service.targets));
  const topics = targets.filter((target) => 'topic' in target).length;
  const routes = sendersOf(config);
  if ('problem' in routes) return [routes.problem];
  const { senders } = routes;
  const workflows = targets.filter((target) => 'workflow' in target).length;
  if (topics + workflows + senders.length === 0) return [];
  const name = 'Webhooks';
  if (environment.TOCSIN_INTAKE_PORT === undefined)
    return [
      warning(
        name,
        'none are taken, although topics, workflows or webhooks are configured',
        'Set TOCSIN_INTAKE_PORT: docs/how-to/receive-alerts.md.',
      ),
    ];
  const fifo = targets.flatMap((target) => ('topic' in target && target.topic.endsWith('.fifo') ? [target.topic] : []));
  if (fifo.length > 0)
    return [
      bad(
        name,
        `${fifo.join(', ')}: FIFO topics deliver to queues only and not to webhooks`,
        'Publish the alarms to a standard topic, and name that.',
      ),
    ];
  const unset = [...new Set(senders.flatMap((sender) => sender.unset))];
  const closed = senders.filter(({ sender }) => sender === null).map(({ path }) => path);
  if (unset.length > 0)
    return [
      bad(
        name,
        `those to ${closed.join(', ')} are refused: ${unset.join(', ')} is not set`,
        'Set the variable to the secret that the sender has too.',
      ),
    ];
  if (workflows > 0 && environment.GITHUB_WEBHOOK_SECRET === undefined)
    return [warning(name, 'those of GitHub are refused: there is no secret', 'Set GITHUB_WEBHOOK_SECRET: docs/how-to/receive-alerts.md.')];
  const counted = [plural(topics, 'topic'), plural(workflows, 'workflow'), ...senders.map(({ path }) => path)];
  return [good(name, `taken at port ${environment.TOCSIN_INTAKE_PORT}: ${counted.join(', ')}`)];
}

/** Whether the broker answers with the client that the bot reads with, and has the topics. */
async function checkKafka(config: Config): Promise<Check[]> {
  if (config.file.kafka === undefined) return [];
  const name = 'Kafka';
  try {
    const found = await configuredTopics(config).about();
    return [good(name, found.map(({ topic, partitions }) => `${topic} (${plural(partitions, 'partition')})`).join(', '))];
  } catch (error) {
    const said = error instanceof BrokerError ? error.message : 'cannot be asked';
    return [bad(name, said, 'Correct `kafka` in tocsin.yml: docs/how-to/receive-alerts.md.')];
  }
}

/** The configured senders, or what is wrong with a mapping. */
function sendersOf(config: Config): { readonly senders: readonly WebhookRoute[] } | { readonly problem: Check } {
  try {
    return { senders: webhookRoutes(config) };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return { problem: bad('Webhooks', says, 'Correct the expression; `tocsin alert try` shows what a mapping makes of a body.') };
  }
}

/** What the running bot has turned away since its start, and what to change there; nothing where none runs here. */
async function checkRefused({ environment }: Config): Promise<Check[]> {
  const metrics = await metricsOfRunning(environment);
  if (metrics === null) return [];
  return Object.entries(REFUSED).flatMap(([reason, [says, advice]]) => {
    const count = Number(new RegExp(`^tocsin_rejected_payloads_total\\{reason="${reason}"\\} (\\d+)`, 'm').exec(metrics)?.[1] ?? 0);
    return count === 0 ? [] : [warning('Refused messages', `${plural(count, 'message')} since the bot started: ${says}`, advice)];
  });
}

/** Refusals that somebody has to change something for, by their reasons. */
const REFUSED: Readonly<Record<string, readonly [string, string]>> = {
  'raw-delivery': ['a subscription to /sns has raw message delivery on', 'Set RawMessageDelivery to false: aws sns set-subscription-attributes.'],
  'fifo-topic': ['they came from a FIFO topic', 'Publish the alarms to a standard topic.'],
  'unreadable-message': ['a topic of Kafka has messages that are no guard trips', 'Look at who writes to it; the log has their places.'],
  'not-configured': ['the variable with the sender’s secret is not set', 'Set it, and start the bot again.'],
};

/** Each repository once, with a service that names it. */
function repositoriesOf(services: readonly (readonly [string, ServiceConfig])[]): (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const [id, { targets }] of services) for (const target of Object.values(targets)) if (isRepository(target)) found.set(target.repository, id);
  return [...found];
}
