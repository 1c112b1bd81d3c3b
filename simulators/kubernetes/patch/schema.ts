/**
 * The shape of the built-in kinds, as far as patches and strict decoding need it. Source: k8s.io/api v0.32 struct tags `json`,
 * `patchStrategy` and `patchMergeKey`. One field is written as
 * `s` string, `i` integer, `b` boolean, `*` anything, `map` strings by name, `Type`, `Type[]` a list that a patch replaces,
 * `Type[key]` a list that a patch merges by `key`, `s[]` and `s[+]` lists of strings that are replaced and merged;
 * `!` after a type: the strategy `retainKeys`.
 */
type Fields = Readonly<Record<string, string>>;

const TYPES: Readonly<Record<string, Fields>> = {
  Meta: {
    name: 's',
    generateName: 's',
    namespace: 's',
    selfLink: 's',
    uid: 's',
    resourceVersion: 's',
    generation: 'i',
    creationTimestamp: '*',
    deletionTimestamp: '*',
    deletionGracePeriodSeconds: 'i',
    labels: 'map',
    annotations: 'map',
    ownerReferences: 'OwnerReference[uid]',
    finalizers: 's[+]',
    managedFields: '*',
  },
  OwnerReference: { apiVersion: 's', kind: 's', name: 's', uid: 's', controller: 'b', blockOwnerDeletion: 'b' },
  LabelSelector: { matchLabels: 'map', matchExpressions: 'SelectorRequirement[]' },
  SelectorRequirement: { key: 's', operator: 's', values: 's[]' },
  Condition: {
    type: 's',
    status: 's',
    reason: 's',
    message: 's',
    lastTransitionTime: '*',
    lastUpdateTime: '*',
    lastProbeTime: '*',
    observedGeneration: 'i',
  },

  Deployment: { spec: 'DeploymentSpec', status: 'WorkloadStatus' },
  DeploymentSpec: {
    replicas: 'i',
    selector: 'LabelSelector',
    template: 'PodTemplate',
    strategy: 'DeploymentStrategy!',
    minReadySeconds: 'i',
    revisionHistoryLimit: 'i',
    paused: 'b',
    progressDeadlineSeconds: 'i',
  },
  DeploymentStrategy: { type: 's', rollingUpdate: 'RollingUpdate' },
  RollingUpdate: { maxSurge: '*', maxUnavailable: '*', partition: 'i' },
  WorkloadStatus: {
    observedGeneration: 'i',
    replicas: 'i',
    updatedReplicas: 'i',
    readyReplicas: 'i',
    availableReplicas: 'i',
    unavailableReplicas: 'i',
    fullyLabeledReplicas: 'i',
    currentReplicas: 'i',
    currentRevision: 's',
    updateRevision: 's',
    collisionCount: 'i',
    conditions: 'Condition[type]',
    currentNumberScheduled: 'i',
    numberMisscheduled: 'i',
    desiredNumberScheduled: 'i',
    numberReady: 'i',
    updatedNumberScheduled: 'i',
    numberAvailable: 'i',
    numberUnavailable: 'i',
  },
  ReplicaSet: { spec: 'ReplicaSetSpec', status: 'WorkloadStatus' },
  ReplicaSetSpec: { replicas: 'i', minReadySeconds: 'i', selector: 'LabelSelector', template: 'PodTemplate' },
  StatefulSet: { spec: 'StatefulSetSpec', status: 'WorkloadStatus' },
  StatefulSetSpec: {
    replicas: 'i',
    selector: 'LabelSelector',
    template: 'PodTemplate',
    volumeClaimTemplates: 'ClaimTemplate[]',
    serviceName: 's',
    podManagementPolicy: 's',
    updateStrategy: 'DeploymentStrategy',
    revisionHistoryLimit: 'i',
    minReadySeconds: 'i',
    persistentVolumeClaimRetentionPolicy: '*',
    ordinals: '*',
  },
  ClaimTemplate: { apiVersion: 's', kind: 's', metadata: 'Meta', spec: 'ClaimSpec', status: '*' },
  DaemonSet: { spec: 'DaemonSetSpec', status: 'WorkloadStatus' },
  DaemonSetSpec: {
    selector: 'LabelSelector',
    template: 'PodTemplate',
    updateStrategy: 'DeploymentStrategy',
    minReadySeconds: 'i',
    revisionHistoryLimit: 'i',
  },
  ControllerRevision: { data: '*', revision: 'i' },
  PodTemplate: { metadata: 'Meta', spec: 'PodSpec' },
  Pod: { spec: 'PodSpec', status: '*' },
  PodSpec: {
    volumes: 'Volume[name]!',
    initContainers: 'Container[name]',
    containers: 'Container[name]',
    ephemeralContainers: 'Container[name]',
    restartPolicy: 's',
    terminationGracePeriodSeconds: 'i',
    activeDeadlineSeconds: 'i',
    dnsPolicy: 's',
    nodeSelector: 'map',
    serviceAccountName: 's',
    serviceAccount: 's',
    automountServiceAccountToken: 'b',
    nodeName: 's',
    hostNetwork: 'b',
    hostPID: 'b',
    hostIPC: 'b',
    hostUsers: 'b',
    shareProcessNamespace: 'b',
    securityContext: '*',
    imagePullSecrets: 'Named[name]',
    hostname: 's',
    subdomain: 's',
    affinity: '*',
    schedulerName: 's',
    tolerations: 'Toleration[]',
    hostAliases: 'HostAlias[ip]',
    priorityClassName: 's',
    priority: 'i',
    dnsConfig: '*',
    readinessGates: '*',
    runtimeClassName: 's',
    enableServiceLinks: 'b',
    preemptionPolicy: 's',
    overhead: 'map',
    topologySpreadConstraints: 'TopologySpread[topologyKey]',
    setHostnameAsFQDN: 'b',
    os: '*',
    schedulingGates: 'Named[name]',
    resourceClaims: 'Named[name]!',
    resources: '*',
  },
  Named: { name: 's', resourceClaimName: 's', resourceClaimTemplateName: 's' },
  Toleration: { key: 's', operator: 's', value: 's', effect: 's', tolerationSeconds: 'i' },
  HostAlias: { ip: 's', hostnames: 's[]' },
  TopologySpread: {
    maxSkew: 'i',
    topologyKey: 's',
    whenUnsatisfiable: 's',
    labelSelector: 'LabelSelector',
    minDomains: 'i',
    nodeAffinityPolicy: 's',
    nodeTaintsPolicy: 's',
    matchLabelKeys: 's[]',
  },
  Volume: {
    name: 's',
    ...Object.fromEntries(
      [
        'hostPath',
        'emptyDir',
        'secret',
        'nfs',
        'iscsi',
        'persistentVolumeClaim',
        'configMap',
        'projected',
        'csi',
        'ephemeral',
        'downwardAPI',
        'gcePersistentDisk',
        'awsElasticBlockStore',
        'azureFile',
        'azureDisk',
        'cephfs',
        'rbd',
        'fc',
        'glusterfs',
        'cinder',
        'flocker',
        'image',
        'gitRepo',
        'vsphereVolume',
        'quobyte',
        'photonPersistentDisk',
        'portworxVolume',
        'scaleIO',
        'storageos',
        'flexVolume',
      ].map((name) => [name, '*']),
    ),
  },
  Container: {
    name: 's',
    image: 's',
    command: 's[]',
    args: 's[]',
    workingDir: 's',
    ports: 'ContainerPort[containerPort]',
    envFrom: 'EnvFrom[]',
    env: 'EnvVar[name]',
    resources: 'Resources',
    resizePolicy: '*',
    restartPolicy: 's',
    volumeMounts: 'VolumeMount[mountPath]',
    volumeDevices: 'VolumeDevice[devicePath]',
    livenessProbe: 'Probe',
    readinessProbe: 'Probe',
    startupProbe: 'Probe',
    lifecycle: '*',
    terminationMessagePath: 's',
    terminationMessagePolicy: 's',
    imagePullPolicy: 's',
    securityContext: '*',
    stdin: 'b',
    stdinOnce: 'b',
    tty: 'b',
    targetContainerName: 's',
  },
  ContainerPort: { name: 's', hostPort: 'i', containerPort: 'i', protocol: 's', hostIP: 's' },
  EnvFrom: { prefix: 's', configMapRef: 'SourceRef', secretRef: 'SourceRef' },
  SourceRef: { name: 's', optional: 'b' },
  EnvVar: { name: 's', value: 's', valueFrom: 'EnvVarSource' },
  EnvVarSource: { fieldRef: 'FieldRef', resourceFieldRef: '*', configMapKeyRef: 'KeyRef', secretKeyRef: 'KeyRef' },
  FieldRef: { apiVersion: 's', fieldPath: 's' },
  KeyRef: { name: 's', key: 's', optional: 'b' },
  Resources: { limits: '*', requests: '*', claims: '*' },
  VolumeMount: { name: 's', readOnly: 'b', recursiveReadOnly: 's', mountPath: 's', subPath: 's', mountPropagation: 's', subPathExpr: 's' },
  VolumeDevice: { name: 's', devicePath: 's' },
  Probe: {
    exec: '*',
    httpGet: '*',
    tcpSocket: '*',
    grpc: '*',
    initialDelaySeconds: 'i',
    timeoutSeconds: 'i',
    periodSeconds: 'i',
    successThreshold: 'i',
    failureThreshold: 'i',
    terminationGracePeriodSeconds: 'i',
  },

  PersistentVolumeClaim: { spec: 'ClaimSpec', status: 'ClaimStatus' },
  ClaimSpec: {
    accessModes: 's[]',
    selector: 'LabelSelector',
    resources: 'Resources',
    volumeName: 's',
    storageClassName: 's',
    volumeMode: 's',
    dataSource: '*',
    dataSourceRef: '*',
    volumeAttributesClassName: 's',
  },
  ClaimStatus: {
    phase: 's',
    accessModes: 's[]',
    capacity: '*',
    conditions: 'Condition[type]',
    allocatedResources: '*',
    allocatedResourceStatuses: '*',
  },
  PersistentVolume: { spec: '*', status: '*' },
  ConfigMap: { data: 'map', binaryData: 'map', immutable: 'b' },
  Secret: { data: 'map', stringData: 'map', type: 's', immutable: 'b' },
  Service: { spec: 'ServiceSpec', status: '*' },
  ServiceSpec: {
    ports: 'ServicePort[port]',
    selector: 'map',
    clusterIP: 's',
    clusterIPs: 's[]',
    type: 's',
    externalIPs: 's[]',
    sessionAffinity: 's',
    loadBalancerIP: 's',
    loadBalancerSourceRanges: 's[]',
    externalName: 's',
    externalTrafficPolicy: 's',
    healthCheckNodePort: 'i',
    publishNotReadyAddresses: 'b',
    sessionAffinityConfig: '*',
    ipFamilies: 's[]',
    ipFamilyPolicy: 's',
    allocateLoadBalancerNodePorts: 'b',
    loadBalancerClass: 's',
    internalTrafficPolicy: 's',
    trafficDistribution: 's',
  },
  ServicePort: { name: 's', protocol: 's', appProtocol: 's', port: 'i', targetPort: '*', nodePort: 'i' },
  ServiceAccount: { secrets: '*', imagePullSecrets: '*', automountServiceAccountToken: 'b' },
  Namespace: { spec: '*', status: '*' },
  Node: { spec: '*', status: '*' },
  Event: {
    involvedObject: '*',
    reason: 's',
    message: 's',
    source: '*',
    firstTimestamp: '*',
    lastTimestamp: '*',
    count: 'i',
    type: 's',
    eventTime: '*',
    series: '*',
    action: 's',
    related: '*',
    reportingComponent: 's',
    reportingInstance: 's',
  },
  HorizontalPodAutoscaler: { spec: 'AutoscalerSpec', status: '*' },
  AutoscalerSpec: { scaleTargetRef: 'TargetRef', minReplicas: 'i', maxReplicas: 'i', metrics: '*', behavior: '*' },
  TargetRef: { apiVersion: 's', kind: 's', name: 's' },
  PodDisruptionBudget: { spec: 'BudgetSpec', status: '*' },
  BudgetSpec: { minAvailable: '*', maxUnavailable: '*', selector: 'LabelSelector', unhealthyPodEvictionPolicy: 's' },
  Job: { spec: 'JobSpec', status: '*' },
  JobSpec: {
    parallelism: 'i',
    completions: 'i',
    activeDeadlineSeconds: 'i',
    podFailurePolicy: '*',
    successPolicy: '*',
    backoffLimit: 'i',
    backoffLimitPerIndex: 'i',
    maxFailedIndexes: 'i',
    selector: 'LabelSelector',
    manualSelector: 'b',
    template: 'PodTemplate',
    ttlSecondsAfterFinished: 'i',
    completionMode: 's',
    suspend: 'b',
    podReplacementPolicy: 's',
    managedBy: 's',
  },
  CronJob: { spec: 'CronJobSpec', status: '*' },
  CronJobSpec: {
    schedule: 's',
    timeZone: 's',
    startingDeadlineSeconds: 'i',
    concurrencyPolicy: 's',
    suspend: 'b',
    jobTemplate: 'JobTemplate',
    successfulJobsHistoryLimit: 'i',
    failedJobsHistoryLimit: 'i',
  },
  JobTemplate: { metadata: 'Meta', spec: 'JobSpec' },
  StorageClass: {
    provisioner: 's',
    parameters: 'map',
    reclaimPolicy: 's',
    mountOptions: 's[]',
    allowVolumeExpansion: 'b',
    volumeBindingMode: 's',
    allowedTopologies: '*',
  },
  Role: { rules: 'PolicyRule[]' },
  ClusterRole: { rules: 'PolicyRule[]', aggregationRule: '*' },
  PolicyRule: { verbs: 's[]', apiGroups: 's[]', resources: 's[]', resourceNames: 's[]', nonResourceURLs: 's[]' },
  RoleBinding: { subjects: 'Subject[]', roleRef: 'RoleRef' },
  ClusterRoleBinding: { subjects: 'Subject[]', roleRef: 'RoleRef' },
  Subject: { kind: 's', apiGroup: 's', name: 's', namespace: 's' },
  RoleRef: { apiGroup: 's', kind: 's', name: 's' },
  Ingress: { spec: '*', status: '*' },
  NetworkPolicy: { spec: '*' },
  Scale: { spec: 'ScaleSpec', status: '*' },
  ScaleSpec: { replicas: 'i' },
  Eviction: { deleteOptions: '*' },
};

/** One field of a kind. */
export interface Field {
  readonly form: 'scalar' | 'any' | 'map' | 'object' | 'list' | 'scalars';
  /** `s`, `i` or `b` of a scalar or of each of `scalars`. */
  readonly scalar?: string;
  /** The type of an object, or of each in a list. */
  readonly type?: string;
  /** The key by which a patch merges a list; `+` for scalars. Absent: the patch replaces. */
  readonly mergeKey?: string;
  readonly retainKeys: boolean;
}

const ANY: Field = { form: 'any', retainKeys: false };
const parsed = new Map<string, Field>();

function parse(text: string): Field {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const retainKeys = text.endsWith('!');
  const bare = retainKeys ? text.slice(0, -1) : text;
  const list = /^(\w+)\[(.*)\]$/.exec(bare);
  const field: Field = list ? parseList(list[1] ?? '', list[2] ?? '', retainKeys) : parseSingle(bare, retainKeys);
  parsed.set(text, field);
  return field;
}

function parseList(of: string, key: string, retainKeys: boolean): Field {
  const merge = key === '' ? {} : { mergeKey: key };
  return of === 's' ? { form: 'scalars', scalar: of, retainKeys, ...merge } : { form: 'list', type: of, retainKeys, ...merge };
}

function parseSingle(text: string, retainKeys: boolean): Field {
  if (text === '*') return ANY;
  if (text === 'map') return { form: 'map', retainKeys };
  if (/^[sib]$/.test(text)) return { form: 'scalar', scalar: text, retainKeys };
  return { form: 'object', type: text, retainKeys };
}

const TOP: Fields = { apiVersion: 's', kind: 's', metadata: 'Meta' };

/** The type that describes objects of `kind`, or null for a kind without one, such as a custom resource. */
export function rootType(kind: string): string | null {
  return kind in TYPES ? kind : null;
}

/** How the field `name` of `type` behaves. `top`: the type is the object itself. Null: no such field. */
export function fieldOf(type: string | null, name: string, top: boolean): Field | null {
  if (type === null) return ANY;
  const text = (top ? TOP[name] : undefined) ?? TYPES[type]?.[name];
  return text === undefined ? null : parse(text);
}

export const ANYTHING = ANY;
