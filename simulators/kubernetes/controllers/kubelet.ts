import { timestamp } from '../clock.ts';
import type { Cluster } from '../cluster.ts';
import { ContainerConfigError, type Machine } from '../containers/machine.ts';
import type { Claim, Container, ContainerStatus, Pod, PodStatus } from '../kinds.ts';
import { ownerOf, withCondition } from './owned.ts';

/** How long things take in the simulated cluster, in ms. */
const SCHEDULE = 100;
const PULL = 500;
const READY = 600;
const CRASH = 300;
const SHUTDOWN = 700;
const JOB_RUN = 1_000;
const FIRST_BACKOFF = 10_000;
const LAST_BACKOFF = 300_000;

interface Timing {
  seen: number;
  scheduled?: number;
  started?: number;
  /** When a crashed container may start again. */
  restartAt?: number;
  backoff: number;
  deleted?: number;
}

/** What the scheduler and the kubelets do: pods are placed, started, probed, restarted and stopped. */
export class Kubelet {
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  readonly #timing = new Map<string, Timing>();
  #addresses = 10;

  constructor(cluster: Cluster, machine: Machine) {
    this.#cluster = cluster;
    this.#machine = machine;
  }

  tick(): void {
    const now = this.#cluster.clock.now();
    const pods = this.#cluster.store.list<Pod>('pods');
    for (const pod of pods) this.#step(pod, now);
    const alive = new Set(pods.map((pod) => pod.metadata.uid));
    for (const uid of this.#timing.keys()) if (!alive.has(uid)) this.#timing.delete(uid);
  }

  #step(pod: Pod, now: number): void {
    const timing = this.#timing.get(pod.metadata.uid) ?? { seen: now, backoff: FIRST_BACKOFF };
    this.#timing.set(pod.metadata.uid, timing);
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminate(pod, timing, now);
    else if (pod.spec.nodeName === undefined) this.#schedule(pod, timing, now);
    else if (pod.status.phase === 'Pending') this.#start(pod, timing, now);
    else if (pod.status.phase === 'Running') this.#run(pod, timing, now);
  }

  #terminate(pod: Pod, timing: Timing, now: number): void {
    if (timing.deleted === undefined) {
      timing.deleted = now;
      const running = pod.status.phase === 'Running';
      for (const container of pod.spec.containers)
        if (running) this.#event(pod, 'Normal', 'Killing', `Stopping container ${container.name}`, container);
      this.#status(pod, (status) => {
        status.conditions = withCondition(status.conditions, { type: 'Ready', status: 'False', reason: 'ContainersNotReady' }, this.#cluster.time);
        for (const each of status.containerStatuses ?? []) each.ready = false;
      });
    }
    if (now - timing.deleted < Math.min(SHUTDOWN, (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000)) return;
    for (const container of pod.spec.containers) this.#machine.stop(pod, container.name);
    this.#machine.forget(pod);
    this.#cluster.store.remove('pods', pod);
  }

  #schedule(pod: Pod, timing: Timing, now: number): void {
    if (now - timing.seen < SCHEDULE) return;
    const pending = (pod.spec.volumes ?? []).find((volume) => {
      const claim = volume.persistentVolumeClaim?.claimName;
      return claim !== undefined && this.#cluster.store.get<Claim>('persistentvolumeclaims', pod.metadata.namespace, claim)?.status.phase !== 'Bound';
    });
    if (pending !== undefined) {
      const message = `0/3 nodes are available: persistentvolumeclaim "${pending.persistentVolumeClaim?.claimName}" not found. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.`;
      this.#status(pod, (status) => {
        status.conditions = withCondition(
          status.conditions,
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
          this.#cluster.time,
        );
      });
      this.#cluster.event({ about: pod, type: 'Warning', reason: 'FailedScheduling', message, component: 'default-scheduler' });
      return;
    }
    const node = this.#freest();
    if (node === undefined) return;
    timing.scheduled = now;
    this.#cluster.store.change<Pod>('pods', pod, (draft) => {
      draft.spec.nodeName = node;
      draft.status = { ...draft.status, startTime: timestamp(now), hostIP: `10.0.0.${node.at(-1) ?? '1'}` };
      draft.status.conditions = withCondition(draft.status.conditions, { type: 'PodScheduled', status: 'True' }, this.#cluster.time);
      draft.status.conditions = withCondition(draft.status.conditions, { type: 'Initialized', status: 'True' }, this.#cluster.time);
      for (const type of ['Ready', 'ContainersReady']) {
        const message = `containers with unready status: [${draft.spec.containers.map((container) => container.name).join(' ')}]`;
        draft.status.conditions = withCondition(
          draft.status.conditions,
          { type, status: 'False', reason: 'ContainersNotReady', message },
          this.#cluster.time,
        );
      }
      draft.status.containerStatuses = draft.spec.containers.map((container) => blank(container, { waiting: { reason: 'ContainerCreating' } }));
    });
    const place = `${pod.metadata.namespace}/${pod.metadata.name}`;
    this.#cluster.event({ about: pod, reason: 'Scheduled', message: `Successfully assigned ${place} to ${node}`, component: 'default-scheduler' });
  }

  #freest(): string | undefined {
    const pods = this.#cluster.store.list<Pod>('pods');
    const load = (node: string): number => pods.filter((pod) => pod.spec.nodeName === node).length;
    const nodes = this.#cluster.store
      .list<Pod>('nodes')
      .filter((node) => (node.spec as { unschedulable?: boolean } | undefined)?.unschedulable !== true);
    return nodes.map((node) => node.metadata.name).sort((a, b) => load(a) - load(b) || a.localeCompare(b))[0];
  }

  #start(pod: Pod, timing: Timing, now: number): void {
    if (now - (timing.scheduled ?? timing.seen) < PULL) return;
    try {
      for (const container of pod.spec.containers) this.#machine.check(pod, container);
    } catch (error) {
      if (!(error instanceof ContainerConfigError)) throw error;
      this.#status(pod, (status) => {
        for (const each of status.containerStatuses ?? []) each.state = { waiting: { reason: 'CreateContainerConfigError', message: error.message } };
      });
      this.#event(pod, 'Warning', 'Failed', `Error: ${error.message}`, pod.spec.containers[0]);
      return;
    }
    timing.started = now;
    this.#addresses += 1;
    const ip = `10.244.${Math.floor(this.#addresses / 250)}.${this.#addresses % 250}`;
    this.#cluster.store.change<Pod>('pods', pod, (draft) => {
      draft.status.phase = 'Running';
      draft.status.podIP = ip;
      draft.status.podIPs = [{ ip }];
      draft.status.containerStatuses = draft.spec.containers.map((container) => running(blank(container, {}), now));
    });
    for (const container of pod.spec.containers) this.#launch(pod, container, true);
  }

  #launch(pod: Pod, container: Container, first: boolean): void {
    if (first) this.#event(pod, 'Normal', 'Pulled', `Container image "${container.image}" already present on machine`, container);
    this.#event(pod, 'Normal', 'Created', `Created container: ${container.name}`, container);
    this.#event(pod, 'Normal', 'Started', `Started container ${container.name}`, container);
    this.#machine.start(pod, container);
  }

  #run(pod: Pod, timing: Timing, now: number): void {
    if (timing.restartAt !== undefined) {
      if (now < timing.restartAt) return;
      this.#restart(pod, timing, now);
      return;
    }
    const since = now - (timing.started ?? now);
    for (const container of pod.spec.containers) {
      this.#machine.tick(pod, container);
      const health = this.#machine.health(pod, container);
      const job = ownerOf(pod)?.kind === 'Job';
      if ('exit' in health) {
        if (since >= CRASH)
          this.#end(pod, container, timing, now, health.exit, health.reason ?? (health.exit === 0 ? 'Completed' : 'Error'), health.lines ?? []);
        return;
      }
      if (job && this.#machine.program(pod.metadata.namespace ?? '', container) === undefined) {
        if (since >= JOB_RUN) this.#end(pod, container, timing, now, 0, 'Completed', []);
        return;
      }
    }
    const ready = since >= READY && pod.spec.containers.every((container) => this.#isReady(pod, container));
    if (since >= READY) timing.backoff = since > 600_000 ? FIRST_BACKOFF : timing.backoff;
    this.#markReady(pod, ready, since >= READY);
  }

  #isReady(pod: Pod, container: Container): boolean {
    const health = this.#machine.health(pod, container);
    return 'ready' in health && health.ready;
  }

  #markReady(pod: Pod, ready: boolean, probed: boolean): void {
    const status = ready ? 'True' : 'False';
    const was = pod.status.conditions?.find((each) => each.type === 'Ready')?.status;
    if (was === status && (!ready || pod.status.containerStatuses?.every((each) => each.ready) === true)) {
      if (!ready && probed) this.#unready(pod);
      return;
    }
    if (!ready && probed) this.#unready(pod);
    this.#status(pod, (draft) => {
      const names = pod.spec.containers.map((container) => container.name).join(' ');
      const why = ready ? {} : { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
      for (const type of ['Ready', 'ContainersReady'])
        draft.conditions = withCondition(draft.conditions, { type, status, ...why }, this.#cluster.time);
      for (const each of draft.containerStatuses ?? []) each.ready = ready;
    });
  }

  #unready(pod: Pod): void {
    const container = pod.spec.containers.find((each) => !this.#isReady(pod, each));
    if (container === undefined) return;
    this.#event(pod, 'Warning', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503', container);
  }

  #end(pod: Pod, container: Container, timing: Timing, now: number, exitCode: number, reason: string, lines: readonly string[]): void {
    const instance = this.#machine.instance(pod, container.name);
    for (const line of lines) instance?.log(line);
    this.#machine.stop(pod, container.name);
    const finishedAt = timestamp(now);
    const policy = pod.spec.restartPolicy ?? 'Always';
    const again = policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
    const message = `back-off ${humanBackoff(timing.backoff)} restarting failed container=${container.name} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
    this.#status(pod, (status) => {
      const entry = status.containerStatuses?.find((each) => each.name === container.name);
      if (entry !== undefined) {
        const startedAt = entry.state.running?.startedAt ?? finishedAt;
        const terminated = { exitCode, reason, startedAt, finishedAt, containerID: entry.containerID ?? '' };
        entry.ready = false;
        entry.started = false;
        entry.state = again ? { waiting: { reason: 'CrashLoopBackOff', message } } : { terminated };
        entry.lastState = again ? { terminated } : {};
      }
      const why =
        exitCode === 0 && !again
          ? { reason: 'PodCompleted' }
          : { reason: 'ContainersNotReady', message: `containers with unready status: [${container.name}]` };
      for (const type of ['Ready', 'ContainersReady'])
        status.conditions = withCondition(status.conditions, { type, status: 'False', ...why }, this.#cluster.time);
      if (!again) status.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    });
    if (!again) return;
    this.#event(
      pod,
      'Warning',
      'BackOff',
      `Back-off restarting failed container ${container.name} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`,
      container,
    );
    timing.restartAt = now + timing.backoff;
    timing.backoff = Math.min(timing.backoff * 2, LAST_BACKOFF);
  }

  #restart(pod: Pod, timing: Timing, now: number): void {
    delete timing.restartAt;
    timing.started = now;
    for (const container of pod.spec.containers) {
      if (this.#machine.instance(pod, container.name) !== undefined) continue;
      this.#status(pod, (status) => {
        const entry = status.containerStatuses?.find((each) => each.name === container.name);
        if (entry === undefined) return;
        const { lastState, restartCount } = entry;
        Object.assign(entry, running(blank(container, {}), now), { restartCount: restartCount + 1, lastState });
      });
      this.#launch(pod, container, true);
    }
  }

  #status(pod: Pod, edit: (status: PodStatus) => void): void {
    this.#cluster.store.change<Pod>('pods', pod, (draft) => edit(draft.status));
  }

  #event(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container: Container | undefined): void {
    const fieldPath = container === undefined ? {} : { fieldPath: `spec.containers{${container.name}}` };
    this.#cluster.event({
      about: pod,
      type,
      reason,
      message,
      component: 'kubelet',
      ...(pod.spec.nodeName === undefined ? {} : { host: pod.spec.nodeName }),
      ...fieldPath,
    });
  }
}

function humanBackoff(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

function blank(container: Container, state: ContainerStatus['state']): ContainerStatus {
  return { name: container.name, image: container.image, imageID: '', ready: false, started: false, restartCount: 0, state, lastState: {} };
}

function running(status: ContainerStatus, now: number): ContainerStatus {
  return {
    ...status,
    started: true,
    imageID: `docker.io/${status.image}@sha256:simulated`,
    containerID: `containerd://${status.name}-${now}`,
    state: { running: { startedAt: timestamp(now) } },
  };
}
