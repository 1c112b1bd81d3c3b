import { describe, expect, test } from '@jest/globals';
import { type Entry, entriesOf, envPatch, sameEntries, shownEntries } from '../../../src/actions/k8s/env-entries.ts';
import { guardFor, guardName } from '../../../src/actions/k8s/guard.ts';
import { ageSeconds, sayAge } from '../../../src/actions/k8s/moments.ts';
import { near } from '../../../src/actions/k8s/near.ts';
import { problemsOf } from '../../../src/actions/k8s/pods.ts';
import { bytes, millicores, sayBytes } from '../../../src/actions/k8s/quantity.ts';
import { earlierRevision, isLeftBehind, type Revision } from '../../../src/actions/k8s/revisions.ts';
import { selectorText, selects } from '../../../src/actions/k8s/selectors.ts';
import { podSchema, templateSchema, workloadSchema } from '../../../src/actions/k8s/shapes.ts';
import { progressOf } from '../../../src/actions/k8s/state.ts';
import { ACTIONS, actionNamed } from '../../../src/actions/registry.ts';
import { diffObjects, diffText, isSecretName, shownValue } from '../../../src/actions/shared/diff.ts';
import { digestOf } from '../../../src/actions/shared/digest.ts';
import { isReady, reasonOf } from '../../../src/actions/shared/pods.ts';
import type { KubeObject } from '../../../src/ports/cluster.ts';

describe('digest', () => {
  test('does not depend on the order of keys, and on everything else', () => {
    expect(digestOf({ a: 1, b: [1, 2] })).toBe(digestOf({ b: [1, 2], a: 1 }));
    expect(digestOf({ a: 1, b: [1, 2] })).not.toBe(digestOf({ a: 1, b: [2, 1] }));
    expect(digestOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
  });

  test('refuses what canonical JSON would drop in silence', () => {
    expect(() => digestOf({ a: undefined })).toThrow(/\$\.a is undefined/);
    expect(() => digestOf([Number.NaN])).toThrow(/\$\[0\]/);
    expect(() => digestOf({ at: new Date(0) })).toThrow(/\$\.at/);
  });
});

describe('diff', () => {
  test('shows what changed with lines around it', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni\n';
    expect(diffText(before, before.replace('e', 'E'), 2)).toBe('  c\n  d\n- e\n+ E\n  f\n  g');
    expect(diffText(before, before.replace('b\n', '').replace('i', 'i\nj'), 1)).toBe('  a\n- b\n  c\n  ...\n  i\n+ j');
  });

  test('is empty when nothing changed, and whole when all is new', () => {
    expect(diffText('a\nb', 'a\nb')).toBe('');
    expect(diffObjects(null, { a: 1 })).toBe('+ a: 1');
    expect(diffObjects({ a: 1, same: [1] }, { a: 2, same: [1] })).toBe('- a: 1\n+ a: 2\n  same:\n    - 1');
  });

  test('does not choke on large texts', () => {
    const many = (mark: string): string => Array.from({ length: 5000 }, (_, index) => `${mark}${index}`).join('\n');
    expect(diffText(many('a'), many('b')).split('\n')).toHaveLength(10_000);
  });

  test('hides what is secret by its name or inside of an address', () => {
    expect(isSecretName('REDIS_PASSWORD') && isSecretName('api_key') && isSecretName('SessionToken')).toBe(true);
    expect(isSecretName('POLICY_BYPASS_MODE')).toBe(false);
    expect(shownValue('SECRET_KEY', 'x')).toBe('(hidden)');
    expect(shownValue('SECRET_KEY', '')).toBe('');
    expect(shownValue('DATABASE_URL', 'postgres://sark:hunter2@db:5432/x')).toBe('postgres://sark:(hidden)@db:5432/x');
    expect(shownValue('UPSTREAM', 'http://opa:8181/a@b')).toBe('http://opa:8181/a@b');
  });
});

describe('entries of env', () => {
  const template = templateSchema.parse({
    spec: {
      containers: [
        {
          name: 'main',
          env: [
            { name: 'B', value: '2' },
            { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
            { name: 'TWICE' },
            { name: 'TWICE' },
            { name: 'EMPTY' },
          ],
        },
      ],
    },
  });

  test('are exact, by name, and null where absent', () => {
    expect(entriesOf(template, 'main', ['C', 'B', 'A', 'EMPTY'])).toEqual([
      { name: 'A', entry: { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } } },
      { name: 'B', entry: { name: 'B', value: '2' } },
      { name: 'C', entry: null },
      { name: 'EMPTY', entry: { name: 'EMPTY', value: '' } },
    ]);
    expect(() => entriesOf(template, 'main', ['TWICE'])).toThrow(/TWICE 2 times/);
  });

  test('a patch names every other source as null, so that merging leaves nothing behind', () => {
    const entries: readonly Entry[] = [
      { name: 'A', entry: { name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } } },
      { name: 'B', entry: { name: 'B', value: '' } },
      { name: 'C', entry: null },
    ];
    expect(envPatch('main', entries)).toEqual({
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: 'main',
                env: [
                  {
                    name: 'A',
                    value: null,
                    valueFrom: {
                      configMapKeyRef: null,
                      fieldRef: null,
                      resourceFieldRef: null,
                      fileKeyRef: null,
                      secretKeyRef: { optional: null, name: 's', key: 'k' },
                    },
                  },
                  { name: 'B', value: '', valueFrom: null },
                  { name: 'C', $patch: 'delete' },
                ],
              },
            ],
          },
        },
      },
    });
  });

  test('are compared by what they say', () => {
    expect(sameEntries([{ name: 'A', entry: { name: 'A', value: '1' } }], [{ name: 'A', entry: { value: '1', name: 'A' } }])).toBe(true);
    expect(sameEntries([{ name: 'A', entry: null }], [{ name: 'A', entry: { name: 'A', value: '' } }])).toBe(false);
  });

  test('show that a hidden value changed without showing either', () => {
    const of = (value: string): readonly Entry[] => [{ name: 'TOKEN', entry: { name: 'TOKEN', value } }];
    expect(shownEntries(of('new'), of('old'))).toEqual([{ name: 'TOKEN', value: '(hidden) (another value)' }]);
    expect(shownEntries(of('old'), of('old'))).toEqual([{ name: 'TOKEN', value: '(hidden)' }]);
  });
});

describe('selectors', () => {
  const selector = {
    matchLabels: { app: 'opa' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'old', operator: 'DoesNotExist', values: [] },
      { key: 'zone', operator: 'NotIn', values: ['x'] },
      { key: 'team', operator: 'Exists', values: [] },
    ],
  };

  test('are written as the query takes them', () => {
    expect(selectorText(selector)).toBe('app=opa,tier in (a,b),!old,zone notin (x),team');
  });

  test('fit or do not', () => {
    expect(selects(selector, { app: 'opa', tier: 'a', team: '' })).toBe(true);
    for (const labels of [
      { app: 'opa', tier: 'c', team: '' },
      { app: 'opa', tier: 'a' },
      { app: 'opa', tier: 'a', team: '', old: '1' },
      { tier: 'a', team: '' },
    ]) {
      expect(selects(selector, labels)).toBe(false);
    }
    expect(selects({ matchLabels: {}, matchExpressions: [] }, { any: 'thing' })).toBe(true);
  });
});

describe('what is near', () => {
  const objects = ['aureus-frontend', 'aureus-worker', 'billing'].map(
    (name): KubeObject => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, uid: name, resourceVersion: '1', labels: { component: name === 'billing' ? 'postgres' : 'x' } },
    }),
  );

  test('shares words, labels or spelling', () => {
    expect(near('frontend', objects)).toEqual(['deployment/aureus-frontend']);
    expect(near('aureus-fronted', objects)[0]).toBe('deployment/aureus-frontend');
    expect(near('aureus-postgres', objects)).toContain('deployment/billing');
    expect(near('zzz', objects)).toEqual([]);
  });

  test('the same name of another kind comes first', () => {
    const other = {
      ...(objects[0] as KubeObject),
      kind: 'StatefulSet',
      metadata: { name: 'frontend', uid: 'x', resourceVersion: '1' },
    } as KubeObject;
    expect(near('frontend', [...objects, other])[0]).toBe('statefulset/frontend');
  });
});

describe('quantities and ages', () => {
  test.each([
    ['100Gi', 100 * 1024 ** 3],
    ['1.5Gi', 1.5 * 1024 ** 3],
    ['2e3', 2000],
    ['12E', 12e18],
    ['1', 1],
  ])('%s', (text, expected) => expect(bytes(text)).toBe(expected));

  test('CPU in millicores', () => {
    expect(['250m', '1', '0.5', '1500000n', '3u'].map(millicores)).toEqual([250, 1000, 500, 2, 0]);
  });

  test('what is none is null', () => {
    expect(['', 'Gi', '1Zi', '-1', '1 Gi'].map(bytes)).toEqual([null, null, null, null, null]);
  });

  test('for people', () => {
    expect([0, 1023, 1536, 50 * 1024 ** 3, 400 * 1024 ** 2].map(sayBytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '50 GiB', '400 MiB']);
    expect([5, 65, 3600, 5400, 90_000, 864_000].map(sayAge)).toEqual(['5s', '1m', '1h', '1h30m', '1d1h', '10d']);
    expect(ageSeconds('2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1, 0, 1))).toBe(60);
    expect([ageSeconds('', 0), ageSeconds('2026-01-01T00:00:00Z', 0)]).toEqual([0, 0]);
  });
});

describe('pods', () => {
  const pod = (status: object, metadata: object = {}): ReturnType<typeof podSchema.parse> =>
    podSchema.parse({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', ...metadata }, spec: { containers: [{ name: 'main' }] }, status });
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };

  test('are ready when they run, are ready and are not on their way out', () => {
    expect(isReady(pod(ready))).toBe(true);
    expect(isReady(pod(ready, { deletionTimestamp: '2026-01-01T00:00:00Z' }))).toBe(false);
    expect(isReady(pod({ ...ready, conditions: [{ type: 'Ready', status: 'False' }] }))).toBe(false);
    expect(isReady(pod({ ...ready, phase: 'Pending' }))).toBe(false);
  });

  test('say what is wrong with them', () => {
    const crashing = pod({
      phase: 'Running',
      containerStatuses: [
        { name: 'main', state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } },
      ],
    });
    expect(reasonOf(crashing)).toBe('CrashLoopBackOff');
    expect(problemsOf(crashing)).toEqual(['web-1: main CrashLoopBackOff (OOMKilled, exit code 137)']);
    // On its way out, as after a rollback: it is replaced already.
    const going = podSchema.parse({ ...crashing, metadata: { ...crashing.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(problemsOf(going)).toEqual([]);
    const unscheduled = pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' }] });
    expect(problemsOf(unscheduled)).toEqual(['web-1: cannot be scheduled: 0/3 nodes are available']);
    const survived = pod({
      ...ready,
      containerStatuses: [{ name: 'main', state: { running: {} }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }],
    });
    expect(problemsOf(survived)).toEqual(['web-1: main was out of memory (OOMKilled)']);
    expect(problemsOf(pod(ready))).toEqual([]);
    expect(problemsOf(pod({ phase: 'Failed', reason: 'Evicted' }))).toEqual(['web-1: failed: Evicted']);
    expect(problemsOf(pod({ phase: 'Pending', containerStatuses: [{ name: 'main', state: { waiting: { reason: 'ContainerCreating' } } }] }))).toEqual(
      ['web-1: not ready (ContainerCreating)'],
    );
  });
});

describe('a rollout', () => {
  const progress = (status: object, spec: object = {}, kind = 'Deployment', generation = 2): ReturnType<typeof progressOf> =>
    progressOf(
      workloadSchema.parse({
        apiVersion: 'apps/v1',
        kind,
        metadata: { name: 'web', generation },
        spec: { replicas: 3, selector: {}, template: { spec: {} }, ...spec },
        status: { observedGeneration: 2, ...status },
      }),
    );
  const full = { replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3 };

  test.each([
    ['done', full, {}, true, false, 'all 3 pods are new'],
    ['new pods to come', { ...full, updatedReplicas: 1 }, {}, false, false, '1 of 3 pods are new'],
    ['old ones to go', { ...full, replicas: 4 }, {}, false, false, '1 old pods'],
    ['not available', { ...full, availableReplicas: 2 }, {}, false, false, '2 of 3 new pods are available'],
    [
      'stuck',
      { ...full, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }] },
      {},
      false,
      true,
      'stuck: timed out',
    ],
    ['paused', full, { paused: true }, false, true, 'paused'],
  ])('%s', (_name, status, spec, complete, stuck, message) => {
    expect(progress(status, spec)).toMatchObject({ complete, stuck, message: expect.stringContaining(message) });
  });

  test('a change that its controller has not seen is not done', () => {
    expect(progress(full, {}, 'Deployment', 3).complete).toBe(false);
  });

  test('of the other kinds goes by their own counts', () => {
    expect(progress({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2, numberReady: 2 }, {}, 'DaemonSet')).toMatchObject({
      complete: true,
      desired: 2,
    });
    expect(
      progress(
        { replicas: 3, readyReplicas: 3, updatedReplicas: 1 },
        { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
        'StatefulSet',
      ),
    ).toMatchObject({ complete: false, stuck: true, message: expect.stringContaining('1 of 3 pods are new; its partition (2) keeps the others') });
    expect(progress({ replicas: 3, readyReplicas: 3, updatedReplicas: 0 }, { updateStrategy: { type: 'OnDelete' } }, 'StatefulSet')).toMatchObject({
      complete: false,
      stuck: true,
      message: expect.stringContaining('0 of 3 pods are new'),
    });
    expect(progress({ replicas: 3, readyReplicas: 3, updatedReplicas: 3 }, { updateStrategy: { type: 'OnDelete' } }, 'StatefulSet').complete).toBe(
      true,
    );
    expect(progress({ replicas: 3, readyReplicas: 2, updatedReplicas: 3 }, {}, 'StatefulSet').complete).toBe(false);
  });
});

describe('a guard', () => {
  const request = {
    plan: 'sha256:abc/def',
    step: 1,
    workload: { kind: 'Deployment', name: 'web' },
    namespace: 'aureus',
    snapshot: { container: 'main', entries: [{ name: 'OLD_TOKEN', entry: { name: 'OLD_TOKEN', value: 'hunter2' } }] },
    deadline: Date.UTC(2026, 10, 21, 12, 30, 0),
    now: Date.UTC(2026, 10, 21, 11, 30, 0),
    image: 'kubectl:1',
    serviceAccount: 'guard',
  } as const;
  const spec = (
    guard: ReturnType<typeof guardFor>,
  ): { schedule: string; jobTemplate: { spec: { backoffLimit: number; template: { spec: Record<string, unknown> } } } } & Record<string, unknown> =>
    guard.cronJob['spec'] as never;

  test('acts in the minute of its deadline, once, and goes on until it worked', () => {
    const guard = guardFor(request);
    expect(spec(guard)).toMatchObject({ schedule: '30 12 21 11 *', timeZone: 'Etc/UTC', concurrencyPolicy: 'Forbid' });
    expect(spec(guard)).not.toHaveProperty('startingDeadlineSeconds');
    expect(spec(guard).jobTemplate.spec.backoffLimit).toBeGreaterThan(100);
    expect(guard.actsAt).toBe(request.deadline);
    expect(guard.name.length).toBeLessThanOrEqual(52);
    expect(guard.name).toBe(guardName(request.plan, 1));
    expect(guard.name).not.toBe(guardFor({ ...request, step: 2 }).name);
  });

  test('a deadline that is over or too close is the next minute that a CronJob can still meet', () => {
    expect(guardFor({ ...request, deadline: request.now - 5000 }).actsAt).toBe(request.now + 60_000);
    expect(guardFor({ ...request, deadline: request.now + 1, now: request.now + 45_000 }).actsAt).toBe(request.now + 120_000);
  });

  test('runs kubectl by argv, and keeps the old value in the Secret alone', () => {
    const guard = guardFor(request);
    expect(JSON.stringify(guard.cronJob)).not.toContain('hunter2');
    expect(JSON.stringify(guard.secret)).toContain('hunter2');
    const pod = spec(guard).jobTemplate.spec.template.spec as {
      initContainers: { command: string[] }[];
      containers: { command: string[] }[];
      serviceAccountName: string;
    };
    expect(pod.serviceAccountName).toBe('guard');
    expect(pod.initContainers[0]?.command).toEqual([
      'kubectl',
      '--cache-dir=/tmp/kubectl',
      '--namespace',
      'aureus',
      'patch',
      'deployment',
      'web',
      '--type=strategic',
      '--patch-file=/guard/$(JOB_NAME)/patch.json',
    ]);
    // Kubernetes names the Job by its minute: in another year it looks where nothing is.
    expect(JSON.stringify(pod)).toContain(`"mountPath":"/guard/${guard.name}-${request.deadline / 60_000}"`);
    expect(pod.containers[0]?.command.slice(4)).toEqual(['patch', 'cronjob', guard.name, '--type=merge', '--patch={"spec":{"suspend":true}}']);
  });
});

describe('the registry', () => {
  test('every name is there once and reads family.verb', () => {
    const names = ACTIONS.map((action) => action.name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9]+\.[a-z-]+$/);
    expect(() => actionNamed('k8s.nothing')).toThrow(/no action k8s.nothing/);
  });

  test('what changes something has a way back, or says why not and what to do', () => {
    const changing = ACTIONS.filter((action) => action.effect !== 'read');
    expect(changing.filter(({ revert, oneWay }) => (revert === undefined) !== (oneWay !== undefined)).map(({ name }) => name)).toEqual([]);
  });
});

describe('what a rollback goes back to', () => {
  function revision(number: number, image: string, minute: number, restarted = ''): Revision {
    const template = { metadata: { annotations: { restarted } }, spec: { containers: [{ name: 'main', image }] } };
    const parsed = templateSchema.parse(template);
    const created = `2026-11-21T08:${String(minute).padStart(2, '0')}:00Z`;
    return { revision: number, name: `r${number}`, template, parsed, image, created, changeCause: '', current: false, replicas: 0, ready: 0 };
  }
  const now = (one: Revision, ...others: readonly Revision[]) =>
    [[...others, { ...one, current: true }].sort((a, b) => a.revision - b.revision), one.template] as const;

  test('is older than what runs: what was rolled back from, or put back, is nothing to go to', () => {
    const [good, bad] = [revision(1, 'app:1', 1), revision(2, 'app:2', 2)];
    expect(earlierRevision(...now(bad, good))?.image).toBe('app:1');
    const back = { ...good, revision: 3 };
    expect(earlierRevision(...now(back, bad))).toBeUndefined();
    expect(isLeftBehind(...now(back, bad), bad)).toBe(true);
    expect(isLeftBehind(...now(bad, good), good)).toBe(false);
    expect(earlierRevision(...now(back, bad, revision(0, 'app:0', 0)))?.image).toBe('app:0');
  });

  test('stays so after a restart of what was gone back to', () => {
    const restarted = revision(4, 'app:1', 9, 'yes');
    expect(earlierRevision(...now(restarted, revision(2, 'app:2', 2), revision(3, 'app:1', 1)))).toBeUndefined();
  });
});
