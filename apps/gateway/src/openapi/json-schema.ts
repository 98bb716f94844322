import { z } from 'zod';

/** A JSON Schema, draft 2020-12, which is what OpenAPI 3.1 speaks. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** A name in a query, with what it takes. */
export interface QueryParameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: JsonSchema;
}

/** What a schema takes. Of what JSON Schema has no words for (a transformation, a refinement), nothing is said. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...converted } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return converted as JsonSchema;
}

/** The names that a schema of a query takes. Of alternatives those of all: a list of parameters can't say that one excludes another. */
export function queryParameters(schema: z.ZodType): readonly QueryParameter[] {
  const whole = jsonSchema(schema);
  const alternatives = whole.anyOf ?? [whole];
  const found = new Map<string, QueryParameter>();
  for (const { properties = {} } of alternatives) {
    for (const [name, taken] of Object.entries(properties)) {
      const required = alternatives.every((one) => one.required?.includes(name) ?? false);
      found.set(name, { name, required, schema: once(taken) });
    }
  }
  return [...found.values()];
}

/** What is said of one that is given once: the router makes a list of one that is repeated. */
function once({ anyOf, ...said }: JsonSchema): JsonSchema {
  const [single, repeated] = anyOf ?? [];
  if (single === undefined || repeated?.type !== 'array')
    return anyOf === undefined ? said : { ...said, anyOf };
  return { ...single, ...said };
}
