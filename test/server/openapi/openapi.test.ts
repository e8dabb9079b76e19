import { expect, test } from "vitest";
import { z } from "zod";
import { NightcapError } from "../../../src/common/errors.ts";
import { openApiDocument } from "../../../src/server/openapi/document.ts";
import { otherRoutes } from "../../../src/server/openapi/other-routes.ts";
import { type ApiRoute, route } from "../../../src/server/openapi/route.ts";
import { noSuchRoute } from "../../../src/server/openapi/router.ts";
import { listOf, noContent, queryNumber } from "../../../src/server/openapi/shapes.ts";
import { askRoutes } from "../ask-routes.ts";
import { looseSchemas } from "./loose-schemas.ts";

type Paths = Record<string, Record<string, { responses: Record<string, { description: string }> }>>;

const lamp = z.object({ name: z.string(), watts: z.int() });
const path = "/nightcap/v1/lamps/{name}";
const routes: ApiRoute[] = [
  route(
    {
      method: "GET",
      path: "/nightcap/v1/lamps",
      summary: "Lamps",
      query: z.object({ limit: queryNumber({ min: 1, max: 5, default: 3 }) }),
      answers: { 200: { description: "All", json: listOf(lamp) } },
    },
    ({ query: { limit } }) => ({
      status: 200,
      body: { value: Array.from({ length: limit }, () => ({ name: "a", watts: 4 })) },
    }),
  ),
  route(
    {
      method: "PUT",
      path,
      summary: "Hangs a lamp",
      body: z.strictObject({ watts: z.int().default(7) }),
      answers: { 200: { description: "There", json: lamp } },
    },
    ({ params: { name }, body: { watts }, note }) => {
      note(name);
      return { status: 200, body: { name, watts } };
    },
  ),
  route({ method: "DELETE", path, summary: "Takes it down", answers: { 204: noContent } }, () => ({
    status: 204,
  })),
];
const ask = (method: string, where: string, body?: unknown, notes: string[] = []) =>
  askRoutes(routes, [method, `/nightcap/v1/${where}`, body], { notes });

test("a request is read as its route declares it, and answered so", async () => {
  const notes: string[] = [];
  expect((await ask("PUT", "lamps/hall%20way", { watts: 3 }, notes))?.text).toBe(
    '{"name":"hall way","watts":3}',
  );
  expect(notes).toEqual(["hall way"]);
  expect((await ask("PUT", "lamps/a"))?.text).toBe('{"name":"a","watts":7}');
  expect(JSON.parse((await ask("GET", "lamps?limit=2"))?.text ?? "").value).toHaveLength(2);
  expect(JSON.parse((await ask("GET", "lamps"))?.text ?? "").value).toHaveLength(3);
  expect((await ask("DELETE", "lamps/a"))?.status).toBe(204);
});

test("what is not so is refused, with what is there", async () => {
  await expect(ask("PUT", "lamps/a", { watts: "x" })).rejects.toThrow(/watts/);
  await expect(ask("PUT", "lamps/a", { colour: "x" })).rejects.toThrow(/colour/);
  await expect(ask("PUT", "lamps/%ff")).rejects.toMatchObject({ code: "InvalidParameter" });
  await expect(ask("GET", "lamps?limit=6")).rejects.toThrow(/limit/);
  await expect(ask("GET", "lamps?limit=x")).rejects.toThrow(/limit/);
  await expect(ask("GET", "lamps/a")).rejects.toThrow(
    "GET of /nightcap/v1/lamps/a; there is PUT, DELETE",
  );
  expect(await ask("GET", "lamps/a/b")).toBeNull();
  expect(await ask("GET", "lampshade")).toBeNull();
});

test("who asks for what is not there is told what is", () => {
  const of = (where: string) =>
    noSuchRoute(routes, new Request(`https://x/nightcap/${where}`)).message;
  expect(of("v1/lamps/a/b")).toContain("GET /nightcap/v1/lamps, PUT /nightcap/v1/lamps/{name}");
  expect(of("v1/candles")).toBe("not supported: GET /nightcap/v1/candles; there are lamps");
});

test("what a route refuses with is in the document, by status", () => {
  const description = { method: "DELETE" as const, path, summary: "", answers: { 204: noContent } };
  const errors = ["Conflict", "ScopeLocked", "ResourceNotFound", "QueryFailed"] as const;
  const document = openApiDocument([{ description: { ...description, errors }, answer: null }], {
    version: "1.2.3",
    baseUrl: "https://x",
  });
  const { responses } = (document["paths"] as Paths)[path]?.["delete"] ?? { responses: {} };
  const codes = Object.entries(responses).map(([status, each]) => [status, each.description]);
  expect(codes).toEqual([
    ["204", "Done; there is no body"],
    ["400", "InvalidParameter, QueryFailed"],
    [
      "401",
      "InvalidAuthenticationToken, InvalidAuthenticationTokenAudience, ExpiredAuthenticationToken, AuthenticationFailed",
    ],
    ["403", "AuthorizationFailed, CsrfTokenInvalid"],
    ["404", "ResourceNotFound"],
    ["409", "Conflict, ScopeLocked"],
    ["500", "InternalServerError"],
  ]);
});

test("a code that a route does not declare is found out", async () => {
  const refusing = route(
    { method: "GET", path: "/nightcap/v1/lamps", summary: "Lamps", answers: { 204: noContent } },
    () => {
      throw new NightcapError("Conflict", "it is day");
    },
  );
  const asked = askRoutes([refusing], ["GET", "/nightcap/v1/lamps"]);
  await expect(asked).rejects.toThrow("GET /nightcap/v1/lamps refuses with Conflict: it is day");
});

test("what lets in anything is found", () => {
  const anything = (json: z.ZodType): ApiRoute => ({
    description: {
      method: "GET",
      path: "/nightcap/v1/lamps",
      summary: "Lamps",
      answers: { 200: { description: "", json } },
    },
    answer: null,
  });
  const of = (json: z.ZodType) =>
    looseSchemas(
      openApiDocument([anything(json)], { version: "1", baseUrl: "https://x" }) as never,
    );
  const at = "GET /nightcap/v1/lamps";
  expect(of(z.object({ a: z.unknown(), b: z.array(z.json()) }))).toEqual([`${at} a`, `${at} b[]`]);
  expect(of(z.looseObject({ a: z.string() }))).toEqual([`${at} *`]);
  expect(of(z.record(z.string(), z.unknown()).nullable())).toEqual([`${at} *`]);
  expect(of(listOf(lamp))).toEqual([]);
});

test("the document says the same", () => {
  const document = openApiDocument([...routes, ...otherRoutes], {
    version: "1.2.3",
    baseUrl: "https://x",
  });
  expect(document).toMatchObject({
    openapi: "3.1.1",
    info: { version: "1.2.3" },
    paths: {
      "/nightcap/v1/lamps": {
        get: {
          operationId: "getLamps",
          "x-nightcap-actions": ["Nightcap/lamps/read"],
          parameters: [
            {
              name: "limit",
              in: "query",
              required: false,
              schema: { type: "integer", minimum: 1, maximum: 5, default: 3 },
            },
          ],
        },
      },
      [path]: {
        put: {
          parameters: [{ name: "name", in: "path", required: true }],
          requestBody: {
            content: {
              "application/json": {
                schema: { properties: { watts: { default: 7 } }, additionalProperties: false },
              },
            },
          },
          responses: { 200: {}, 403: {} },
        },
      },
      "/nightcap/v1/session": { get: { security: [] } },
    },
  });
});
