// Who may read events in a whole control plane, and until when.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { readEvents } from "../events/read-events.ts";
import { someRule } from "../events/some-rule.ts";
import { type Browser, openSignInBed, type SignInBed } from "./bed.ts";

const path = "/nightcap/v1/events";
const wait = { timeout: 20_000, interval: 20 };

let bed: SignInBed;
let ca: string;

beforeAll(async () => {
  bed = await openSignInBed();
  ca = await readFile(join(bed.directory, "pki/ca.pem"), "utf8");
});
afterAll(() => bed.close());

const follow = (browser: Browser) =>
  readEvents(`${bed.url}${path}`, { ca, headers: { cookie: browser.cookieHeader() } });

test("a Reader sees what others change; who has no role, and nobody, do not", async () => {
  await bed.addUser("reader", "Reader");
  await bed.addUser("nothing", null);
  const [reader, nothing] = [bed.browser(), bed.browser()];
  await reader.signIn("reader");
  await nothing.signIn("nothing");
  expect((await follow(nothing)).status).toBe(403);
  expect((await bed.ask("GET", path)).status).toBe(401);
  const live = await follow(reader);
  await vi.waitFor(() => expect(live.lastId).not.toBe(""), wait);
  const rule = `${bed.subscription}/resourceGroups/nightcap/providers/Microsoft.Insights/metricAlerts/cpu`;
  const group = `${bed.subscription}/resourceGroups/nightcap`;
  await bed.asOwner("PUT", `${group}?api-version=2021-04-01`, { body: { location: "local" } });
  const made = await bed.asOwner("PUT", `${rule}?api-version=2018-03-01`, {
    body: someRule(group),
  });
  expect([200, 201]).toContain(made.status);
  await vi.waitFor(() => expect(live.events).toHaveLength(1), wait);
  expect(live.events[0]).toMatchObject({ event: "alert", data: { id: rule, change: "put" } });
  live.cut();
});

test.each<[string, (browser: Browser) => Promise<unknown>]>([
  ["signing out", (browser) => browser.ask("DELETE", "/nightcap/v1/session")],
  [
    "a new password",
    () =>
      bed.asOwner("PATCH", "/nightcap/v1/users/leaver", { body: { password: "another one 12" } }),
  ],
  [
    "being disabled",
    () => bed.asOwner("PATCH", "/nightcap/v1/users/leaver", { body: { disabled: true } }),
  ],
  ["being deleted", () => bed.asOwner("DELETE", "/nightcap/v1/users/leaver")],
  [
    "losing the role",
    async () => {
      const assignments = `${bed.subscription}/providers/Microsoft.Authorization/roleAssignments`;
      const version = "api-version=2022-04-01";
      const user = (await bed.asOwner("GET", "/nightcap/v1/users/leaver")).body.id as string;
      const filter = `$filter=principalId eq '${user}'`.replaceAll(" ", "%20");
      const { body } = await bed.asOwner("GET", `${assignments}?${version}&${filter}`);
      await bed.asOwner("DELETE", `${assignments}/${body.value[0].name}?${version}`);
    },
  ],
])("the stream ends with %s", async (_what, leave) => {
  await bed.asOwner("DELETE", "/nightcap/v1/users/leaver");
  await bed.addUser("leaver", "Reader");
  const browser = bed.browser();
  await browser.signIn("leaver");
  const live = await follow(browser);
  await vi.waitFor(() => expect(live.lastId).not.toBe(""), wait);
  await leave(browser);
  await live.ended;
  expect((await follow(browser)).status).not.toBe(200);
});
