import { pino } from "pino";
import { expect, test } from "vitest";
import { createArmKernel } from "../../src/provider/kernel/arm-kernel.ts";
import { createRateLimit, kindOf } from "../../src/provider/kernel/rate-limit.ts";
import { silentLog } from "../../src/common/log.ts";
import {
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

const size = (requestCountMax: number) => ({ requestCountMax, refillPerSecond: 2 });
const sizes = { reads: size(3), writes: size(1), deletes: size(1) };

test("a bucket empties, says when to come again, and fills with time, for each caller apart", () => {
  let now = 0;
  const limit = createRateLimit({ now: () => now }, sizes);
  const left = (kind: "reads" | "writes") => limit.take("a", kind);
  const header = "x-ms-ratelimit-remaining-subscription-reads";
  expect(
    [left("reads"), left("reads"), left("reads")].map(({ headers }) => headers[header]),
  ).toEqual(["2", "1", "0"]);
  const empty = left("reads");
  expect(empty.failure?.code).toBe("SubscriptionRequestsThrottled");
  expect(empty.headers).toEqual({ [header]: "0", "retry-after": "1" });
  expect(left("writes").failure).toBeNull();
  expect(limit.take("b", "reads").failure).toBeNull();
  now = 500;
  expect(left("reads").failure).toBeNull();
  expect(left("reads").failure).not.toBeNull();
  now = 1_000_000;
  expect(left("reads").headers[header]).toBe("2");
});

test("a POST is a write, as Azure counts it", () => {
  expect(["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE"].map(kindOf)).toEqual([
    "reads",
    "reads",
    "writes",
    "writes",
    "writes",
    "deletes",
  ]);
});

test("the kernel answers 429 with Retry-After, and every answer has Azure's headers", async () => {
  const directory = await makeDirectory();
  const plane = await startControlPlane({ directory });
  const { clientId } = await plane.createClient("busy", "Reader");
  const kernel = createArmKernel({
    ...plane,
    location: "local",
    log: silentLog,
    baseUrl: () => plane.base,
    authenticate: async () => ({ id: clientId, name: "busy", isBuiltIn: false }),
    rateLimit: createRateLimit(plane.clock, sizes),
  });
  const path = `${plane.base}/subscriptions/${subscriptionId}?api-version=2022-12-01`;
  const first = await kernel(new Request(path));
  expect(first.status).toBe(200);
  expect(Object.fromEntries(first.headers)).toMatchObject({
    "x-ms-ratelimit-remaining-subscription-reads": "2",
    "x-ms-request-id": expect.stringMatching(/^[\da-f-]{36}$/),
    "x-ms-routing-request-id": expect.stringMatching(/^LOCAL:\d{8}T\d{6}Z:[\da-f-]{36}$/),
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
    pragma: "no-cache",
    expires: "-1",
  });
  await kernel(new Request(path));
  await kernel(new Request(path));
  const refused = await kernel(new Request(path));
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.json()).toMatchObject({ error: { code: "SubscriptionRequestsThrottled" } });
  await plane.close();
  await removeDirectory(directory);
});

test("a write whose record is lost is answered as it ended, and the log has the record", async () => {
  const directory = await makeDirectory();
  const plane = await startControlPlane({ directory });
  const { clientId } = await plane.createClient("writer", "Owner");
  const logged: unknown[] = [];
  const kernel = createArmKernel({
    ...plane,
    audit: { ...plane.audit, record: () => Promise.reject(new Error("no space")) },
    location: "local",
    log: pino({}, { write: (line: string) => logged.push(JSON.parse(line)) }),
    baseUrl: () => plane.base,
    authenticate: async () => ({ id: clientId, name: "writer", isBuiltIn: false }),
  });
  const path = `/subscriptions/${subscriptionId}/resourceGroups/new?api-version=2022-09-01`;
  const body = JSON.stringify({ location: "local" });
  const headers = { "content-type": "application/json" };
  const answer = await kernel(
    new Request(`${plane.base}${path}`, { method: "PUT", body, headers }),
  );
  expect(answer.status).toBe(201);
  const requestId = answer.headers.get("x-ms-request-id");
  expect(logged).toMatchObject([{ msg: "not in the audit", requestId, clientId, status: 201 }]);
  await plane.close();
  await removeDirectory(directory);
});
