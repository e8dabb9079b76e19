import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type AuditEntry,
  auditEntryCountMax,
  createAudit,
  refusalEntryCountMax,
} from "../../src/provider/kernel/audit.ts";
import {
  type ControlPlane,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  tenantId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let ownerId: string;
let token: string;
let readerToken: string;

const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/audited`;
const log = `${subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01`;
const version = "api-version=2021-04-01";

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const owner = await plane.createClient("owner", "Owner");
  ownerId = owner.clientId;
  const tokenOf = async (secret: typeof owner) =>
    (await plane.clients(secret).credential.getToken(`${plane.base}/.default`)).token;
  token = await tokenOf(owner);
  readerToken = await tokenOf(await plane.createClient("reader", "Reader"));
});
afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const call = (method: string, path: string, body?: unknown, as = token) =>
  plane.raw(method, path, {
    token: as,
    headers: { "x-ms-correlation-request-id": "together", "x-ms-client-request-id": "mine" },
    ...(body === undefined ? {} : { body }),
  });
const events = async (filter: string, more = "", as = token) => {
  const answer = await call(
    "GET",
    `${log}&$filter=${encodeURIComponent(filter)}${more}`,
    undefined,
    as,
  );
  return answer.body as { value: Record<string, unknown>[]; nextLink?: string };
};
const sinceLong = "eventTimestamp ge '2020-01-01T00:00:00Z'";

test("a write and a refusal are in the activity log, in Azure's shape, newest first", async () => {
  await call("PUT", `${group}?${version}`, { location: "local" });
  await call("DELETE", `${group}?${version}`, undefined, readerToken);
  await call("GET", `${group}?${version}`);
  const { value } = await events(`${sinceLong} and resourceGroupName eq 'AUDITED'`);
  expect(value.map(({ operationName }) => operationName)).toMatchObject([
    { value: "Microsoft.Resources/subscriptions/resourceGroups/delete" },
    { value: "Microsoft.Resources/subscriptions/resourceGroups/write" },
  ]);
  expect(value[1]).toMatchObject({
    authorization: {
      action: "Microsoft.Resources/subscriptions/resourceGroups/write",
      scope: group,
    },
    caller: ownerId,
    category: { value: "Administrative" },
    correlationId: "together",
    eventName: { value: "EndRequest", localizedValue: "End request" },
    eventTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    httpRequest: {
      clientIpAddress: "127.0.0.1",
      clientRequestId: "mine",
      method: "PUT",
      uri: group,
    },
    level: "Informational",
    resourceGroupName: "audited",
    resourceId: group,
    resourceType: { value: "Microsoft.Resources/resourceGroups" },
    status: { value: "Succeeded" },
    subStatus: { value: "Created", localizedValue: "Created (HTTP Status Code: 201)" },
    subscriptionId,
    tenantId,
  });
  expect(value[0]).toMatchObject({
    level: "Error",
    status: { value: "Failed" },
    subStatus: { value: "Forbidden" },
    properties: { statusMessage: "AuthorizationFailed", requestCount: "1" },
  });
});

test("filters: caller, status, id, provider; times without zone; fields by $select", async () => {
  const count = async (filter: string) => (await events(filter)).value.length;
  expect(await count(`${sinceLong} and caller eq '${ownerId}'`)).toBe(1);
  expect(await count(`${sinceLong} and status eq 'Failed'`)).toBe(1);
  expect(await count(`${sinceLong} and resourceId eq '${group.toUpperCase()}'`)).toBe(2);
  expect(await count(`${sinceLong} and resourceProvider eq Microsoft.Resources`)).toBe(2);
  expect(await count(`${sinceLong} and correlationId eq 'other'`)).toBe(0);
  const hourAgo = new Date(plane.clock.now() - 3_600_000).toISOString().replace("Z", "456");
  const soon = new Date(plane.clock.now() + 60_000).toISOString().replace("Z", "");
  const between = `eventTimestamp ge ${hourAgo} and eventTimestamp le ${soon}`;
  expect(await count(between)).toBe(2);
  expect(await count(`eventTimestamp ge ${soon}`)).toBe(0);
  const { value } = await events(between, "&$select=caller,eventTimestamp");
  expect(Object.keys(value[0] ?? {}).toSorted()).toEqual(["caller", "eventTimestamp"]);
  for (const wrong of [
    "",
    "caller eq 'x'",
    `${sinceLong} and colour eq 'x'`,
    "eventTimestamp ge x",
  ]) {
    const answer = await call("GET", `${log}&$filter=${encodeURIComponent(wrong)}`);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "InvalidParameter" } } });
  }
});

test("more than a page goes on behind its link, each event once", async () => {
  const written = 450;
  const start = plane.clock.now() + 1_000_000;
  for (let index = 0; index < written; index++) {
    await plane.audit.record(entry({ when: start + Math.floor(index / 7), id: `id-${index}` }));
  }
  const seen: unknown[] = [];
  const from = new Date(start - 1).toISOString();
  let page = await events(`eventTimestamp ge '${from}'`);
  for (let turn = 0; turn < 10; turn++) {
    seen.push(...page.value.map(({ eventDataId }) => eventDataId));
    if (page.nextLink === undefined) break;
    page = (await call("GET", page.nextLink.slice(plane.base.length))).body as typeof page;
  }
  expect(seen).toHaveLength(written);
  expect(new Set(seen).size).toBe(written);
});

function entry(change: {
  when: number;
  id: string;
  status?: number;
  from?: string;
  path?: string;
}): AuditEntry {
  const { when, id, status = 200, from = "192.0.2.1", path = group } = change;
  return {
    who: null,
    action: "Microsoft.Resources/subscriptions/resourceGroups/write",
    resourceId: path,
    when: new Date(when).toISOString(),
    from,
    outcome: { status, code: status === 401 ? "AuthenticationFailed" : null },
    requestId: id,
  };
}

test("a flood of refusals is counted, not written, and pushes no write out", async () => {
  const audit = createAudit(plane.state);
  const start = Date.parse("2031-01-01T00:00:00Z");
  const refusals = () => plane.state.documents("auditRefusals").count();
  const before = await refusals();
  for (let index = 0; index < 5_000; index++) {
    const path = `/scan/${index % 500}`;
    await audit.record(entry({ when: start + index, id: `r-${index}`, status: 401, path }));
  }
  expect((await refusals()) - before).toBeLessThanOrEqual(52);
  const range = { from: "2031-01-01", to: "2031-01-02" };
  const listed = await audit.list(range);
  const total = listed.reduce((sum, { count = 1 }) => sum + count, 0);
  expect(total).toBe(5_000);
  for (let minute = 1; minute <= 30; minute++) {
    for (let index = 0; index < 60; index++) {
      const when = start + minute * 60_000;
      const id = `m-${minute}-${index}`;
      await audit.record(entry({ when, id, status: 401, path: `/scan/${index}` }));
    }
  }
  expect(await refusals()).toBeLessThanOrEqual(refusalEntryCountMax);
  expect(await plane.state.documents("audit").count()).toBeLessThanOrEqual(auditEntryCountMax);
  expect((await events(`${sinceLong} and caller eq '${ownerId}'`)).value).toHaveLength(1);
});
