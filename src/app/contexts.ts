import { closeAws, openAws } from '../adapters/aws/index.ts';
import { openGitHub } from '../adapters/github/index.ts';
import { requestHttp } from '../adapters/http/request.ts';
import { type Kubernetes, openKubernetes } from '../adapters/kubernetes/index.ts';
import { openThreads } from '../adapters/threads/pool.ts';
import type { Config } from '../config/load.ts';
import type { Environment, ServiceConfig } from '../config/schema.ts';
import { UserError } from '../domain/errors.ts';
import type { ContextOptions, StepContext } from '../engine/runbooks/deps.ts';
import { createRedactor } from '../evidence/redaction/redact.ts';
import { REDACT, REDACT_ALL } from '../evidence/redaction/redact-apart.ts';
import { own } from '../lib/own.ts';
import { nearest } from '../lib/suggest.ts';
import type { IncidentEntry, PastIncident } from '../ports/action.ts';
import { kindOf, type Target, type TargetKind, type TargetKinds } from '../ports/targets.ts';
import { openBucketAt } from './evidence-store.ts';

export interface ContextsDeps {
  readonly serviceOf: (id: string) => ServiceConfig | null;
  readonly environment: Environment;
  /** The environment's variables that the configuration may name (`token_env`, `url_env`). */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What must never be said, besides what a step hides itself. */
  readonly secrets: readonly string[];
  readonly now: () => Promise<number>;
  /** A service's newest incidents that everybody may know of. */
  readonly incidentsOf?: (service: string) => Promise<readonly PastIncident[]>;
  /** An incident as an entry of a log of incidents. */
  readonly entryOf?: (incident: string, without: string) => Promise<IncidentEntry | null>;
}

export interface Contexts {
  create(options: ContextOptions): StepContext;
  /** The cluster of a service's guards. */
  close(): void;
}

/** The contexts of a configuration, for a bot and for commands that need none. */
export function contextsOf(
  { file, environment, variables }: Config,
  more: Partial<Pick<ContextsDeps, 'secrets' | 'now' | 'incidentsOf' | 'entryOf'>> = {},
): Contexts {
  return createContexts({ serviceOf: (id) => file.services[id] ?? null, environment, variables, secrets: [], now: async () => Date.now(), ...more });
}

/** What steps work with: a service's targets, its clusters, HTTP and buckets, each over the production adapters. */
export function createContexts(deps: ContextsDeps): Contexts {
  const clusters = new Map<string, Kubernetes>();
  const threads = openThreads();

  function kubernetes(context: string | undefined): Kubernetes {
    const key = context ?? '';
    const known = clusters.get(key);
    if (known !== undefined) return known;
    const { KUBECONFIG } = deps.environment;
    const opened = openKubernetes({
      kubeconfig: KUBECONFIG === undefined ? 'default' : { file: KUBECONFIG },
      ...(context === undefined ? {} : { context }),
    });
    clusters.set(key, opened);
    return opened;
  }

  return {
    create({ service: id, incident, signal, newerThan, mendedAt, say }) {
      const service = deps.serviceOf(id);
      if (service === null) throw new UserError('unknown-service', `The service ${id} is no longer configured.`);
      const hidden: string[] = [];
      // Prepared once for what is hidden so far, and not for each text.
      let prepared = { hidden: -1, redactor: createRedactor([]) };
      const redactor = () => {
        if (prepared.hidden !== hidden.length) prepared = { hidden: hidden.length, redactor: createRedactor([...deps.secrets, ...hidden]) };
        return prepared.redactor;
      };
      return {
        service: id,
        incident,
        signal,
        newerThan: newerThan ?? null,
        mendedAt: mendedAt ?? null,
        target: (name, kind) => targetOf(id, service.targets, name, kind),
        targetNames: (kind) =>
          Object.entries(service.targets)
            .filter(([, target]) => kindOf(target) === kind)
            .map(([name]) => name),
        cluster(place) {
          const configured = service.kubernetes;
          const namespace = place?.namespace ?? configured?.namespace;
          if (namespace === undefined) {
            throw new UserError(
              'no-cluster',
              `The service ${id} has no cluster. Set services.${id}.kubernetes.namespace in tocsin.yml: docs/how-to/connect-a-cluster.md.`,
            );
          }
          return kubernetes(place?.context ?? configured?.context).cluster(namespace, signal);
        },
        aws: (region) => openAws({ region: region ?? service.aws?.region, environment: deps.environment, service: id, signal }),
        github: (repository) => openGitHub({ repository, environment: deps.environment, signal }),
        http: (url, request) => requestHttp(url, request, signal),
        secret(name) {
          const value = own(deps.variables, name);
          if (value === undefined || value === '')
            throw new UserError('secret-missing', `The environment variable ${name} is not set. Ask whoever runs Tocsin to set it.`);
          hidden.push(value);
          return value;
        },
        async bucket(name) {
          return openBucketAt(targetOf(id, service.targets, name, 'bucket'), deps.environment);
        },
        threads,
        incidents: async () => ((await deps.incidentsOf?.(id)) ?? []).filter((one) => one.id !== incident),
        entry: async (without) => (incident === null ? null : ((await deps.entryOf?.(incident, without)) ?? null)),
        now: deps.now,
        say: say ?? (() => undefined),
        hide(value) {
          hidden.push(value);
        },
        redact: (text) => redactor().redactText(text).value,
        redactAll: (value) => threads.run(REDACT_ALL, { value, secrets: [...deps.secrets, ...hidden] }, signal),
        redactLong: (text) => threads.run(REDACT, { text, secrets: [...deps.secrets, ...hidden] }, signal),
      };
    },
    close() {
      for (const one of clusters.values()) one.close();
      closeAws();
      threads.close();
    },
  };
}

function targetOf<K extends TargetKind>(service: string, targets: Readonly<Record<string, Target>>, name: string, kind: K): TargetKinds[K] {
  const target = own(targets, name);
  if (target === undefined) {
    const near = nearest(name, Object.keys(targets));
    throw new UserError(
      'unknown-target',
      `The service ${service} has no target “${name}”${near === null ? '.' : `; did you mean “${near}”?`} Set services.${service}.targets.${name} in tocsin.yml.`,
    );
  }
  if (kindOf(target) === 'absent') throw new UserError('target-absent', `There is no ${name} here: tocsin.yml declares it absent.`);
  if (kindOf(target) !== kind)
    throw new UserError('wrong-target', `The target “${name}” of ${service} is a ${kindOf(target)}, but a ${kind} is needed.`);
  return target as unknown as TargetKinds[K];
}
