// Test notifications of action groups: posted for real, followed by Azure's client and on the wire.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { MonitorClient } from "@azure/arm-monitor";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { deliverySettings, startDeliveryQueue } from "../../src/alert/delivery-queue.ts";
import type { Delivery } from "../../src/alert/delivery.ts";
import { silentLog } from "../../src/common/log.ts";
import {
  type ControlPlane,
  makeDirectory,
  removeDirectory,
  startControlPlane,
  subscriptionId,
} from "./control-plane.ts";

let directory: string;
let plane: ControlPlane;
let token: string;
let monitor: MonitorClient;
let receiver: Server;
let receiverUrl: string;
let queue: ReturnType<typeof startDeliveryQueue>;
const received: { path: string; body: Payload }[] = [];
interface Payload {
  schemaId: string;
  data: { alertContext?: { conditionType: string }; context?: { name: string } };
}

const insights = "providers/Microsoft.Insights";
const subscription = `/subscriptions/${subscriptionId}`;
const group = `${subscription}/resourceGroups/nightcap`;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      received.push({ path, body: JSON.parse(Buffer.concat(chunks).toString()) as Payload });
      response.writeHead(path === "/refuses" ? 404 : 200).end();
    });
  });
  await new Promise<void>((resolve) => void receiver.listen(0, "127.0.0.1", resolve));
  receiverUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  directory = await makeDirectory();
  plane = await startControlPlane({ directory });
  const { credential } = plane.clients(await plane.identity.createClient("test"));
  token = (await credential.getToken(`${plane.base}/.default`)).token;
  monitor = new MonitorClient(credential, subscriptionId, {
    endpoint: plane.base,
    credentialScopes: [`${plane.base}/.default`],
    tlsOptions: { ca: plane.ca },
  });
  queue = startDeliveryQueue({
    table: plane.state.documents<Delivery>("deliveries"),
    settings: deliverySettings.parse({}),
    clock: plane.clock,
    log: silentLog,
  });
  await monitor.actionGroups.createOrUpdate("nightcap", "people", {
    location: "Global",
    groupShortName: "people",
    enabled: true,
    emailReceivers: [{ name: "bob", emailAddress: "bob@example.com" }],
  });
});

afterAll(async () => {
  await queue.close();
  await plane.close();
  receiver.close();
  await removeDirectory(directory);
});

const raw = (method: string, path: string, body?: unknown) =>
  plane.raw(method, `${path}?api-version=2021-09-01`, {
    token,
    ...(body === undefined ? {} : { body }),
  });

test("arm-monitor tries receivers, and waits until they have the sample", async () => {
  const done = await monitor.actionGroups.beginPostTestNotificationsAndWait(
    {
      alertType: "metricstaticthreshold",
      webhookReceivers: [
        { name: "common", serviceUri: `${receiverUrl}/common`, useCommonAlertSchema: true },
        { name: "legacy", serviceUri: `${receiverUrl}/legacy?code=secret` },
      ],
      emailReceivers: [{ name: "bob", emailAddress: "bob@example.com" }],
    },
    { updateIntervalInMs: 50 },
  );
  const sent = new Map(received.map(({ path, body }) => [path, body]));
  expect(sent.get("/common")).toMatchObject({
    schemaId: "azureMonitorCommonAlertSchema",
    data: {
      essentials: { alertRule: "test-metricAlertRule", monitorCondition: "Fired" },
      alertContext: { conditionType: "SingleResourceMultipleMetricCriteria" },
    },
  });
  expect(sent.get("/legacy?code=secret")).toMatchObject({
    schemaId: "AzureMonitorMetricAlert",
    data: { status: "Activated", context: { name: "test-metricAlertRule" } },
  });
  const details = await monitor.actionGroups.getTestNotifications(done.notificationId);
  expect(details).toMatchObject({
    state: "Completed",
    context: { contextType: "Microsoft.Insights/metricstaticthreshold" },
  });
  expect(JSON.stringify(details)).not.toContain("secret");
  const byName = new Map(details.actionDetails?.map((each) => [each.name, each]));
  expect(byName.get("common")).toMatchObject({ mechanismType: "Webhook", status: "Completed" });
  expect(byName.get("bob")).toMatchObject({
    mechanismType: "Email",
    status: "Failed",
    subState: "NotSupported",
    detail: "not supported: emailReceivers",
  });
});

test("an action group's own: 202 with both headers, and the end of the operation is the details", async () => {
  const path = `${group}/${insights}/actionGroups/people/createNotifications`;
  const accepted = await raw("POST", path, {
    alertType: "MetricsDynamicThreshold",
    azureFunctionReceivers: [
      {
        name: "function",
        functionName: "f",
        functionAppResourceId: "/f",
        httpTriggerUrl: `${receiverUrl}/function`,
        useCommonAlertSchema: true,
      },
    ],
    logicAppReceivers: [{ name: "flow", resourceId: "/l", callbackUrl: `${receiverUrl}/refuses` }],
  });
  expect(accepted).toMatchObject({
    status: 202,
    headers: {
      "azure-asyncoperation": expect.stringContaining("/operations/"),
      location: expect.stringContaining("/operationResults/"),
      "retry-after": "1",
    },
    body: { notificationId: expect.any(String), correlationId: expect.any(String) },
  });
  const { notificationId } = accepted.body as { notificationId: string };
  const { pathname } = new URL(String(accepted.headers["location"]));
  await vi.waitFor(async () => expect((await raw("GET", pathname)).status).toBe(200), 10_000);
  expect((await raw("GET", pathname)).body).toMatchObject({
    state: "Completed",
    actionDetails: [
      { mechanismType: "AzureFunction", name: "function", status: "Completed", detail: null },
      { mechanismType: "LogicApp", name: "flow", status: "Failed", detail: "answer 404" },
    ],
  });
  const payload = received.find((each) => each.path === "/function")?.body;
  expect(payload?.data.alertContext?.conditionType).toBe("DynamicThresholdCriteria");
  const status = `${insights}/actionGroups/people/notificationStatus/${notificationId}`;
  expect((await raw("GET", `${group}/${status}`)).status).toBe(200);
  const elsewhere = `${subscription}/${insights}/notificationStatus/${notificationId}`;
  expect((await raw("GET", elsewhere)).status).toBe(404);
});

test("what cannot be tried is refused by name", async () => {
  const webhookReceivers = [{ name: "a", serviceUri: receiverUrl }];
  const cases: [string, unknown, number, RegExp][] = [
    ["", { alertType: "servicehealth", webhookReceivers }, 400, /alertType "servicehealth" is not/],
    ["", { webhookReceivers }, 400, /alertType/],
    ["", { alertType: "metricstaticthreshold" }, 400, /no receiver is named/],
    [
      "",
      { alertType: "metricstaticthreshold", webhookReceivers: [{ name: "a", serviceUri: "x" }] },
      400,
      /webhookReceivers/,
    ],
    [
      "actionGroups/nosuch/",
      { alertType: "metricstaticthreshold", webhookReceivers },
      404,
      /nosuch/,
    ],
  ];
  for (const [name, body, status, message] of cases) {
    const answer = await raw("POST", `${group}/${insights}/${name}createNotifications`, body);
    expect(answer.status).toBe(status);
    expect((answer.body as { error: { message: string } }).error.message).toMatch(message);
  }
});

test("a receiver that is not disabled cannot be enabled, and one that is not there neither", async () => {
  const path = `${group}/${insights}/actionGroups/people/subscribe`;
  expect((await raw("POST", path, { receiverName: "Bob" })).status).toBe(409);
  expect((await raw("POST", path, { receiverName: "eve" })).status).toBe(404);
  await expect(
    monitor.actionGroups.enableReceiver("nightcap", "people", { receiverName: "bob" }),
  ).rejects.toMatchObject({ statusCode: 409 });
});

test("a Reader reads the outcome and sends nothing", async () => {
  const client = await plane.createClient("reader", "Reader");
  const theirs = await plane.clients(client).credential.getToken(`${plane.base}/.default`);
  const path = `${subscription}/${insights}/createNotifications?api-version=2021-09-01`;
  expect(await plane.raw("POST", path, { token: theirs.token, body: {} })).toMatchObject({
    status: 403,
    body: {
      error: { message: expect.stringContaining("Microsoft.Insights/createNotifications/write") },
    },
  });
});
