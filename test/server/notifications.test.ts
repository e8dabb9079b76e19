import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { createProcessMetrics } from "../../src/common/metrics.ts";
import { notificationRoutes } from "../../src/server/notifications-api.ts";
import { type Notifications, openNotifications } from "../../src/server/notifications.ts";
import { serverSettings } from "../../src/server/settings.ts";
import { openState, type State } from "../../src/state/state.ts";
import { message } from "../notify/messages.ts";
import { askRoutes } from "./ask-routes.ts";
import { type Receiver, startReceiver } from "../notify/receiver.ts";

let directory: string;
let state: State;
let receiver: Receiver;
let notifications: Notifications;
let metrics: ReturnType<typeof createProcessMetrics>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-notifications-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  receiver = await startReceiver();
  notifications = await open([]);
});
afterEach(async () => {
  await notifications.close();
  await receiver.close();
  await state.close();
  await rm(directory, { recursive: true });
});

function open(targets: Record<string, unknown>[]): Promise<Notifications> {
  metrics = createProcessMetrics();
  const settings = serverSettings.parse({ directory, notifications: { targets } });
  const baseUrl = "https://nightcap.example:8443";
  return openNotifications({
    settings,
    state,
    metrics,
    baseUrl,
    clock: systemClock,
    log: silentLog,
  });
}

async function call(method: string, path: string, body?: object) {
  const routes = notificationRoutes(notifications, silentLog);
  const answer = await askRoutes(routes, [method, `/nightcap/v1/${path}`, body]);
  const text = answer?.text ?? "";
  return { status: answer?.status ?? 0, text, body: text === "" ? null : JSON.parse(text) };
}

const slack = () => ({
  kind: "slack",
  url: `${receiver.url}/services/T0/B0/secret-part`,
  allowPrivateAddresses: true,
});

test("a target is made, shown without its secrets, tested and removed", async () => {
  const made = await call("PUT", "notification-targets/team", slack());
  expect(made).toMatchObject({ status: 201, body: { name: "team", kind: "slack" } });
  const listed = await call("GET", "notification-targets");
  expect(listed.body.value).toMatchObject([{ where: receiver.url, isFixed: false }]);
  expect(`${made.text}${listed.text}`).not.toContain("secret-part");
  const file = join(directory, "notification-targets.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readFile(file, "utf8")).toContain("secret-part");

  const tried = await call("POST", "notification-targets/team/test");
  expect(tried.body).toMatchObject({ target: "team", delivered: true, reason: null });
  expect(receiver.received[0]?.text).toContain("This is a test");
  receiver.answer = (response) => void response.writeHead(403).end("invalid_token");
  expect((await call("POST", "notification-targets/team/test")).body).toMatchObject({
    delivered: false,
    reason: expect.stringContaining("answered 403: invalid_token") as string,
  });
  expect((await call("PUT", "notification-targets/team", slack())).status).toBe(200);
  expect((await call("DELETE", "notification-targets/team")).status).toBe(204);
  await expect(call("GET", "notification-targets/team")).rejects.toThrow("no notification target");
});

test("a change keeps what it does not name, and a secret for its own place alone", async () => {
  const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZg==";
  const hook = { kind: "webhook", url: `${receiver.url}/hook/kept`, secret };
  await call("PUT", "notification-targets/hook", { ...hook, allowPrivateAddresses: true });
  const changed = await call("PATCH", "notification-targets/hook", {
    enabled: false,
    routes: { severities: [0] },
  });
  expect(changed.body).toMatchObject({ enabled: false, hasSecret: true, routes: { hosts: [] } });
  await call("POST", "notification-targets/hook/test");
  expect(receiver.received[0]).toMatchObject({ path: "/hook/kept" });
  expect(receiver.received[0]?.headers["webhook-signature"]).toMatch(/^v1,/);

  const elsewhere = { url: "https://elsewhere.example/" };
  const moved = call("PATCH", "notification-targets/hook", elsewhere);
  await expect(moved).rejects.toMatchObject({
    message: `secret: it was given for ${receiver.url}: give that of the new place`,
    details: [{ target: "secret" }],
  });
  await expect(call("POST", "notification-targets/hook/test", elsewhere)).rejects.toThrow(
    "secret: it was given for",
  );
  await expect(call("PATCH", "notification-targets/hook", { kind: "slack" })).rejects.toMatchObject(
    { details: [{ target: "kind" }] },
  );
  const again = await call("PATCH", "notification-targets/hook", { ...elsewhere, secret: null });
  expect(again.body).toMatchObject({ where: "https://elsewhere.example", hasSecret: false });
  await expect(call("PATCH", "notification-targets/nobody", { enabled: true })).rejects.toThrow(
    "no notification target",
  );
});

test("settings are tried before they are stored", async () => {
  const tried = await call("POST", "notification-targets/soon/test", slack());
  expect(tried.body).toMatchObject({ target: "soon", delivered: true });
  expect((await call("GET", "notification-targets")).body.value).toEqual([]);
  await call("PUT", "notification-targets/soon", slack());
  const refused = await call("POST", "notification-targets/soon/test", {
    allowPrivateAddresses: false,
  });
  expect(refused.body).toMatchObject({
    delivered: false,
    reason: expect.stringContaining("private network") as string,
  });
  expect((await call("GET", "notification-targets/soon")).body).toMatchObject({
    allowPrivateAddresses: true,
  });
});

test("PagerDuty's test leaves no incident open", async () => {
  await call("PUT", "notification-targets/pager", {
    kind: "pagerDuty",
    url: receiver.url,
    secret: "routing",
    allowPrivateAddresses: true,
  });
  await call("POST", "notification-targets/pager/test");
  expect(receiver.received.map(({ json }) => json["event_action"])).toEqual(["trigger", "resolve"]);
});

test("settings name secrets by their files, and their targets are not the API's to change", async () => {
  await notifications.close();
  const [secretFile, urlFile] = [join(directory, "secret"), join(directory, "url")];
  await writeFile(secretFile, "0123456789abcdef0123456789abcdef\n");
  await writeFile(urlFile, `${receiver.url}/hook\n`);
  notifications = await open([
    { name: "hook", kind: "webhook", urlFile, secretFile, allowPrivateAddresses: true },
  ]);
  expect((await call("GET", "notification-targets/hook")).body).toMatchObject({
    hasSecret: true,
    isFixed: true,
  });
  await expect(call("PUT", "notification-targets/hook", slack())).rejects.toThrow(
    "in the settings",
  );
  await expect(open([{ name: "hook", kind: "webhook", urlFile, subject: "{x}" }])).rejects.toThrow(
    /notifications\.targets\.0: subject: unknown placeholder "\{x\}"/,
  );
});

test("wrong settings are refused with their reason", async () => {
  const wrong = { kind: "webhook", url: "ftp://h/", quietHours: { timeZone: "Mars/Base" } };
  await expect(call("PUT", "notification-targets/x", wrong)).rejects.toThrow(
    /timeZone: not a time zone/,
  );
  await expect(call("PUT", "notification-targets/X!", { kind: "log" })).rejects.toThrow(/name:/);
});

test("dead letters are listed, retried and dropped, and all is counted", async () => {
  await call("PUT", "notification-targets/team", slack());
  receiver.answer = (response) => void response.writeHead(400).end();
  await notifications.sendNotification(message());
  await notifications.sendNotification(message({ incidentId: "other" }));
  const list = async () => (await call("GET", "notification-dead-letters")).body.value as Letter[];
  await expect.poll(async () => (await list()).length).toBe(2);
  const [letter] = await list();
  expect(letter).toMatchObject({
    target: "team",
    attemptCount: 1,
    acceptedTime: expect.any(String),
  });
  receiver.answer = (response) => void response.end("ok");
  const ids = [letter?.id];
  expect((await call("POST", "notification-dead-letters/retry", { ids })).body).toEqual({
    count: 1,
  });
  await expect.poll(() => receiver.received.length).toBe(3);
  expect((await call("DELETE", "notification-dead-letters")).body).toEqual({ count: 1 });
  await expect(call("DELETE", "notification-dead-letters/nothing")).rejects.toThrow(
    "no id of a dead",
  );
  const { body } = await metrics.text();
  expect(body).toContain('nightcap_notify_dead_total{target="team"} 2');
  expect(body).toContain("nightcap_notify_dead_letters 0");
});

interface Letter {
  id: string;
}
