import { z } from "zod";
import type { Traffic } from "../flows/traffic.ts";
import { type ApiRoute, route } from "../openapi/route.ts";
import { listOf } from "../openapi/shapes.ts";

const viewedFeed = z.object({
  name: z.string(),
  version: z.string().nullable().describe("Null before there is any copy"),
  fetchedTime: z.string().nullable().describe("When the copy in use was fetched"),
  checkedTime: z.string().nullable().describe("When the source was last asked"),
  error: z.string().nullable().describe("Why the last try failed; the last good copy stays"),
  failureCount: z.int(),
  entryCount: z.int().nullable().describe("Prefixes of a threat list; null: it is none"),
});
const answers = { 200: { description: "All feeds", json: listOf(viewedFeed) } };
const path = "/nightcap/v1/threat-feeds";

/** What is fetched to know addresses by: threat lists, and Azure's service tags. */
export const feedRoutes = (traffic: Pick<Traffic, "feeds" | "refreshFeeds">): ApiRoute[] => [
  route(
    { method: "GET", path, summary: "Threat lists and service tags: age, size, errors", answers },
    async () => ({ status: 200, body: { value: (await traffic.feeds()).map(view) } }),
  ),
  route(
    { method: "POST", path: `${path}/refresh`, summary: "Asks every source now", answers },
    async ({ note, request }) => {
      note("feeds refreshed");
      await traffic.refreshFeeds(request.signal);
      return { status: 200, body: { value: (await traffic.feeds()).map(view) } };
    },
  ),
];

const orNull = (text: string): string | null => (text === "" ? null : text);

type Status = Awaited<ReturnType<Traffic["feeds"]>>[number];

const view = (status: Status): z.input<typeof viewedFeed> => ({
  name: status.name,
  version: orNull(status.version),
  fetchedTime: orNull(status.fetchedTime),
  checkedTime: orNull(status.checkedTime),
  error: orNull(status.error),
  failureCount: status.failureCount,
  entryCount: status.entryCount,
});
