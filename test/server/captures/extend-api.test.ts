// Recordings that are made longer: over HTTP by role, by the command, and what is refused.
import { afterAll, beforeAll, expect, test } from "vitest";
import { extendedLines } from "../../../src/cli/capture-extend.ts";
import type { ExtendedCapture } from "../../../src/provider/captures/extend-capture.ts";
import { sessionStore } from "../../../src/provider/captures/session-store.ts";
import { extendRoutes } from "../../../src/server/captures/extend-api.ts";
import { protocolVersion } from "../../../src/uplink/messages.ts";
import { runNightcap } from "../../cli/run-nightcap.ts";
import { observation } from "../../provider/control-plane.ts";
import { askRoutes } from "../ask-routes.ts";
import { openRetentionBed, type RetentionBed } from "../retention/retention-bed.ts";

let bed: RetentionBed;
beforeAll(async () => {
  bed = await openRetentionBed();
});
afterAll(() => bed.close());

const pathOf = (name: string): string => `/nightcap/v1/captures/${encodeURIComponent(name)}/extend`;
const extend = (name: string, body: object = { seconds: 60 }, token?: string) =>
  bed.call("POST", pathOf(name), { body, ...(token === undefined ? {} : { token }) });

/** A capture that its host says it records now. */
async function recording(name: string): Promise<string> {
  const { sessionId } = await bed.create(name, { timeLimitInSeconds: 100 });
  await sessionStore(bed.state).update(sessionId, (session) => ({
    dueAt: null,
    session: { ...session, observed: observation(sessionId) },
  }));
  return sessionId;
}

test("what cannot be made longer is refused, by code", async () => {
  await bed.record("over", 10);
  const error = (code: string, message: string) => ({
    body: { error: { code, message: expect.stringContaining(message) } },
  });
  expect(await extend("nobody")).toMatchObject({
    status: 404,
    ...error("ResourceNotFound", 'no capture "nobody"'),
  });
  expect(await extend("over")).toMatchObject({
    status: 409,
    ...error("Conflict", '"over" does not record now'),
  });
  for (const [body, field] of [
    [{ seconds: 0 }, "seconds"],
    [{ seconds: 18_001 }, "seconds"],
    [{ seconds: 1.5 }, "seconds"],
    [{}, "seconds"],
    [{ seconds: 1, minutes: 1 }, "minutes"],
  ] as const) {
    const refused = error("InvalidRequestContent", field);
    expect(await extend("over", body)).toMatchObject({ status: 400, ...refused });
  }
});

test("a host that is away is promised nothing, and a time beyond Azure's longest is too long", async () => {
  const sessionId = await recording("away");
  expect(await extend("away")).toMatchObject({
    status: 409,
    body: { error: { code: "VMAgentStatusCommunicationError" } },
  });
  expect(await extend("away", { seconds: 17_901 })).toMatchObject({
    status: 400,
    body: { error: { code: "InvalidParameter", message: expect.stringContaining("18001 s") } },
  });
  const session = await sessionStore(bed.state).get(sessionId);
  expect(session?.body.spec.timeLimitInSeconds).toBe(100);
});

test("a Reader may not, whoever may stop captures may", async () => {
  const reader = await bed.tokenWith("Reader");
  expect(await extend("away", { seconds: 60 }, reader)).toMatchObject({
    status: 403,
    body: { error: { code: "AuthorizationFailed" } },
  });
  const contributor = await bed.tokenWith("Contributor");
  expect(await extend("away", { seconds: 60 }, contributor)).toMatchObject({ status: 409 });
});

test("each host of it is told the longer time, unless its agent is too old", async () => {
  const sessionId = await recording("here");
  const told: ExtendedCapture[] = [];
  let version = protocolVersion;
  const routes = extendRoutes({
    state: bed.state,
    clock: bed.clock,
    hub: { protocolVersionOf: () => version },
    onExtended: async (_, extended) => void told.push(extended),
    wake: () => {},
  });
  const answer = await askRoutes(routes, ["POST", pathOf("here"), { seconds: 60 }]);
  const { value } = JSON.parse(answer?.text ?? "{}");
  expect(value).toEqual([
    { sessionId, timeLimitInSeconds: 160, endsAt: "2026-11-21T04:02:40.000Z" },
  ]);
  expect(told).toMatchObject([{ sessionId, timeLimitInSeconds: 160 }]);
  expect(extendedLines("here", value)).toEqual([
    "here records for 160 s in all, until 2026-11-21T04:02:40.000Z",
  ]);
  version = 7;
  const again = askRoutes(routes, ["POST", pathOf("here"), { seconds: 60 }]);
  await expect(again).rejects.toThrow("too old to make a recording longer");
});

test("the command asks the same, and says what the control plane says", async () => {
  const command = (name: string, ...more: string[]) =>
    runNightcap("capture", "extend", name, "--state", bed.directory, ...more);
  const away = await command("away", "--seconds", "60", "--json");
  expect(away).toMatchObject({ code: 1, stdout: "" });
  expect(away.stderr).toContain("is not connected (VMAgentStatusCommunicationError)");
  expect((await command("nobody", "--seconds", "60")).stderr).toContain("ResourceNotFound");
  expect((await command("away", "--seconds", "0")).stderr).toContain("1 to 18000");
  expect((await command("away")).stderr).toContain("--seconds");
});
