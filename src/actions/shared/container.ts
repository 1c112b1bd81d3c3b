import { UserError } from '../../domain/errors.ts';
import type { ActionContext } from '../../ports/action.ts';
import { ClusterError } from '../../ports/cluster.ts';
import { type PickedPod, pickPod } from './pods.ts';

/** A container to run commands in; what `pickPod` picks is one. `label` is for people: `deployment/aureus-frontend`. */
export type Place = Pick<PickedPod, 'cluster' | 'pod' | 'container' | 'label'>;

/** Where to run, or in one sentence why nowhere. */
export type Located = { readonly found: true; readonly place: PickedPod } | { readonly found: false; readonly why: string };

/** What a command did. Texts are UTF-8. `ms` is its time as seen from here. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
  readonly ms: number;
}

interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** 30 s unless told. */
  readonly timeoutMs?: number;
  /** 1 MiB unless told. */
  readonly maxBytes?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** What is not there, as opposed to what cannot be asked. */
const MISSING = new Set(['target-missing', 'no-ready-pod', 'container-missing']);

/** A ready container of a workload target. What is missing is an answer for a reading, not an error. @throws ClusterError, UserError for a wrong configuration */
export async function locate(context: ActionContext, target: string): Promise<Located> {
  try {
    return { found: true, place: await pickPod(context, target) };
  } catch (error) {
    if (error instanceof UserError && MISSING.has(error.code)) return { found: false, why: error.message };
    throw error;
  }
}

/**
 * Runs a command by argv, never a shell. `null` when the container has no such program.
 * @throws ClusterError as the cluster's exec does, except for a missing program.
 */
export async function run(place: Place, argv: readonly string[], options: RunOptions = {}): Promise<Ran | null> {
  try {
    const result = await place.cluster.exec({
      pod: place.pod.metadata.name,
      container: place.container,
      argv,
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
    });
    return {
      exitCode: result.exitCode,
      stdout: Buffer.from(result.stdout).toString('utf8'),
      stderr: Buffer.from(result.stderr).toString('utf8'),
      bytes: result.stdout,
      truncated: result.truncated,
      ms: result.ms,
    };
  } catch (error) {
    if (error instanceof ClusterError && error.reason === 'exec-failed' && MISSING_PROGRAM.test(error.message)) return null;
    throw error;
  }
}

const MISSING_PROGRAM = /\bhas no \S+\.$|executable file not found|no such file/i;

/** Runs a program that must be there. @throws UserError `tool-missing`, ClusterError */
export async function mustRun(place: Place, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const ran = await run(place, argv, options);
  if (ran !== null) return ran;
  throw new UserError('tool-missing', `${sayContainer(place)} has no ${argv[0]}. Add it to the image, or do this by hand.`);
}

/** `Container frontend of deployment/aureus-frontend` */
export function sayContainer(place: Place): string {
  return `Container ${place.container} of ${place.label}`;
}
