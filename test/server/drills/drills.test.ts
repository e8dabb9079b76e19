// The drill itself is played in test/web/page.test.ts and test/e2e; here one that cannot begin, and one too many.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createDrills, type Drills } from "../../../src/server/drills/drills.ts";
import { drillRoutes } from "../../../src/server/drills/drills-api.ts";
import { askRoutes } from "../ask-routes.ts";

const isRoot = process.getuid?.() === 0;
const path = "/nightcap/v1/drills";
let directory: string;
let drills: Drills;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-drills-"));
  drills = createDrills({ directory, clock: systemClock, log: silentLog });
});
afterEach(async () => {
  await drills.close();
  await rm(directory, { recursive: true, force: true });
});

const newest = async (): Promise<unknown> =>
  (
    JSON.parse((await askRoutes(drillRoutes(drills), ["GET", path]))?.text ?? "") as {
      newest: unknown;
    }
  ).newest;

test.runIf(isRoot)(
  "one at a time; one that cannot begin says why, and the next may be tried",
  async () => {
    expect(await newest()).toBeNull();
    const notes: string[] = [];
    const begun = await askRoutes(drillRoutes(drills), ["POST", path], { notes });
    expect(begun?.status).toBe(202);
    expect(notes).toEqual(["drill"]);
    expect(await newest()).toMatchObject({ state: "running", endTime: null });
    const second = askRoutes(drillRoutes(drills), ["POST", path]);
    await expect(second).rejects.toMatchObject({ code: "Conflict" });
    await vi.waitFor(async () => expect(await newest()).toMatchObject({ state: "failed" }), 30_000);
    expect(await newest()).toMatchObject({
      problem: expect.stringContaining("credentials.json"),
      endTime: expect.any(String),
    });
    expect(drills.start().state).toBe("running");
  },
);

test.runIf(isRoot)("closing ends the one under way", async () => {
  drills.start();
  await drills.close();
  expect(drills.newest()?.state).toBe("failed");
});
