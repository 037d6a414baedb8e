import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';

type Convert = StandardSchemaWithJSON['~standard']['jsonSchema']['input'];

const converted = new WeakMap<StandardSchemaWithJSON, StandardSchemaWithJSON>();

/**
 * The same schema, converted to JSON Schema only once. The SDK converts a tool's schema for each call, because each request
 * has its own server.
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
