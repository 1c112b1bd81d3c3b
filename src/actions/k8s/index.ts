import type { Action } from '../../ports/action.ts';
import { k8sApplyRules } from './apply-rules.ts';
import { k8sChanges } from './changes.ts';
import { k8sConfigMap } from './config-map.ts';
import { k8sDeletePod } from './delete-pod.ts';
import { k8sDescribe } from './describe.ts';
import { k8sEndpoints } from './endpoints.ts';
import { k8sEnv } from './env.ts';
import { k8sEvents } from './events.ts';
import { k8sExpandVolume } from './expand-volume.ts';
import { k8sHistory } from './history.ts';
import { inTheWorld } from './in-the-world.ts';
import { k8sLogs } from './logs.ts';
import { k8sMetrics } from './metrics.ts';
import { k8sNetworkPolicies } from './network-policies.ts';
import { k8sPodDescriptions } from './pod-descriptions.ts';
import { k8sPodList } from './pod-list.ts';
import { k8sPods } from './pods.ts';
import { k8sResources } from './resources.ts';
import { k8sRolloutRestart } from './rollout-restart.ts';
import { k8sRolloutStatus } from './rollout-status.ts';
import { k8sRolloutUndo } from './rollout-undo.ts';
import { k8sScale } from './scale.ts';
import { k8sSetEnv } from './set-env.ts';
import { k8sVolumes } from './volumes.ts';
import { environmentSet, restarted, rolledBack, scaled } from './what-changes.ts';

export const K8S_ACTIONS: readonly Action[] = [
  k8sPods,
  k8sEvents,
  k8sLogs,
  k8sDescribe,
  k8sPodDescriptions,
  k8sRolloutStatus,
  k8sMetrics,
  k8sVolumes,
  k8sEnv,
  k8sChanges,
  k8sHistory,
  k8sResources,
  k8sPodList,
  k8sNetworkPolicies,
  k8sEndpoints,
  k8sConfigMap,
  inTheWorld(k8sRolloutRestart, restarted),
  inTheWorld(k8sScale, scaled),
  inTheWorld(k8sRolloutUndo, rolledBack),
  inTheWorld(k8sSetEnv, environmentSet),
  k8sApplyRules,
  k8sExpandVolume,
  k8sDeletePod,
];
