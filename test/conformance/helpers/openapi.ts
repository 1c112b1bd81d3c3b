import { Ajv2019, type ErrorObject, type ValidateFunction } from 'ajv/dist/2019.js';
export type Schema = { readonly [key: string]: unknown };

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text),
  uri: (text) => URL.canParse(text),
  email: (text) => text.includes('@'),
};

export interface Schemas {
  /** What is wrong with a value; nothing when it fits. A member that the schema does not name is wrong too, unless `open`. */
  flaws(schema: Schema, value: unknown, more?: 'open'): readonly string[];
}

/** Validators of schemas of OpenAPI 3.0, which may refer to `#/components/schemas`. */
export function schemasOf(components: Schema): Schemas {
  const make = (closed: boolean) => {
    const ajv = new Ajv2019({ strict: false, allErrors: true, validateFormats: true, formats: FORMATS, inlineRefs: false, logger: false });
    for (const id of ['closed', 'open']) ajv.addSchema({ $id: id, components: parts(components, id === 'closed') });
    const known = new Map<Schema, ValidateFunction>();
    return (schema: Schema): ValidateFunction => {
      const made = known.get(schema) ?? ajv.compile(translated(schema, closed) as Schema);
      known.set(schema, made);
      return made;
    };
  };
  const [closed, open] = [make(true), make(false)];
  return {
    flaws(schema, value, more) {
      const validate = (more === 'open' ? open : closed)(schema);
      return validate(value) ? [] : [...new Set((validate.errors ?? []).map(said))];
    },
  };
}

function said({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath.replaceAll(/\/\d+/g, '/0')} ${message} ${JSON.stringify(params)}`.trim();
}

/** The kinds of components that schemas refer to. */
function parts({ schemas }: Schema, closed: boolean): Schema {
  return { schemas: mapped(schemas as object, closed) };
}

/** JSON Schema of OpenAPI 3.0's own: `nullable` becomes a type, and `closed` objects take no other members than theirs. */
function translated(value: unknown, closed: boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => translated(one, closed));
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, ...given } = value as Record<string, unknown>;
  const schema = Object.fromEntries(
    // An error fits several shapes at once where members of others are let pass.
    Object.entries(given).map(([key, inner]) => [key === 'oneOf' && !closed ? 'anyOf' : key, keyword(key, inner, closed)]),
  );
  if (closed && schema['type'] === 'object' && 'properties' in schema && !('additionalProperties' in schema)) schema['unevaluatedProperties'] = false;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

function keyword(key: string, inner: unknown, closed: boolean): unknown {
  if (key === '$ref') return String(inner).replace(/^#/, closed ? 'closed#' : 'open#');
  if (['enum', 'default', 'required', 'example', 'examples', 'description'].includes(key)) return inner;
  if (key === 'properties') return mapped(inner as object, closed);
  // A part of an object does not know the other parts' members, where it has others.
  return translated(inner, closed && (key !== 'allOf' || (Array.isArray(inner) && inner.length === 1)));
}

function mapped(properties: object, closed: boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, translated(schema, closed)]));
}
