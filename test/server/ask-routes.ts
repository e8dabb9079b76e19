import { expect } from "vitest";
import { NightcapError } from "../../src/common/errors.ts";
import type { Caller } from "../../src/provider/kernel/arm-request.ts";
import { schemaOf } from "../../src/server/openapi/document.ts";
import { codesOf, refusalsOf } from "../../src/server/openapi/refusals.ts";
import type { ApiRoute } from "../../src/server/openapi/route.ts";
import { createRouter, inOrder } from "../../src/server/openapi/router.ts";

const base = "https://nightcap.example";

export interface RouteAnswer {
  status: number;
  text: string;
  headers: Headers;
}

/** Asks routes as the control plane does after roles were checked; null where there is no such path. */
export async function askRoutes(
  routes: readonly ApiRoute[],
  [method, path, body]: [method: string, path: string, body?: unknown],
  asking: { caller?: Caller; notes?: string[]; headers?: Record<string, string> } = {},
): Promise<RouteAnswer | null> {
  const { caller = { id: "me", name: "me" } as Caller, notes = [], headers = {} } = asking;
  const request = new Request(`${base}${path}`, {
    method,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const note = (text: string): void => void notes.push(text);
  const answer = await createRouter(inOrder(routes))(request, { caller, note }).catch(
    (error: unknown) => {
      expectDeclaredRefusal(routes, { method, path, error });
      throw error;
    },
  );
  if (!answer) return null;
  const text = await answer.text();
  expectDeclared(routes, { method, path, status: answer.status, text });
  return { status: answer.status, text, headers: answer.headers };
}

/** Every code that a route refuses with stands in the document. */
function expectDeclaredRefusal(
  routes: readonly ApiRoute[],
  { method, path, error }: { method: string; path: string; error: unknown },
): void {
  const description = findDescription(routes, method, path);
  if (!description || !(error instanceof NightcapError)) return;
  const where = `${method} ${path} refuses with ${error.code}: ${error.message}`;
  expect(codesOf(description), where).toContain(error.code);
}

const findDescription = (routes: readonly ApiRoute[], method: string, path: string) =>
  inOrder(routes)
    .map((each) => each.description)
    .find((each) => each.method === method && patternOf(each.path).test(path.split("?")[0] ?? ""));

/** An answer has the shape that its route says, and nothing besides. */
export function expectDeclared(
  routes: readonly ApiRoute[],
  { method, path, status, text }: { method: string; path: string; status: number; text: string },
): void {
  const description = findDescription(routes, method, path);
  if (description && refusalsOf(description).has(status)) return;
  const declared = description?.answers[status];
  expect(declared, `${method} ${path} answers ${status}, which it does not declare`).toBeDefined();
  if (!declared?.json || text === "") return;
  const body: unknown = JSON.parse(text);
  const parsed = declared.json.safeParse(body);
  expect(parsed.error?.issues ?? [], `${method} ${path}: ${text.slice(0, 500)}`).toEqual([]);
  expect(undeclared(schemaOf(declared.json), body), `${method} ${path}`).toEqual([]);
}

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+").replaceAll(".", String.raw`\.`)}$`);

interface Schema {
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
  items?: Schema;
  anyOf?: Schema[];
}

/** Paths of values that no part of the schema names. */
function undeclared(schema: Schema, value: unknown, at = "$"): string[] {
  if (typeof value !== "object" || value === null) return [];
  const choices = schema.anyOf ?? [schema];
  const found = choices.map((choice) => undeclaredIn(choice, value, at));
  return found.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

function undeclaredIn(
  { properties, items, ...schema }: Schema,
  value: object,
  at: string,
): string[] {
  if (schema.anyOf) return undeclared(schema, value, at);
  if (Array.isArray(value)) {
    return items ? value.flatMap((each, index) => undeclared(items, each, `${at}[${index}]`)) : [];
  }
  // A schema without properties is of any JSON value; `{}` lets in what is not named.
  if (!properties) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const declared = properties[name];
    if (declared) return undeclared(declared, each, `${at}.${name}`);
    return schema.additionalProperties === undefined ? [`${at}.${name}`] : [];
  });
}
