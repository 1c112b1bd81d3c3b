import { apiVersionOf, type ResourceType } from './resources.ts';

const QUERY = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
}));

/** The index of OpenAPI v3 documents. */
export function openapiIndex(types: readonly ResourceType[]): object {
  const versions = [...new Set(types.map((type) => pathOf(type)))];
  return { paths: Object.fromEntries(versions.map((path) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=simulated` }])) };
}

function pathOf(type: ResourceType): string {
  return type.group === '' ? `api/${type.version}` : `apis/${type.group}/${type.version}`;
}

/** A document with paths and kinds and no fields: enough for kubectl to learn which query parameters the server knows. */
export function openapiDocument(types: readonly ResourceType[], path: string): object | undefined {
  const served = types.filter((type) => pathOf(type) === path);
  if (served.length === 0) return undefined;
  const paths = served.map((type) => {
    const kind = { group: type.group, kind: type.kind, version: type.version };
    const operation = { parameters: QUERY, 'x-kubernetes-group-version-kind': kind, responses: { 200: { description: 'OK' } } };
    const where = type.namespaced ? '/namespaces/{namespace}' : '';
    return [`/${path}${where}/${type.plural}/{name}`, { get: operation, put: operation, patch: operation, delete: operation }];
  });
  const schemas = served.map((type) => [
    `io.simulated.${type.kind}`,
    { type: 'object', 'x-kubernetes-group-version-kind': [{ group: type.group, kind: type.kind, version: type.version }] },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes (simulated)', version: 'v1.32.4' },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

export function openapiV2(types: readonly ResourceType[]): object {
  const paths = types.map((type) => {
    const root = type.group === '' ? `/api/${type.version}` : `/apis/${apiVersionOf(type)}`;
    return [`${root}/${type.plural}`, {}];
  });
  return { swagger: '2.0', info: { title: 'Kubernetes (simulated)', version: 'v1.32.4' }, paths: Object.fromEntries(paths), definitions: {} };
}
