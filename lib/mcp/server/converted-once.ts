import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';

type Convert = StandardSchemaWithJSON['~standard']['jsonSchema']['input'];

const converted = new WeakMap<StandardSchemaWithJSON, StandardSchemaWithJSON>();

/**
 * The same schema, which converts itself to JSON Schema only once. A server is made for each request, and the SDK converts
 * the schema of a tool for each call.
 */
export function convertedOnce<S extends StandardSchemaWithJSON>(schema: S): S {
  let known = converted.get(schema);
  if (!known) {
    const { jsonSchema, ...standard } = schema['~standard'];
    known = {
      '~standard': {
        ...standard,
        jsonSchema: { input: once(jsonSchema.input), output: once(jsonSchema.output) },
      },
    };
    converted.set(schema, known);
  }
  return known as S;
}

function once(convert: Convert): Convert {
  const results = new Map<string, ReturnType<Convert>>();
  return (options) => {
    let result = results.get(options.target);
    if (!result) {
      result = convert(options);
      results.set(options.target, result);
    }
    return result;
  };
}
