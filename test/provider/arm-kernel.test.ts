import { afterAll, beforeAll, expect, test } from "vitest";
import {
  accountId,
  type ControlPlane,
  machineId,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
  tenantId,
  watcherId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let secret: { clientId: string; secret: string };
let token: string;

beforeAll(async () => {
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  secret = await plane.identity.createClient("test");
  token = (await plane.clients(secret).credential.getToken(`${plane.base}/.default`)).token;
});

afterAll(async () => {
  await plane.close();
  await removeDirectory(directory);
});

const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/nightcap`;
const insights = `${group}/providers/Microsoft.Insights`;
const call = async (
  method: string,
  path: string,
  options: { body?: unknown; text?: string; headers?: Record<string, string> } = {},
) => plane.raw(method, path, { token, ...options });
const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as { error: { code: string } }).error.code,
];
const messageOf = ({ body }: { body: unknown }) =>
  (body as { error: { message: string } }).error.message;
const watchers = `${subscription}/providers/Microsoft.Network/networkWatchers`;

test("paths in any case and with double slashes find what they mean", async () => {
  for (const path of [
    watcherId,
    watcherId.toUpperCase(),
    watcherId.replaceAll("/", "//"),
    watcherId
      .replace("resourceGroups", "resourcegroups")
      .replace("Microsoft.Network", "microsoft.network"),
  ]) {
    const { status, body } = await call("GET", `${path}?api-version=2022-01-01`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: watcherId, name: "NetworkWatcher_local", location: "local" });
  }
});

test("api-version: any date from the first, none and nonsense are refused", async () => {
  for (const version of ["2016-09-01", "2022-01-01", "2099-12-31-preview"]) {
    expect((await call("GET", `${watchers}?api-version=${version}`)).status).toBe(200);
  }
  expect(codeOf(await call("GET", watchers))).toEqual([400, "MissingApiVersionParameter"]);
  for (const version of ["latest", "2022-13-01", "2001-01-01", "2022-01-01-beta"]) {
    const answer = await call("GET", `${watchers}?api-version=${version}`);
    expect(codeOf(answer)).toEqual([400, "InvalidApiVersionParameter"]);
    expect(messageOf(answer)).toContain(version);
  }
});

test.each([
  ["GET", `${watcherId}/connectionMonitors?api-version=2022-01-01`, 501, "NotImplemented"],
  ["POST", `${watcherId}/azureReachabilityReport?api-version=2022-01-01`, 501, "NotImplemented"],
  ["GET", "/nonsense?api-version=2022-01-01", 501, "NotImplemented"],
  ["DELETE", `${machineId}?api-version=2024-11-01`, 501, "NotImplemented"],
  ["GET", "/subscriptions/nobody/x?api-version=2022-01-01", 501, "NotImplemented"],
  [
    "GET",
    "/subscriptions/nobody/resourceGroups?api-version=2022-01-01",
    400,
    "InvalidSubscriptionId",
  ],
  [
    "GET",
    `/subscriptions/0b1c2d3e-0000-4000-8000-0000000000ff/resourceGroups?api-version=2022-01-01`,
    404,
    "SubscriptionNotFound",
  ],
  [
    "GET",
    `${subscription}/resourceGroups/none?api-version=2022-01-01`,
    404,
    "ResourceGroupNotFound",
  ],
  [
    "GET",
    machineId.replace("nightcap", "none") + "?api-version=2024-11-01",
    404,
    "ResourceGroupNotFound",
  ],
  ["GET", `${machineId}x?api-version=2024-11-01`, 404, "ResourceNotFound"],
  ["GET", `${watcherId}/packetCaptures/a%2Fb?api-version=2024-11-01`, 400, "InvalidRequest"],
  ["GET", `${watcherId}/packetCaptures/a%zz?api-version=2024-11-01`, 400, "InvalidRequest"],
])("%s %s is answered %i %s", async (method, path, status, code) => {
  expect(codeOf(await call(method, path))).toEqual([status, code]);
});

test("what is not supported is named by method and type", async () => {
  const answer = await call("PUT", `${watcherId}/connectionMonitors/f?api-version=2022-01-01`, {
    body: {},
  });
  expect(messageOf(answer)).toBe(
    "not supported: PUT on Microsoft.Network/networkWatchers/connectionMonitors",
  );
});

test("a body that is not JSON is refused with its position, one that is too long by its size", async () => {
  const path = `${watcherId}?api-version=2022-01-01`;
  const broken = await call("PUT", path, { text: '{\n "location": local }' });
  expect(codeOf(broken)).toEqual([400, "InvalidRequestContent"]);
  expect(messageOf(broken)).toContain("position 15 (line 2, column 14)");
  expect(codeOf(await call("PUT", path, { text: "{" }))).toEqual([400, "InvalidRequestContent"]);
  const long = await call("PUT", path, { text: `"${"x".repeat(5 << 20)}"` });
  expect(codeOf(long)).toEqual([413, "RequestTooLarge"]);
});

test("a body over the limit is refused by its length alone, before any of it is sent", async () => {
  const headers = { "content-length": "999999999" };
  const answer = await call("PUT", `${watcherId}?api-version=2022-01-01`, { headers, text: "{" });
  expect(codeOf(answer)).toEqual([413, "RequestTooLarge"]);
});

test("a body that is no JSON by its type, or compressed, is 415; one without a type is read", async () => {
  const path = `${watcherId}?api-version=2022-01-01`;
  const put = async (headers: Record<string, string>) =>
    call("PUT", path, { headers, text: '{"location":"local"}' });
  for (const headers of [
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-encoding": "gzip" },
  ]) {
    expect(codeOf(await put(headers))).toEqual([415, "UnsupportedMediaType"]);
  }
  for (const type of ["application/json", "text/json; charset=utf-8", ""]) {
    expect((await put({ "content-type": type })).status).toBeLessThan(300);
  }
});

test("what is sent with DELETE is not looked at", async () => {
  const path = `${watcherId}/packetCaptures/nothing?api-version=2022-01-01`;
  expect((await call("DELETE", path, { text: "no JSON" })).status).toBe(204);
});

test("without a good token nothing is said but 401", async () => {
  for (const bad of [undefined, "nonsense", `${token}x`]) {
    const answer = await plane.raw(
      "GET",
      `${watchers}?api-version=2022-01-01`,
      bad === undefined ? {} : { token: bad },
    );
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(/^Bearer /);
  }
  const hidden = await plane.raw("GET", "/subscriptions/nobody/x?api-version=2022-01-01");
  expect(hidden.status).toBe(401);
});

test("request ids are given, and the client's is echoed when asked for", async () => {
  const path = `${watchers}?api-version=2022-01-01`;
  const headers = { "x-ms-client-request-id": "mine", "x-ms-return-client-request-id": "true" };
  const answer = await call("GET", path, { headers });
  expect(answer.headers).toMatchObject({
    "x-ms-client-request-id": "mine",
    "x-ms-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    "x-ms-correlation-request-id": expect.any(String),
  });
  expect((await call("GET", path)).headers["x-ms-client-request-id"]).toBeUndefined();
});

test("etags: 304 when unchanged, 412 when somebody else was first", async () => {
  const path = `${watcherId}?api-version=2022-01-01`;
  const first = await call("GET", path);
  const etag = String(first.headers["etag"]);
  expect(first.body).toMatchObject({ etag });
  expect((await call("GET", path, { headers: { "if-none-match": etag } })).status).toBe(304);
  const body = { location: "Local", tags: { a: "1" } };
  expect((await call("PUT", path, { body, headers: { "if-match": etag } })).status).toBe(200);
  const stale = await call("PUT", path, { body, headers: { "if-match": etag } });
  expect(codeOf(stale)).toEqual([412, "PreconditionFailed"]);
  const create = await call("PUT", path, { body, headers: { "if-none-match": "*" } });
  expect(codeOf(create)).toEqual([412, "PreconditionFailed"]);
});

test("lists come in pages that are followed by nextLink", async () => {
  for (const name of ["p1", "p2", "p3"]) {
    const body = { location: "local" };
    await call("PUT", `${subscription}/resourceGroups/${name}?api-version=2021-04-01`, { body });
  }
  const names: string[] = [];
  let next = `${subscription}/resourceGroups?api-version=2021-04-01&$top=2`;
  for (let page = 0; page < 10 && next; page++) {
    const { body } = await call("GET", next);
    const { value, nextLink } = body as { value: { name: string }[]; nextLink?: string };
    expect(value.length).toBeLessThanOrEqual(2);
    names.push(...value.map(({ name }) => name));
    next = nextLink?.slice(plane.base.length) ?? "";
  }
  expect(names).toEqual(["NetworkWatcherRG", "nightcap", "p1", "p2", "p3"]);
  const wrong = await call("GET", `${watchers}?api-version=2021-04-01&$top=0`);
  expect(codeOf(wrong)).toEqual([400, "InvalidParameter"]);
});

test("one watcher a region, in any region, and not away from under its captures", async () => {
  const other = watcherId.replace("NetworkWatcher_local", "mine");
  const put = (location: string) =>
    call("PUT", `${other}?api-version=2022-01-01`, { body: { location } });
  expect(codeOf(await put("local"))).toEqual([400, "NetworkWatcherCountLimitReached"]);
  expect(codeOf(await put("../x"))).toEqual([400, "InvalidParameter"]);
  const created = await put("West Europe");
  expect(created).toMatchObject({ status: 201, body: { location: "westeurope" } });
  expect((await put("westeurope")).status).toBe(200);
  expect(codeOf(await put("mars"))).toEqual([409, "InvalidResourceLocation"]);
  expect((await call("DELETE", `${other}?api-version=2022-01-01`)).status).toBe(204);
});

test("groups: created, checked, emptied before they are deleted", async () => {
  const path = `${subscription}/resourcegroups/tmp?api-version=2021-04-01`;
  expect((await call("HEAD", path)).status).toBe(404);
  expect((await call("PUT", path, { body: { location: "local" } })).status).toBe(201);
  expect((await call("HEAD", path)).status).toBe(204);
  expect((await call("PATCH", path, { body: { tags: { a: "b" } } })).body).toMatchObject({
    tags: { a: "b" },
  });
  expect((await call("DELETE", path)).status).toBe(200);
  const full = await call("DELETE", `${group}?api-version=2021-04-01`);
  expect(codeOf(full)).toEqual([409, "Conflict"]);
});

test("Azure's compute client sees the host as a machine with its state and its interface", async () => {
  const { compute, network } = plane.clients(secret);
  const machine = await compute.virtualMachines.get("nightcap", "web-1", {
    expand: "instanceView",
  });
  expect(machine).toMatchObject({
    id: machineId,
    location: "local",
    osProfile: { computerName: "web-1" },
    instanceView: { osName: "Debian GNU/Linux 12" },
  });
  expect(machine.instanceView?.statuses?.map(({ code }) => code)).toContain("PowerState/running");
  const id = machine.networkProfile?.networkInterfaces?.[0]?.id ?? "";
  const name = id.slice(id.lastIndexOf("/") + 1);
  const networkInterface = await network.networkInterfaces.get("nightcap", name);
  expect(networkInterface.ipConfigurations?.[0]?.privateIPAddress).toBe("192.0.2.4");
  const names: (string | undefined)[] = [];
  for await (const each of compute.virtualMachines.listAll()) names.push(each.name);
  for await (const each of compute.virtualMachines.list("nightcap")) names.push(each.name);
  expect(names).toEqual(["web-1", "web-1"]);
  plane.host.connected = false;
  const view = await compute.virtualMachines.instanceView("nightcap", "web-1");
  expect(view.vmAgent?.statuses?.[0]?.displayStatus).toBe("Not Ready");
  plane.host.connected = true;
});

test("what az login and the storage commands ask for is there", async () => {
  for (const version of ["2016-06-01", "2019-11-01", "2022-12-01"]) {
    expect((await call("GET", `/subscriptions?api-version=${version}`)).body).toMatchObject({
      value: [
        { id: subscription, subscriptionId, tenantId, state: "Enabled", displayName: "Nightcap" },
      ],
    });
  }
  expect((await call("GET", "/tenants?api-version=2019-11-01")).body).toMatchObject({
    value: [{ tenantId }],
  });
  const provider = await call(
    "GET",
    `${subscription}/providers/microsoft.network?api-version=2021-04-01`,
  );
  expect(provider.body).toMatchObject({
    namespace: "Microsoft.Network",
    registrationState: "Registered",
  });
  expect(
    (await call("POST", `${accountId}/listKeys?api-version=2022-09-01&$expand=kerb`)).body,
  ).toMatchObject({
    keys: expect.arrayContaining([
      { keyName: "key1", value: expect.any(String), permissions: "FULL" },
    ]),
  });
});

const rule = {
  location: "global",
  properties: {
    severity: 3,
    enabled: true,
    scopes: [machineId],
    evaluationFrequency: "PT1M",
    windowSize: "PT5M",
    criteria: {
      "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
      allOf: [
        {
          criterionType: "StaticThresholdCriterion",
          name: "cond0",
          metricName: "Network Out Total",
          timeAggregation: "Average",
          dimensions: [],
          operator: "GreaterThan",
          threshold: 3,
        },
      ],
    },
    actions: [],
  },
};

test("metric alerts: 200 also for a new one, criteria echoed, patched, refused when wrong", async () => {
  const path = `${insights}/metricAlerts/out?api-version=2018-03-01`;
  const created = await call("PUT", path, { body: rule });
  expect(created.status).toBe(200);
  expect(created.body).toMatchObject({ properties: { criteria: rule.properties.criteria } });
  const patched = await call("PATCH", path.replace("Microsoft.Insights", "microsoft.insights"), {
    body: { properties: { enabled: false } },
  });
  expect(patched).toMatchObject({
    status: 200,
    body: { properties: { enabled: false, severity: 3 } },
  });
  const bad = { ...rule, properties: { ...rule.properties, windowSize: "5 minutes" } };
  const refused = await call("PUT", path, { body: bad });
  expect(codeOf(refused)).toEqual([400, "InvalidParameter"]);
  expect(messageOf(refused)).toContain("5 minutes");
  expect((await call("DELETE", path)).status).toBe(200);
  expect((await call("DELETE", path)).status).toBe(204);
});

test("action groups: 201 when new, 200 after that", async () => {
  const path = `${insights}/actionGroups/people?api-version=2021-09-01`;
  const body = {
    location: "Global",
    properties: {
      groupShortName: "people",
      enabled: true,
      webhookReceivers: [
        { name: "hook", serviceUri: "https://192.0.2.9/hook", useCommonAlertSchema: true },
      ],
    },
  };
  expect((await call("PUT", path, { body })).status).toBe(201);
  expect((await call("PUT", path, { body })).status).toBe(200);
  const { value } = (await call("GET", `${insights}/actionGroups?api-version=2021-09-01`)).body as {
    value: unknown[];
  };
  expect(value).toMatchObject([{ name: "people" }]);
});

test("each write is in the audit with who, what, from where and how it ended; reads are not", async () => {
  const path = `${insights}/metricAlerts/audited?api-version=2018-03-01`;
  await call("PUT", path, { body: rule });
  await call("GET", path);
  await call("PUT", path, { body: {} });
  const entries = (await plane.state.documents<{ resourceId: string }>("audit").list())
    .map(({ body }) => body)
    .filter(({ resourceId }) => resourceId.endsWith("/audited"));
  expect(entries).toMatchObject([
    {
      who: { id: secret.clientId, name: "test" },
      action: "Microsoft.Insights/metricAlerts/write",
      from: "127.0.0.1",
      outcome: { status: 200, code: null },
    },
    { outcome: { status: 400, code: "InvalidRequestContent" } },
  ]);
});

test("an error of our own is hidden behind its request id", async () => {
  await plane.state.resources.put({
    id: `${group}/providers/Microsoft.Compute/virtualMachines/broken`,
    type: "Microsoft.Compute/virtualMachines",
    body: {},
  });
  const nothing = plane.host.isConnected;
  plane.host.isConnected = () => {
    throw new Error("the secret inside");
  };
  const answer = await call("GET", `${machineId}/instanceView?api-version=2024-11-01`);
  plane.host.isConnected = nothing;
  expect(codeOf(answer)).toEqual([500, "InternalServerError"]);
  expect(messageOf(answer)).toContain(String(answer.headers["x-ms-request-id"]));
  expect(JSON.stringify(answer.body)).not.toContain("secret inside");
});
