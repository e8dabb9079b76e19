import { z } from "zod";
import { isoTime } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import type { Audit } from "../provider/kernel/audit.ts";
import { type ApiRoute, route } from "./openapi/route.ts";
import { listOf, time } from "./openapi/shapes.ts";

const firstTime = "1970-01-01T00:00:00.000Z";
const lastTime = "9999-12-31T23:59:59.999Z";

const auditEntry = z.object({
  who: z.object({ id: z.string(), name: z.string() }).nullable(),
  action: z.string(),
  scope: z.string().optional(),
  method: z.string().optional(),
  resourceId: z.string(),
  when: time,
  from: z.string().nullable().describe("The client's address"),
  detail: z.string().optional(),
  outcome: z.object({ status: z.int(), code: z.string().nullable() }),
  requestId: z.string(),
  correlationId: z.string().optional(),
  clientRequestId: z.string().nullish(),
  count: z.int().optional().describe("Of refusals: how many alike there were in that minute"),
});
const range = z.object({
  from: z.string().default(firstTime).transform(readTime).meta({ format: "date-time" }),
  to: z.string().default(lastTime).transform(readTime).meta({ format: "date-time" }),
});

/** Every write and every refusal. */
export const auditRoutes = (audit: Audit): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: "/nightcap/audit",
      summary: "Every write and every refusal between two times, the oldest first",
      query: range,
      answers: { 200: { description: "What is remembered of them", json: listOf(auditEntry) } },
    },
    async ({ query }) => ({ status: 200, body: { value: await audit.list(query) } }),
  ),
];

function readTime(text: string): string {
  const milliseconds = Date.parse(text);
  if (!Number.isNaN(milliseconds)) return isoTime(milliseconds);
  throw new NightcapError("InvalidParameter", `time "${text.slice(0, 40)}" is not ISO 8601`);
}
