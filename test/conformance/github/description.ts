import { readFileSync } from 'node:fs';
import type { Schema } from '../helpers/openapi.ts';
import { type PackageFile, packageFile } from '../helpers/package-file.ts';

/** GitHub's description of api.github.com, as it publishes it. Not among the dependencies: unpacked, the package is half a gigabyte. */
const FILE: PackageFile = {
  name: '@octokit/openapi@23.0.2',
  inside: 'package/generated/api.github.com.json',
  sha256: '829b4bebb19a53133289f7b0bc819f4f1118115821db2ca9f25e9ee995a7da2a',
  folder: 'tocsin-github',
};

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

export interface Operation {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Of the JSON body; `null`: it takes none. */
  readonly body: Schema | null;
  /** By status; `null`: an answer without JSON. */
  readonly answers: ReadonlyMap<number, Schema | null>;
}

export interface Description {
  readonly operations: ReadonlyMap<string, Operation>;
  /** What `#/components/...` in the schemas leads to. */
  readonly components: Schema;
}

/** `GET /repos/{}/{}/branches` of a route or a path, whatever its parameters are called. */
export function keyOf(method: string, path: string): string {
  return `${method.toUpperCase()} ${path.replaceAll(/\{[^}]+\}|[:*]\w+/g, '{}')}`;
}

/** Reads the description; the first time it is fetched with npm and kept below XDG_CACHE_HOME. */
export async function githubDescription(): Promise<Description> {
  const document = JSON.parse(readFileSync(await packageFile(FILE), 'utf8')) as {
    paths: Record<string, Record<string, RawOperation>>;
    components: Schema;
  };
  const resolved = <T extends object>(value: T | { readonly $ref: string }): T => {
    if (!('$ref' in value)) return value;
    return value.$ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document) as T;
  };
  const operations = new Map<string, Operation>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { parameters = [], requestBody, responses }] of Object.entries(methods)) {
      const answers = Object.entries(responses).map(([status, answer]) => {
        const { content = {} } = resolved(answer);
        return [Number(status), (content['application/json'] ?? content['application/scim+json'])?.schema ?? null] as const;
      });
      operations.set(keyOf(method, path), {
        path,
        parameters: parameters.map(resolved),
        body: requestBody?.content['application/json']?.schema ?? null,
        answers: new Map(answers),
      });
    }
  }
  return { operations, components: document.components };
}

interface Content {
  readonly [type: string]: { readonly schema?: Schema } | undefined;
}

interface RawOperation {
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Record<string, { readonly content?: Content } | { readonly $ref: string }>;
}
