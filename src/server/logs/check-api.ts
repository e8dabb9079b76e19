import { z } from "zod";
import type { LogQueries } from "../../logs/log-queries.ts";
import { queryTextCharactersMax } from "../../query/query-limits.ts";
import { type ApiRoute, route } from "../openapi/route.ts";

const diagnostic = z.object({
  code: z.string().describe("The parser's own, such as KS142, or NotSupported"),
  message: z.string(),
  start: z.int().describe("Offset in the text, in UTF-16 units"),
  length: z.int(),
  line: z.int().describe("From 1"),
  column: z.int().describe("From 1"),
  hint: z.string().optional().describe("Said where a name is nearly another"),
});

/** Says what is wrong with a query, for editors that underline. */
export const queryCheckRoutes = (queries: Pick<LogQueries, "check">): ApiRoute[] => [
  route(
    {
      method: "POST",
      path: "/nightcap/v1/logs/check",
      summary: "What is wrong with a query in KQL, without running it",
      body: z.strictObject({ query: z.string().max(queryTextCharactersMax) }),
      answers: {
        200: {
          description: "None: it can be run",
          json: z.object({ diagnostics: z.array(diagnostic) }),
        },
      },
    },
    async ({ body: { query } }) => ({
      status: 200,
      body: { diagnostics: query.trim() === "" ? [] : [...(await queries.check(query))] },
    }),
  ),
];
