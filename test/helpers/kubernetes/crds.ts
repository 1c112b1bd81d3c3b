import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { goModule } from '../go.ts';

/** A kind that tools bring into a cluster, as their makers publish it: a Go module, its sum, and the file in it. */
interface PublishedKind {
  readonly module: string;
  readonly sum: string;
  readonly file: string;
}

/** By the kind's name in its API. */
const PUBLISHED = {
  ScaledObject: {
    module: 'github.com/kedacore/keda/v2@v2.17.0',
    sum: 'h1:Msot3UuN6WOhaOaOcVmokmVM0cu3uqSGvnDgg1LkESU=',
    file: 'config/crd/bases/keda.sh_scaledobjects.yaml',
  },
  VerticalPodAutoscaler: {
    module: 'k8s.io/autoscaler/vertical-pod-autoscaler@v1.4.0',
    sum: 'h1:rwtrSdcnNyTannW/XnaM1WiJc+9LKA6WTuxxurtdMoU=',
    file: 'deploy/vpa-v1-crd-gen.yaml',
  },
  Rollout: {
    module: 'github.com/argoproj/argo-rollouts@v1.8.3',
    sum: 'h1:blbtQva4IK9r6gFh+dWkCrLnFdPOWiv9ubQYu36qeaA=',
    file: 'manifests/crds/rollout-crd.yaml',
  },
  HelmRelease: {
    module: 'github.com/fluxcd/helm-controller@v1.4.0',
    sum: 'h1:rkm8rmB6Na7eNc4pJOnvtXEaJ19iKluRtayHKjBxcUM=',
    file: 'config/crd/bases/helm.toolkit.fluxcd.io_helmreleases.yaml',
  },
  PrometheusRule: {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    sum: 'h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=',
    file: 'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  },
} satisfies Readonly<Record<string, PublishedKind>>;

/** The definitions of kinds as their makers publish them, as YAML. */
export async function publishedKinds(...kinds: readonly (keyof typeof PUBLISHED)[]): Promise<string> {
  const texts = kinds.map(async (kind) => {
    const { module, sum, file } = PUBLISHED[kind];
    return readFile(join(await goModule('The kinds of other tools', module, sum), file), 'utf8');
  });
  return (await Promise.all(texts)).join('\n---\n');
}
