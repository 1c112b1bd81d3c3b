import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ROOT } from '../../docs/files.ts';
import type { Cluster } from './cluster.ts';
import { until } from './parts.ts';

const MANIFESTS = join(ROOT, 'simulators/kubernetes/platforms');
/** In this order: the others need the namespaces. */
const FILES = [
  'aureus/workloads',
  'aureus/configmap',
  'aureus/deployment',
  'aureus/service',
  'sark/namespace',
  'sark/workloads',
  'sark/opa-deployment',
  'sark/deployment',
];

export const NAMESPACES = ['aureus', 'sark-system'];

/**
 * A program of the host's, with what is below /app moved into the container's own root: absolute paths are the host's here. What it prints
 * names the files as the container has them.
 */
const IN_ROOT = `#!/bin/sh
name=\${0##*/}
left=$#
while [ "$left" -gt 0 ]; do
  word=$1
  shift
  case $word in /app/*) word="$PWD$word" ;; esac
  set -- "$@" "$word"
  left=$((left - 1))
done
PATH=/usr/bin:/bin
[ "$name" = sha256sum ] || exec "$name" "$@"
"$name" "$@" | sed "s#  $PWD/app#  /app#"
`;

/** A curl that answers every request alike, as far as Tocsin reads it: the body, then what its --write-out asks for. */
function curlThatAnswers(body: object): string {
  return `#!/bin/sh\ncat >/dev/null\nprintf '%s\\n200 0.004' '${JSON.stringify(body)}'\n`;
}

/** Puts AUREUS and SARK into a real cluster, and the shipped objects of Tocsin's; waits until all their pods are ready. */
export async function deployPlatforms(cluster: Cluster): Promise<void> {
  for (const file of FILES) {
    // The test cluster has volumes of its own two classes only.
    await cluster.apply(readFileSync(join(MANIFESTS, `${file}.yaml`), 'utf8').replaceAll('storageClassName: standard', 'storageClassName: fixed'));
  }
  await cluster.apply(readFileSync(join(ROOT, 'deploy/kubernetes/namespace.yaml'), 'utf8'));
  await cluster.apply(inNamespace(readFileSync(join(ROOT, 'deploy/kubernetes/service-account.yaml'), 'utf8'), 'tocsin'));
  const rights = readFileSync(join(ROOT, 'deploy/kubernetes/rbac.yaml'), 'utf8');
  // Those of platforms that are not deployed here are rights in their namespaces all the same.
  const places = new Set([...rights.matchAll(/^ +namespace: "?([a-z0-9-]+)"?$/gm)].map(([, name]) => name));
  await cluster.apply([...places].map((name) => `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`).join('---\n'));
  await cluster.apply(rights);

  const frontend = cluster.container({ namespace: 'aureus' });
  frontend.say(['aureus frontend starting', 'policy check failed']);
  for (const program of ['tee', 'cat', 'sha256sum', 'mkdir']) frontend.addProgram(program, IN_ROOT);
  frontend.addProgram('curl', curlThatAnswers({ allowed: true, bypass: true }));
  const sark = cluster.container({ namespace: 'sark-system' });
  sark.say(['{"level":"info","msg":"Initializing server."}']);
  sark.addProgram('psql', '#!/bin/sh\necho total,row\n');
  sark.addProgram('nc', '#!/bin/sh\nexit 0\n');
  sark.addProgram('curl', curlThatAnswers({ result: [{ id: 'policies/mcp_authorization.rego', raw: 'package mcp' }] }));
  for (const namespace of NAMESPACES) await until(`all of ${namespace} is up`, () => isUp(cluster, namespace), 60_000);
}

interface Workloads {
  readonly items: readonly {
    readonly metadata: { readonly generation: number };
    readonly spec: { readonly replicas: number };
    readonly status: { readonly readyReplicas?: number; readonly observedGeneration?: number };
  }[];
}

async function isUp(cluster: Cluster, namespace: string): Promise<true | null> {
  for (const kind of ['deployments', 'statefulsets']) {
    const { items } = (await cluster.call(`/apis/apps/v1/namespaces/${namespace}/${kind}`)).body as Workloads;
    const up = items.every(
      ({ metadata, spec, status }) => status.observedGeneration === metadata.generation && status.readyReplicas === spec.replicas,
    );
    if (!up || items.length === 0) return null;
  }
  return true;
}

function inNamespace(yaml: string, namespace: string): string {
  return yaml.replace('metadata:\n', `metadata:\n  namespace: ${namespace}\n`);
}

/** Writes a kubeconfig of a service account, with a token that the API server gave for it; the file's path. */
export async function kubeconfigOf(cluster: Cluster, account: { readonly namespace: string; readonly name: string }): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(['create', 'token', account.name, '-n', account.namespace, '--duration=4h']);
  if (code !== 0) throw new Error(`kubectl create token: ${stderr}`);
  const file = join(cluster.directory, `kubeconfig-${account.namespace}-${account.name}`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'account',
    contexts: [{ name: 'account', context: { cluster: 'test', user: account.name, namespace: account.namespace } }],
    clusters: [
      { name: 'test', cluster: { server: cluster.server, 'certificate-authority-data': Buffer.from(cluster.authority).toString('base64') } },
    ],
    users: [{ name: account.name, user: { token: stdout.trim() } }],
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}
