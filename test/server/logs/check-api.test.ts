import { afterAll, expect, test } from "vitest";
import { openLogQueries } from "../../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../../src/logs/query-limits.ts";
import { queryCheckRoutes } from "../../../src/server/logs/check-api.ts";
import { askRoutes } from "../ask-routes.ts";

const queries = openLogQueries({
  settings: logQuerySettings.parse({}),
  engine: () => Promise.reject(new Error("nothing is run")),
});
afterAll(() => queries.close());

const routes = queryCheckRoutes(queries);
const post = (body: unknown) => askRoutes(routes, ["POST", "/nightcap/v1/logs/check", body]);
const check = async (query: string): Promise<unknown> =>
  JSON.parse((await post({ query }))?.text ?? "null");

test("a query that can be run has nothing wrong, and is not run", async () => {
  expect(await check("NTANetAnalytics | take 1")).toEqual({ diagnostics: [] });
  expect(await check("")).toEqual({ diagnostics: [] });
  expect(await check("print d = dynamic({}) | evaluate bag_unpack(d)")).toEqual({
    diagnostics: [],
  });
});

test("what is wrong is told with its place", async () => {
  const wrong = 'NTANetAnalytics\n| where SrcIpp == "x"';
  expect(await check(wrong)).toMatchObject({
    diagnostics: [
      { code: "KS142", line: 2, column: 9, start: 24, length: 6, hint: "did you mean SrcIp?" },
    ],
  });
});

test("what Nightcap does not support is told so", async () => {
  expect(await check("print a = 1 | evaluate autocluster()")).toMatchObject({
    diagnostics: [{ code: "NotSupported", message: expect.stringContaining("autocluster") }],
  });
});

test("a body that is none is refused, and so is a text that no query may have", async () => {
  await expect(post({ question: "?" })).rejects.toThrow(/query/);
  await expect(post({ query: " ".repeat(200_001) })).rejects.toThrow(/query/);
});
