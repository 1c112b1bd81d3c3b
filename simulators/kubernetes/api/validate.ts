import { equal, isObject, type Json, type JsonObject } from '../json.ts';
import type { Claim, KubeObject, StorageClass } from '../kinds.ts';
import type { NewObject } from '../objects/store.ts';
import { parseQuantity } from '../quantity.ts';
import { schemaCauses } from './custom-schema.ts';
import type { ResourceType } from './resources.ts';
import { selects } from './selectors.ts';
import { type Cause, duplicateValue, forbidden, forbiddenValue, invalid, invalidValue, requiredValue, unsupportedValue } from './status.ts';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/;
const ENV_NAME = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const RFC1123 =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NOT_NEGATIVE = 'must be greater than or equal to 0';
const IMMUTABLE = 'field is immutable';

/**
 * Refuses what the API server refuses of these kinds, where the simulator knows the rule.
 * @throws ApiError 422 Invalid with the causes
 */
export function validate(type: ResourceType, object: NewObject): void {
  const name = object.metadata.name ?? '';
  const own = type.schema === undefined ? (BY_KIND[type.kind]?.(object as unknown as JsonObject) ?? []) : schemaCauses(type.schema, object);
  const causes = [...metadataCauses(type, object), ...own];
  if (causes.length > 0) throw invalid(type, name, causes);
}

function metadataCauses(type: ResourceType, object: NewObject): Cause[] {
  const { name, labels = {} } = object.metadata;
  const free = type.group === 'rbac.authorization.k8s.io';
  return [
    ...(name === undefined || name === '' ? [requiredValue('metadata.name', 'name or generateName is required')] : []),
    ...(name !== undefined && name !== '' && !free && !DNS_SUBDOMAIN.test(name) ? [invalidValue('metadata.name', name, RFC1123)] : []),
    ...Object.values(labels)
      .filter((value) => value.length > 63 || !/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value))
      .map((value) =>
        invalidValue(
          'metadata.labels',
          value,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
      ),
  ];
}

function at(object: unknown, ...path: readonly string[]): Json | undefined {
  let here: unknown = object;
  for (const part of path) here = isObject(here) ? here[part] : undefined;
  return here as Json | undefined;
}

function items(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function negative(value: Json | undefined, field: string): Cause[] {
  return typeof value === 'number' && value < 0 ? [invalidValue(field, value, NOT_NEGATIVE)] : [];
}

function podCauses(spec: Json | undefined, path: string, claims: readonly JsonObject[] = []): Cause[] {
  const volumes = new Set([...items(at(spec, 'volumes')).map((volume) => volume['name']), ...claims.map((claim) => at(claim, 'metadata', 'name'))]);
  const containers = items(at(spec, 'containers'));
  return [
    ...(containers.length === 0 ? [requiredValue(`${path}.containers`)] : []),
    ...containers.flatMap((container, index) => containerCauses(container, `${path}.containers[${index}]`, volumes)),
    ...items(at(spec, 'initContainers')).flatMap((container, index) => containerCauses(container, `${path}.initContainers[${index}]`, volumes)),
    ...containers.flatMap((container, index) =>
      containers.findIndex((each) => each['name'] === container['name']) < index
        ? [duplicateValue(`${path}.containers[${index}].name`, container['name'])]
        : [],
    ),
  ];
}

function containerCauses(container: JsonObject, path: string, volumes: ReadonlySet<Json | undefined>): Cause[] {
  const { name, image } = container;
  return [
    ...(typeof name !== 'string' || name === ''
      ? [requiredValue(`${path}.name`)]
      : DNS_LABEL.test(name)
        ? []
        : [invalidValue(`${path}.name`, name, RFC1123)]),
    ...(typeof image !== 'string' || image === '' ? [requiredValue(`${path}.image`)] : []),
    ...items(container['env']).flatMap((entry, index) => {
      const here = `${path}.env[${index}]`;
      if (typeof entry['name'] !== 'string' || entry['name'] === '') return [requiredValue(`${here}.name`)];
      const both = typeof entry['value'] === 'string' && entry['value'] !== '' && entry['valueFrom'] !== undefined;
      return [
        ...(ENV_NAME.test(entry['name'])
          ? []
          : [
              invalidValue(
                `${here}.name`,
                entry['name'],
                "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
              ),
            ]),
        ...(both ? [invalidValue(`${here}.valueFrom`, '', 'may not be specified when `value` is not empty')] : []),
      ];
    }),
    ...items(container['volumeMounts']).flatMap((mount, index) => [
      ...(typeof mount['mountPath'] === 'string' ? [] : [requiredValue(`${path}.volumeMounts[${index}].mountPath`)]),
      ...(volumes.has(mount['name'])
        ? []
        : [
            {
              reason: 'FieldValueNotFound',
              message: `Not found: ${JSON.stringify(mount['name'] ?? '')}`,
              field: `${path}.volumeMounts[${index}].name`,
            },
          ]),
    ]),
  ];
}

function workloadCauses(object: JsonObject): Cause[] {
  const labels = (at(object, 'spec', 'template', 'metadata', 'labels') ?? {}) as Record<string, string>;
  const selector = at(object, 'spec', 'selector');
  const fits = isObject(selector) && selects(selector, labels);
  return [
    ...negative(at(object, 'spec', 'replicas'), 'spec.replicas'),
    ...(selector === undefined ? [requiredValue('spec.selector')] : []),
    ...(selector !== undefined && !fits
      ? [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
      : []),
    ...podCauses(at(object, 'spec', 'template', 'spec'), 'spec.template.spec', items(at(object, 'spec', 'volumeClaimTemplates'))),
  ];
}

const BY_KIND: Readonly<Record<string, (object: JsonObject) => Cause[]>> = {
  Deployment: workloadCauses,
  ReplicaSet: workloadCauses,
  StatefulSet: workloadCauses,
  DaemonSet: workloadCauses,
  Pod: (object) => podCauses(at(object, 'spec'), 'spec'),
  Job(object) {
    const policy = at(object, 'spec', 'template', 'spec', 'restartPolicy');
    return [
      ...podCauses(at(object, 'spec', 'template', 'spec'), 'spec.template.spec'),
      ...(policy === 'Always' ? [unsupportedValue('spec.template.spec.restartPolicy', policy, ['OnFailure', 'Never'])] : []),
    ];
  },
  CronJob(object) {
    const schedule = at(object, 'spec', 'schedule');
    return [
      ...(typeof schedule !== 'string' || schedule === '' ? [requiredValue('spec.schedule')] : []),
      ...(typeof schedule === 'string' && schedule !== '' && !schedule.startsWith('@') && schedule.trim().split(/\s+/).length !== 5
        ? [invalidValue('spec.schedule', schedule, `expected exactly 5 fields, found ${schedule.trim().split(/\s+/).length}: [${schedule}]`)]
        : []),
    ];
  },
  HorizontalPodAutoscaler(object) {
    const min = at(object, 'spec', 'minReplicas');
    const max = at(object, 'spec', 'maxReplicas');
    return [
      ...(typeof max !== 'number' || max < 1 ? [invalidValue('spec.maxReplicas', max ?? 0, 'must be greater than 0')] : []),
      ...(typeof min === 'number' && min < 1 ? [invalidValue('spec.minReplicas', min, 'must be greater than or equal to 1')] : []),
      ...(typeof min === 'number' && typeof max === 'number' && max >= 1 && max < min
        ? [invalidValue('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`')]
        : []),
    ];
  },
  Scale: (object) => negative(at(object, 'spec', 'replicas'), 'spec.replicas'),
  ConfigMap: (object) => keyCauses(object),
  Secret(object) {
    const bad = Object.entries((object['data'] ?? {}) as Record<string, string>).filter(([, value]) => !/^[A-Za-z0-9+/]*={0,2}$/.test(value));
    return [...keyCauses(object), ...bad.map(([key, value]) => invalidValue(`data[${key}]`, value, 'illegal base64 data'))];
  },
  PersistentVolumeClaim(object) {
    const text = at(object, 'spec', 'resources', 'requests', 'storage');
    if (text === undefined) return [requiredValue('spec.resources[storage]')];
    return parseQuantity(typeof text === 'string' ? text : JSON.stringify(text)) > 0
      ? []
      : [invalidValue('spec.resources[storage]', text, 'must be greater than zero')];
  },
};

function keyCauses(object: JsonObject): Cause[] {
  return Object.keys((object['data'] ?? {}) as object)
    .filter((key) => !CONFIG_KEY.test(key))
    .map((key) =>
      invalidValue(
        `data[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}

/**
 * Refuses changes that a kind does not allow. `storageClass` looks one up by name.
 * @throws ApiError 422 Invalid, 403 for a claim whose class cannot expand
 */
export function validateUpdate(
  type: ResourceType,
  current: KubeObject,
  next: NewObject,
  storageClass: (name: string) => StorageClass | undefined,
): void {
  const name = current.metadata.name;
  const changed = (...path: readonly string[]): boolean => !equal(at(current, ...path), at(next, ...path));
  switch (type.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'DaemonSet':
      if (changed('spec', 'selector')) throw invalid(type, name, [invalidValue('spec.selector', at(next, 'spec', 'selector'), IMMUTABLE)]);
      return;
    case 'StatefulSet':
      return validateStatefulSet(type, current, next);
    case 'Pod':
      return validatePod(type, current, next);
    case 'PersistentVolumeClaim':
      return validateClaim(type, current as Claim, next as unknown as Claim, storageClass);
    case 'ConfigMap':
    case 'Secret':
      if (current['immutable'] === true && (changed('data') || changed('immutable')))
        throw invalid(type, name, [forbiddenValue('data', 'field is immutable when `immutable` is set')]);
      if (type.kind === 'Secret' && changed('type')) throw invalid(type, name, [invalidValue('type', next['type'], IMMUTABLE)]);
      return;
    case 'Job':
      if (changed('spec', 'template')) throw invalid(type, name, [invalidValue('spec.template', at(next, 'spec', 'template'), IMMUTABLE)]);
      return;
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      if (changed('roleRef')) throw invalid(type, name, [invalidValue('roleRef', next['roleRef'], 'cannot change roleRef')]);
      return;
    default:
  }
}

function validateStatefulSet(type: ResourceType, current: KubeObject, next: NewObject): void {
  const open = [
    'replicas',
    'ordinals',
    'template',
    'updateStrategy',
    'persistentVolumeClaimRetentionPolicy',
    'minReadySeconds',
    'revisionHistoryLimit',
  ];
  const rest = (spec: unknown): JsonObject => Object.fromEntries(Object.entries(isObject(spec) ? spec : {}).filter(([key]) => !open.includes(key)));
  if (equal(rest(current.spec), rest(next.spec))) return;
  const why =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  throw invalid(type, current.metadata.name, [forbiddenValue('spec', why)]);
}

function validatePod(type: ResourceType, current: KubeObject, next: NewObject): void {
  const fixed = (spec: unknown): JsonObject => {
    const copy = structuredClone(isObject(spec) ? spec : {});
    for (const key of ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'schedulingGates']) delete copy[key];
    for (const container of [...items(copy['containers']), ...items(copy['initContainers'])]) delete container['image'];
    return copy;
  };
  if (equal(fixed(current.spec), fixed(next.spec))) return;
  const why =
    'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';
  throw invalid(type, current.metadata.name, [forbiddenValue('spec', why)]);
}

function validateClaim(type: ResourceType, current: Claim, next: Claim, storageClass: (name: string) => StorageClass | undefined): void {
  const name = current.metadata.name;
  const was = parseQuantity(current.spec.resources.requests['storage'] ?? '0');
  const wanted = parseQuantity(next.spec.resources.requests['storage'] ?? '0');
  const rest = (claim: Claim): unknown => ({ ...claim.spec, resources: null });
  if (!equal(rest(current), rest(next)) && current.spec.volumeName !== undefined)
    throw invalid(type, name, [
      forbiddenValue('spec', 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'),
    ]);
  if (wanted > was) {
    const expandable = storageClass(current.spec.storageClassName ?? '')?.allowVolumeExpansion === true;
    if (!expandable)
      throw forbidden(type, name, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
  }
  const granted = parseQuantity(current.status?.capacity?.['storage'] ?? '0');
  if (wanted < was && wanted <= granted)
    throw invalid(type, name, [forbiddenValue('spec.resources.requests.storage', 'field can not be less than status.capacity')]);
}
