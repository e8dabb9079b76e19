import { z } from "zod";
import { actionsOf } from "../nightcap-access.ts";
import { refusalsOf } from "./refusals.ts";
import type { ApiRoute, RouteDescription } from "./route.ts";
import { errorBody, shownShapeOf } from "./shapes.ts";

type Json = Record<string, unknown>;

/** The OpenAPI document of Nightcap's own routes, made of the declarations that requests are read by. */
export function openApiDocument(
  routes: readonly ApiRoute[],
  about: { version: string; baseUrl: string },
): Json {
  return {
    openapi: "3.1.1",
    info: {
      title: "Nightcap",
      version: about.version,
      summary:
        "What Azure has no words for: the rest of the control plane speaks Azure's own APIs.",
    },
    servers: [{ url: about.baseUrl }],
    security: [{ bearer: [] }, { session: [] }],
    tags: tagsOf(routes),
    paths: pathsOf(routes),
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        session: { type: "apiKey", in: "cookie", name: "__Host-nightcap-session" },
      },
      schemas: { Error: schemaOf(errorBody) },
    },
  };
}

const tagsOf = (routes: readonly ApiRoute[]): { name: string }[] =>
  [...new Set(routes.map(({ description }) => tagOf(description)))]
    .toSorted()
    .map((name) => ({ name }));

/** What a role's action calls it. */
const tagOf = (description: RouteDescription): string =>
  actionOf(description)[0]?.split("/")[1] ?? "";

const actionOf = ({ method, path }: RouteDescription): string[] =>
  actionsOf(new Request(`https://nightcap.invalid${path}`, { method }));

function pathsOf(routes: readonly ApiRoute[]): Record<string, Json> {
  const paths: Record<string, Json> = {};
  for (const { description } of routes) {
    const { path, method } = description;
    (paths[path] ??= {})[method.toLowerCase()] = operationOf(description);
  }
  return paths;
}

function operationOf(description: RouteDescription): Json {
  const { method, path, summary, body, isOpen = false } = description;
  return {
    operationId: `${method.toLowerCase()}${idOf(path)}`,
    tags: [tagOf(description)],
    summary,
    ...(isOpen ? { security: [] } : { "x-nightcap-actions": actionOf(description) }),
    parameters: [...pathParameters(path), ...queryParameters(description)],
    ...(body && { requestBody: { content: { "application/json": { schema: schemaOf(body) } } } }),
    responses: responsesOf(description),
  };
}

/** `/nightcap/v1/hosts/{name}` is `HostsName`. */
const idOf = (path: string): string =>
  path
    .split(/[^A-Za-z0-9]+/)
    .filter((part) => part !== "" && part !== "nightcap" && part !== "v1")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");

const pathParameters = (path: string): Json[] =>
  Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));

function queryParameters({ query }: RouteDescription): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) =>
    Object.assign(
      { name, in: "query", required: required.includes(name) },
      description === undefined ? {} : { description },
      { schema: schema["type"] === "integer" ? withNumber(schema) : schema },
    ),
  );
}

/** What stands for a number in an address is text where it is read, and a number for people. */
const withNumber = ({ default: text, ...schema }: Json): Json =>
  text === undefined ? schema : { ...schema, default: Number(text) };

function responsesOf(description: RouteDescription): Json {
  const { answers } = description;
  const own = Object.entries(answers).map(([status, { description: words, json, contentType }]) => {
    const type = contentType ?? (json ? "application/json" : null);
    const schema = json ? { schema: schemaOf(json) } : {};
    return [status, { description: words, ...(type !== null && { content: { [type]: schema } }) }];
  });
  const others = Array.from(refusalsOf(description), ([status, codes]) => [status, refusal(codes)]);
  return { ...Object.fromEntries(others), ...Object.fromEntries(own) } as Json;
}

/** The codes are told apart by `error.code`; each has a paragraph in docs/reference/errors.md. */
const refusal = (codes: readonly string[]): Json => ({
  description: codes.join(", "),
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  "x-nightcap-codes": codes,
});

/** What comes in and goes out is JSON before it is parsed: the input's side of each schema. */
export function schemaOf(schema: z.ZodType): Json {
  const {
    $schema: _schema,
    $defs: _defs,
    ...json
  } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const shown = shownShapeOf(zodSchema);
      if (shown) replace(jsonSchema, schemaOf(shown));
      // A pattern of 300 characters says no more than the format's name.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
      // Kinds of one thing are told as the other choices are.
      if (jsonSchema.oneOf) {
        jsonSchema.anyOf = jsonSchema.oneOf;
        delete jsonSchema.oneOf;
      }
    },
  });
  return json;
}

function replace(old: Json, next: Json): void {
  for (const name of Object.keys(old)) delete old[name];
  Object.assign(old, next);
}
