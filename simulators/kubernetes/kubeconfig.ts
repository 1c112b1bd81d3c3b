import { stringify } from 'yaml';

export interface KubeconfigInput {
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  readonly user: string;
  readonly token: string;
  readonly namespace: string;
}

/** A kubeconfig with one context, `simulated`, as YAML. */
export function kubeconfigText({ server, authority, user, token, namespace }: KubeconfigInput): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'simulated',
    clusters: [{ name: 'simulated', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'simulated', context: { cluster: 'simulated', user, namespace } }],
  });
}
