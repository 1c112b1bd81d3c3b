import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { S3_PERMISSIONS } from '../../src/adapters/evidence/s3-permissions.ts';
import { ACTION_REGISTRY, BUILT_IN } from '../../src/app/built-in.ts';
import { createContexts } from '../../src/app/contexts.ts';
import { iamPolicy } from '../../src/app/policy.ts';
import { parseConfig } from '../../src/config/load.ts';
import { environmentSchema } from '../../src/config/schema.ts';
import type { ContextOptions } from '../../src/engine/runbooks/deps.ts';
import { openCatalogue } from '../../src/engine/runbooks/load/catalogue.ts';
import { permissionsOf } from '../../src/engine/runbooks/rights/rights.ts';
import { PEOPLE_KEY } from '../../src/evidence/layout.ts';
import { rbacManifest } from '../../src/rights/rbac.ts';
import { find, ROOT, read } from './files.ts';
import { metricsIn, ownMetrics } from './metrics.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: object;
}

function statements(path: string): readonly Statement[] {
  return (JSON.parse(read(path)) as { Statement: readonly Statement[] }).Statement;
}

describe('The rights on the evidence bucket', () => {
  test.each(['bot', 'auditor'] as const)('of the %s are exactly what the S3 adapter asks for', (who) => {
    const granted = statements(`deploy/aws/${who}-policy.json`).flatMap(({ Action, Resource, Effect }) => {
      expect(Effect).toBe('Allow');
      return [Action].flat().map((action) => `${action} on ${String(Resource).endsWith('/*') ? 'objects' : 'bucket'}`);
    });
    const needed = S3_PERMISSIONS.filter((permission) => permission.for.includes(who)).map(({ action, on }) => `${action} on ${on}`);
    expect(granted.sort()).toEqual(needed.sort());
  });

  test('include neither deletion nor a bypass, nor a wildcard', () => {
    const text = read('deploy/aws/bot-policy.json') + read('deploy/aws/auditor-policy.json');
    expect(text).not.toMatch(/Delete|Bypass|PutBucket|PutObjectRetention|"s3:\*"/);
  });

  test('the bucket itself only denies: plain connections, and a second write of anything but the names of people', () => {
    const all = statements('deploy/aws/bucket-policy.json');
    expect(all.map(({ Effect }) => Effect)).toEqual(['Deny', 'Deny']);
    expect(all[1]).toMatchObject({
      Action: 's3:PutObject',
      NotResource: [`arn:aws:s3:::example-incident-evidence/${PEOPLE_KEY}`],
      Condition: { Null: { 's3:if-none-match': 'true' } },
    });
  });
});

describe('What Tocsin may do in Amazon Web Services', () => {
  const path = 'deploy/aws/tocsin-policy.json';

  test('is exactly what the steps of the runbooks ask for with the local workspace’s targets', async () => {
    const { runbooks, contexts, file } = await demo();
    const deps = { actions: ACTION_REGISTRY, context: (options: ContextOptions) => contexts.create(options) };
    const policy = iamPolicy(
      permissionsOf(deps, runbooks, (service) => file.services[service]?.targets ?? {}),
      'tocsin',
    );
    contexts.close();
    if (process.env.UPDATE_DOCS === '1') writeFileSync(join(ROOT, path), `${JSON.stringify(policy, null, 2)}\n`);
    expect(JSON.parse(read(path))).toEqual(policy);
  });

  test('has no wildcard but where AWS knows no resource, and deletes nothing for good', () => {
    const all = statements(path);
    const everywhere = all.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(({ Action }) => Action);
    expect(everywhere.sort()).toEqual(['cloudtrail:LookupEvents', 'cloudwatch:ListMetrics']);
    const actions = all.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    expect(actions.filter((action) => /DeleteObjectVersion|Bypass|PutBucket|iam:(?!Get|List|Simulate)/.test(action))).toEqual([]);
  });
});

/** The runbooks as the local workspace has them. */
async function demo() {
  const demoPath = 'demo/tocsin.demo.yml';
  const file = parseConfig(read(demoPath), demoPath);
  const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });
  const contexts = createContexts({
    serviceOf: (id) => file.services[id] ?? null,
    environment: environmentSchema.parse({}),
    variables: {},
    secrets: [],
    now: () => Promise.resolve(0),
  });
  return { file, contexts, runbooks: catalogue.list().filter(({ service }) => file.services[service] !== undefined) };
}

describe('Monitoring', () => {
  const files = ['deploy/prometheus/tocsin.rules.yml', 'deploy/grafana/tocsin.json'];

  test.each(files)('%s names only metrics that exist', async (path) => {
    const known = await ownMetrics();
    expect(metricsIn(read(path)).filter((name) => !known.includes(name))).toEqual([]);
  });

  test('the dashboard shows every metric', async () => {
    expect(metricsIn(read('deploy/grafana/tocsin.json'))).toEqual(await ownMetrics());
  });

  test('every alert says what is wrong and what to do', () => {
    const { groups } = parse(read('deploy/prometheus/tocsin.rules.yml')) as {
      groups: { rules: { alert: string; labels: { severity: string }; annotations: Record<string, string> }[] }[];
    };
    for (const { labels, annotations } of groups.flatMap(({ rules }) => rules)) {
      expect(['critical', 'warning']).toContain(labels.severity);
      expect(Object.keys(annotations)).toEqual(['summary', 'action']);
    }
  });
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { name: string; value: string }[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly volumeMounts: readonly { name: string; mountPath: string; readOnly?: boolean }[];
  readonly securityContext: object;
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface NetworkPolicy {
  readonly podSelector: { readonly matchLabels: object };
  readonly policyTypes: readonly string[];
  readonly ingress: readonly { from: readonly { namespaceSelector?: { matchLabels: object } }[]; ports: readonly { port: number }[] }[];
  readonly egress: readonly { ports: readonly { port: number }[] }[];
}

interface PodSpec {
  readonly securityContext: { readonly runAsUser: number };
  readonly containers: readonly [Container];
  readonly initContainers: readonly Container[];
  readonly volumes: readonly { name: string }[];
}

describe('The Kubernetes manifests', () => {
  const folder = 'deploy/kubernetes';
  const { spec, metadata } = (
    parse(read(`${folder}/deployment.yaml`)) as {
      spec: { selector: object; template: { spec: PodSpec; metadata: { labels: Record<string, string> } } };
    }
  ).spec.template;
  const [container] = spec.containers;
  const known = Object.keys(environmentSchema.shape);

  test('kustomize finds every file, and misses none but the example of secrets and the rights', () => {
    const { resources, configMapGenerator } = parse(read(`${folder}/kustomization.yaml`)) as {
      resources: string[];
      configMapGenerator: { name: string; files: string[] }[];
    };
    const listed = [...resources, ...configMapGenerator.flatMap(({ files }) => files)];
    expect(listed.filter((file) => !existsSync(join(ROOT, folder, file)))).toEqual([]);
    const there = find(`${folder}/*`).map((path) => path.slice(folder.length + 1));
    // rbac.yaml belongs to the clusters of the services, which are somebody's own.
    expect(there.filter((file) => !listed.includes(file))).toEqual(['kustomization.yaml', 'rbac.yaml', 'secret.example.yaml']);
  });

  test('the environment and the secrets name only what Tocsin reads', () => {
    const [secret] = parseAllDocuments(read(`${folder}/secret.example.yaml`)).map(
      (document) => document.toJS() as { stringData: Record<string, string> },
    );
    const names = [...(container.env ?? []).map(({ name }) => name), ...Object.keys(secret?.stringData ?? {})];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(environmentSchema.safeParse(secret?.stringData).success).toBe(true);
  });

  test('the configuration is valid, and lies where TOCSIN_CONFIG says', () => {
    expect('s3' in parseConfig(read(`${folder}/tocsin.yml`), 'tocsin.yml').evidence).toBe(true);
    const path = container.env?.find(({ name }) => name === 'TOCSIN_CONFIG')?.value ?? '';
    expect(container.volumeMounts.find(({ name }) => name === 'config')?.mountPath).toBe(path.replace('/tocsin.yml', ''));
  });

  test('the user and the data directory are those of the Dockerfile', () => {
    const dockerfile = read('Dockerfile');
    expect(dockerfile).toContain(`USER ${spec.securityContext.runAsUser}:`);
    expect(dockerfile).toContain(`TOCSIN_DATA=${container.volumeMounts.find(({ name }) => name === 'data')?.mountPath}`);
  });

  test('nothing may become root, write the image or gain rights', () => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const one of [container, ...spec.initContainers]) {
      expect(one.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    }
  });

  test('probes ask what the bot answers, and a lost database restarts nothing', () => {
    expect(container.ports?.find(({ name }) => name === 'ops')?.containerPort).toBe(environmentSchema.shape.TOCSIN_OPS_PORT.parse(undefined));
    expect(container.startupProbe?.httpGet).toEqual({ path: '/readyz', port: 'ops' });
    expect(container.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'ops' });
    expect(container.livenessProbe?.httpGet).toEqual({ path: '/healthz', port: 'ops' });
  });

  test('the ports are reached from outside of the pod, in the image too', () => {
    const hosts = ['TOCSIN_SLACK_HOST', 'TOCSIN_INTAKE_HOST', 'TOCSIN_OPS_HOST'];
    for (const name of hosts) {
      expect(container.env?.find((one) => one.name === name)?.value).toBe('0.0.0.0');
      expect(read('Dockerfile')).toContain(`${name}=0.0.0.0`);
    }
  });

  test('the network policy lets in the ingress controller and Prometheus only, each to its own port, and lets out what the bot needs', () => {
    const policy = (parse(read(`${folder}/network-policy.yaml`)) as { spec: NetworkPolicy }).spec;
    expect(metadata.labels).toMatchObject(policy.podSelector.matchLabels);
    expect(policy.policyTypes).toEqual(['Ingress', 'Egress']);
    const port = (name: string) => container.ports?.find((one) => one.name === name)?.containerPort;
    expect(policy.ingress.map(({ from, ports }) => [from.length, ports.map((one) => one.port)])).toEqual([
      [1, [port('slack'), 3_100]],
      [1, [port('ops')]],
    ]);
    for (const { from } of policy.ingress)
      expect(Object.keys(from[0]?.namespaceSelector?.matchLabels ?? {})).toEqual(['kubernetes.io/metadata.name']);
    expect(policy.egress.flatMap(({ ports }) => ports.map((one) => one.port))).toEqual([53, 53, 443, 6_443, 5_432]);
    expect(read('docs/how-to/receive-alerts.md')).toContain('TOCSIN_INTAKE_PORT=3100');
  });

  test('every mount has its volume, and selectors find the pods', () => {
    const volumes = spec.volumes.map(({ name }) => name);
    const mounts = [container, ...spec.initContainers].flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    expect(mounts.filter((name) => !volumes.includes(name))).toEqual([]);
    const selectors = ['service.yaml', 'pod-disruption-budget.yaml'].map(
      (file) => (parse(read(`${folder}/${file}`)) as { spec: { selector: { matchLabels?: Record<string, string> } } }).spec.selector,
    );
    for (const selector of selectors) expect(metadata.labels).toMatchObject(selector.matchLabels ?? selector);
  });
});

describe('The rights in a cluster', () => {
  const path = 'deploy/kubernetes/rbac.yaml';

  test('are exactly what the built-in runbooks need of the local workspace', async () => {
    const file = parseConfig(read('demo/tocsin.demo.yml'), 'tocsin.demo.yml');
    const catalogue = await openCatalogue({ folders: [BUILT_IN], actions: ACTION_REGISTRY });
    const contexts = createContexts({
      serviceOf: (id) => file.services[id] ?? null,
      environment: environmentSchema.parse({}),
      variables: {},
      secrets: [],
      now: () => Promise.resolve(0),
    });
    const runbooks = catalogue.list().filter(({ service }) => file.services[service] !== undefined);
    const made = rbacManifest({ actions: ACTION_REGISTRY, context: (options) => contexts.create(options) }, runbooks, file);
    contexts.close();
    if (process.env.UPDATE_DOCS === '1') writeFileSync(join(ROOT, path), made);
    expect(read(path)).toBe(made);
  });

  test('have no wildcard, and reading a Secret or its list is never given for all of them but where Helm keeps a release', () => {
    const objects = parseAllDocuments(read(path)).map((document) => document.toJS() as Role);
    const releases = /helm: [a-z-]+, namespace: ([a-z-]+)/g;
    const withHelm = [...read('demo/tocsin.demo.yml').matchAll(releases)].map(([, namespace]) => namespace);
    expect(withHelm).toEqual(['flux-system']);
    const rules = objects.flatMap((object) => object.rules ?? []);
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter((rule) => [rule.apiGroups, rule.resources, rule.verbs].flat().includes('*'))).toEqual([]);
    const reading = (among: readonly Role[]) =>
      among
        .flatMap((object) => object.rules ?? [])
        .filter(({ resources, resourceNames }) => resources.includes('secrets') && resourceNames === undefined)
        .flatMap(({ verbs }) => verbs)
        .filter((verb) => ['get', 'list', 'watch'].includes(verb));
    // RBAC knows no labels: Helm's history is a list of Secrets (docs/reference/targets.md).
    expect(reading(objects.filter(({ metadata }) => !withHelm.includes(metadata?.namespace ?? '')))).toEqual([]);
    expect(reading(objects.filter(({ metadata }) => withHelm.includes(metadata?.namespace ?? '')))).toEqual(['list']);
  });
});

interface Role {
  readonly metadata?: { readonly namespace?: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
  }[];
}
