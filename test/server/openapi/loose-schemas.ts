interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  $ref?: string;
}

interface Content {
  content?: Record<string, { schema?: Schema }>;
}
interface Operation {
  parameters: { name: string; schema: Schema }[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

/** Places of the document that let in any value, or refer to what is not there. */
export function looseSchemas(document: { paths: Record<string, Record<string, Operation>> }) {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters, requestBody, responses }]) => {
      const contents = [...Object.values(responses), ...(requestBody ? [requestBody] : [])];
      const bodies = contents.flatMap(({ content = {} }) =>
        Object.values(content).flatMap(({ schema }) => schema ?? []),
      );
      const all = [...bodies, ...parameters.map(({ schema }) => schema)];
      return all.flatMap((schema) => looseIn(schema, `${method.toUpperCase()} ${path}`));
    }),
  );
}

function looseIn(schema: Schema, at: string): string[] {
  const { properties, additionalProperties: others, items, anyOf, oneOf } = schema;
  if (schema.$ref !== undefined) return schema.$ref.startsWith("#/components/") ? [] : [at];
  const isSaid = schema.type ?? anyOf ?? oneOf ?? schema.enum;
  if (isSaid === undefined && schema.const === undefined) return [at];
  const isBare = schema.type === "object" && !properties && others === undefined;
  return [
    ...(isBare || others === true ? [at] : []),
    ...Object.entries(properties ?? {}).flatMap(([name, each]) => looseIn(each, `${at} ${name}`)),
    ...(typeof others === "object" ? looseIn(others, `${at} *`) : []),
    ...(items ? looseIn(items, `${at}[]`) : []),
    ...[...(anyOf ?? []), ...(oneOf ?? [])].flatMap((each) => looseIn(each, at)),
  ];
}
