import { z } from "zod";
import { actionsOf } from "../nightcap-access.ts";
import type { Answers, ApiRoute, RouteDescription } from "./route.ts";
import { errorBody } from "./shapes.ts";

type Json = Record<string, unknown>;

/** What every route may answer besides its own. */
const refusals = {
  400: "The request is not right; the message names what and what is allowed",
  401: "Nobody is signed in, and no valid token came with it",
  403: "No role of the caller has the action",
  404: "There is no such thing",
} as const;

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
    responses: responsesOf(description.answers),
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

function responsesOf(answers: Answers): Json {
  const own = Object.entries(answers).map(([status, { description, json, contentType }]) => {
    const type = contentType ?? (json ? "application/json" : null);
    const schema = json ? { schema: schemaOf(json) } : {};
    return [status, { description, ...(type !== null && { content: { [type]: schema } }) }];
  });
  const error = { "application/json": { schema: { $ref: "#/components/schemas/Error" } } };
  const others = Object.entries(refusals)
    .filter(([status]) => !(status in answers))
    .map(([status, description]) => [status, { description, content: error }]);
  return Object.fromEntries([...own, ...others]) as Json;
}

/** What comes in and goes out is JSON before it is parsed: the input's side of each schema. */
export function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override({ jsonSchema }) {
      // A pattern of 300 characters says no more than the format's name.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return json;
}
