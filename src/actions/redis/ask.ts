import { z } from 'zod';
import { UserError } from '../../domain/errors.ts';
import type { ActionContext, Check } from '../../ports/action.ts';
import type { Right } from '../../ports/cluster.ts';
import { locate, mustRun, type Place, run, sayContainer } from '../shared/container.ts';
import { oneLine } from '../shared/fields.ts';
import { execRights, pickPod } from '../shared/pods.ts';
import { argument, isError, parseInfo } from './replies.ts';

/** A Redis that can be asked. The password is in no argv, message or record. */
export interface Redis {
  readonly place: Place;
  readonly database: number;
  /** Sends commands in one go and returns the lines of their replies: a number or a text is one, a list has one a member. @throws UserError `redis-failed`, ClusterError */
  lines(commands: readonly (readonly string[])[]): Promise<readonly string[]>;
  /** Commands whose replies all are one whole number. @throws UserError `redis-failed`, ClusterError */
  numbers(commands: readonly (readonly string[])[]): Promise<readonly number[]>;
  /** A section of INFO. @throws UserError `redis-failed`, ClusterError */
  info(section: string): Promise<ReadonlyMap<string, string>>;
}

export type Opened = { readonly found: true; readonly redis: Redis } | { readonly found: false; readonly why: string };

/** What a server without a password says to AUTH. */
const NEEDS_NONE = /no password is set|without any password configured/i;

/** For a reading: a missing workload is an answer. @throws UserError `redis-password`, ClusterError */
export async function openRedis(context: ActionContext, name: string): Promise<Opened> {
  const located = await locate(context, context.target(name, 'redis').redis.workload);
  if (!located.found) return located;
  return { found: true, redis: await redisIn(context, name, located.place) };
}

/** For a change. @throws UserError `target-missing` and the like */
export async function mustOpen(context: ActionContext, name: string): Promise<Redis> {
  return await redisIn(context, name, await pickPod(context, context.target(name, 'redis').redis.workload));
}

async function redisIn(context: ActionContext, name: string, place: Place): Promise<Redis> {
  const { database } = context.target(name, 'redis').redis;
  const password = await passwordOf(context, name);
  // AUTH first: with -n redis-cli would select the database before it is let in.
  const greeting = [...(password === null ? [] : [['AUTH', password]]), ...(database === 0 ? [] : [['SELECT', String(database)]])];
  const lines = async (commands: readonly (readonly string[])[]): Promise<readonly string[]> => {
    const sent = [...greeting, ...commands].map((words) => words.map(word).join(' '));
    // Without a terminal redis-cli writes replies as they are, line by line.
    const ran = await mustRun(place, ['redis-cli'], { stdin: `${sent.join('\n')}\n`, maxBytes: 8 * 1024 * 1024 });
    // It ends with exit code 0 also when it cannot connect.
    if (ran.exitCode !== 0 || /^Could not connect/m.test(ran.stderr)) throw failed(place, ran.stderr || ran.stdout);
    return afterGreeting(place, ran.stdout, greeting);
  };
  return {
    place,
    database,
    lines,
    async numbers(commands) {
      const replies = await lines(commands);
      const wrong = replies.find((line) => !/^-?\d+$/.test(line));
      if (wrong !== undefined || replies.length !== commands.length)
        throw failed(place, wrong ?? `${replies.length} replies to ${commands.length} commands`);
      return replies.map(Number);
    },
    async info(section) {
      const replies = await lines([['INFO', section]]);
      if (replies[0] !== undefined && isError(replies[0])) throw failed(place, replies[0]);
      return parseInfo(replies);
    },
  };
}

/** Plain words as they are, so that a command reads as one types it. */
function word(text: string): string {
  return /^[A-Za-z0-9:_*.-]+$/.test(text) ? text : argument(text);
}

/** The lines after the replies to AUTH and SELECT, which each are one line; an error has an empty one behind it. */
function afterGreeting(place: Place, text: string, greeting: readonly (readonly string[])[]): string[] {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  for (const [command] of greeting) {
    const reply = lines.shift() ?? '';
    if (reply === 'OK') continue;
    if (command !== 'AUTH' || !NEEDS_NONE.test(reply)) throw failed(place, reply);
    if (lines[0] === '') lines.shift();
  }
  return lines.filter((line) => line !== '');
}

/** An error for what Redis said. */
export function failed(place: Place, why: string): UserError {
  return new UserError('redis-failed', `Redis in ${place.pod.metadata.name} answered: ${oneLine(why, 300) || 'nothing'}`);
}

const secretData = z.object({ data: z.record(z.string(), z.string()).default({}) });

/** The password out of its Secret, hidden from then on; `null` when none is configured. @throws UserError `redis-password` */
async function passwordOf(context: ActionContext, name: string): Promise<string | null> {
  const { password, workload } = context.target(name, 'redis').redis;
  if (password === undefined) return null;
  const cluster = clusterOf(context, workload);
  const object = await cluster.get({ apiVersion: 'v1', kind: 'Secret', name: password.secret });
  const encoded = object === null ? undefined : secretData.parse(object).data[password.key];
  if (encoded === undefined) {
    const what =
      object === null
        ? `There is no secret/${password.secret} in namespace ${cluster.namespace}`
        : `secret/${password.secret} has no key ${password.key}`;
    throw new UserError('redis-password', `${what}, where the password of ${name} should be. Correct the target in tocsin.yml.`);
  }
  const value = Buffer.from(encoded, 'base64').toString('utf8');
  context.hide(value);
  return value;
}

function clusterOf(context: ActionContext, workload: string): ReturnType<ActionContext['cluster']> {
  const target = context.target(workload, 'workload');
  return context.cluster({ context: target.context, namespace: target.namespace });
}

/** Running redis-cli, and reading the one Secret. */
export function redisRights(context: ActionContext, name: string): Right[] {
  const { password, workload } = context.target(name, 'redis').redis;
  const rights = [...execRights(context, workload)];
  if (password === undefined) return rights;
  return [...rights, { group: '', resource: 'secrets', verbs: ['get'], namespace: clusterOf(context, workload).namespace, name: password.secret }];
}

/** Whether redis-cli is there, the password fits, and whether it is a replica. */
export async function redisPreflight(context: ActionContext, name: string): Promise<Check[]> {
  const { workload } = context.target(name, 'redis').redis;
  const located = await locate(context, workload);
  if (!located.found)
    return [
      { state: 'failure', what: located.why, advice: `Correct target ${workload}. Is Redis a managed service? Then the bot cannot ask it yet.` },
    ];
  const { place } = located;
  if ((await run(place, ['redis-cli', '--version'], { stdin: '' })) === null) {
    return [{ state: 'failure', what: `${sayContainer(place)} has no redis-cli`, advice: 'Add it to the image.' }];
  }
  try {
    const redis = await redisIn(context, name, place);
    const replica = (await redis.info('replication')).get('role') === 'slave';
    if (replica)
      return [
        { state: 'warning', what: `${place.pod.metadata.name} is a replica`, advice: 'It cannot be flushed. Point the target at the primary.' },
      ];
    return [{ state: 'ok', what: `redis-cli in ${place.pod.metadata.name} is let in`, advice: null }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ state: 'failure', what: error.message, advice: 'Check the password in the target.' }];
  }
}
