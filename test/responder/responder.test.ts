import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAzureCaptureClient } from "../../src/responder/azure-clients.ts";
import { systemClock } from "../../src/common/clock.ts";
import { webhookNotifier } from "../../src/responder/notifiers.ts";
import { storedCaptures } from "../../src/provider/captures/stored-captures.ts";
import { retentionMilliseconds } from "../../src/responder/steps.ts";
import type { Responder } from "../../src/responder/responder.ts";
import { machineId, subscriptionId, watcherId } from "../provider/control-plane.ts";
import { alertRequest, classicAlert, commonAlert, legacyAlert } from "./alerts.ts";
import { type ArmBed, startArmBed } from "./arm-bed.ts";
import { openResponder, testSettings } from "./open-responder.ts";

let bed: ArmBed;
let responder: Awaited<ReturnType<typeof openResponder>>;
const signal = AbortSignal.timeout(3_600_000);

beforeEach(async () => {
  bed = await startArmBed();
  responder = await openResponder(bed);
});

afterEach(async () => {
  await responder.close();
  await bed.close();
});

const call = async (body: unknown, on: Responder = responder) => {
  const response = await on.handler(alertRequest(body));
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
/** Runs the jobs until none waits for anything but its retention. */
const settle = async (on: Responder = responder): Promise<void> => {
  await expect
    .poll(
      async () => {
        await on.runDue(signal);
        return (await on.listJobs()).every(({ step }) => step === "done");
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(true);
};
const runUntil = async (step: string, on: Responder = responder): Promise<void> => {
  await expect
    .poll(
      async () => {
        await on.runDue(signal);
        return (await on.listJobs()).some((job) => job.step === step);
      },
      { timeout: 20_000, interval: 20 },
    )
    .toBe(true);
};
const countCalls = (name: string) => bed.calls.filter((one) => one.name === name).length;

test.each([
  ["legacy", legacyAlert()],
  ["common", commonAlert()],
  ["classic", classicAlert()],
])(
  "an alert in the %s schema becomes a capture and a notification with its link",
  async (_name, alert) => {
    const accepted = await call(alert);
    expect(accepted).toMatchObject({
      status: 202,
      body: {
        status: "accepted",
        jobId: expect.stringMatching(/^[0-9a-f]{32}$/),
        duplicate: false,
      },
    });
    await settle();
    const [name] = await bed.captureNames();
    expect(name).toMatch(/^alert-net-out-web-1-[0-9a-f]{10}$/);
    expect(bed.received).toHaveLength(1);
    expect(bed.received[0]).toMatchObject({
      id: accepted.body["jobId"],
      notification: {
        notificationId: accepted.body["jobId"],
        outcome: "captured",
        text: `alert "net-out" on web-1, fired 2026-11-21T04:00:12.400Z\npacket capture "${name}" is complete (TimeExceeded)`,
        link: expect.stringMatching(/^https:\/\/.*\/network-watcher-logs\/.*\.cap$/),
        capture: { id: `${watcherId}/packetCaptures/${name}`, name, stopReason: "TimeExceeded" },
      },
    });
    expect(responder.lines.filter((line) => line.includes('"alert answered"'))).toHaveLength(1);
    expect(responder.lines.join("")).not.toContain("sig=hidden");
  },
);

test("the capture is asked for with the settings' limits, filters and places", async () => {
  const settings = testSettings({
    fileDirectory: "/var/captures/nightcap",
    bytesToCapturePerPacket: 96,
    totalBytesPerSession: 5_000_000,
    filters: [{ protocol: "TCP", remotePort: "443" }],
  });
  const limited = await openResponder(bed, { settings, file: "limited.db" });
  await call(legacyAlert(), limited);
  await settle(limited);
  const put = bed.calls.find(({ name }) => name === "PUT packetCaptures");
  const { properties } = JSON.parse(put?.body ?? "") as { properties: Record<string, unknown> };
  expect(properties).toEqual({
    target: machineId,
    bytesToCapturePerPacket: 96,
    totalBytesPerSession: 5_000_000,
    timeLimitInSeconds: 30,
    filters: [{ protocol: "TCP", remotePort: "443" }],
    storageLocation: {
      storageId: settings.storageId,
      filePath: `/var/captures/nightcap/${put?.path.split("/").at(-1)}.cap`,
    },
  });
  await limited.close();
});

test("the same alert delivered twice, at once or later, in one schema or another, gives one capture and one notification", async () => {
  const answers = await Promise.all([
    call(legacyAlert()),
    call(legacyAlert()),
    call(commonAlert()),
  ]);
  expect(new Set(answers.map(({ body }) => body["jobId"])).size).toBe(1);
  expect(answers.filter(({ body }) => body["duplicate"] === false)).toHaveLength(1);
  await settle();
  expect(await call(legacyAlert())).toMatchObject({ status: 202, body: { duplicate: true } });
  await settle();
  expect(bed.startedCount()).toBe(1);
  expect(bed.received).toHaveLength(1);
});

test("without its table a second delivery still finds the first one's capture", async () => {
  await call(legacyAlert());
  await settle();
  const forgetful = await openResponder(bed, { file: "empty.db" });
  await call(legacyAlert(), forgetful);
  await settle(forgetful);
  expect(countCalls("PUT packetCaptures")).toBe(1);
  expect(new Set(bed.received.map(({ id }) => id)).size).toBe(1);
  expect(await forgetful.listJobs()).toMatchObject([
    { adopted: true, outcome: { kind: "captured" } },
  ]);
  await forgetful.close();
});

test("resolved alerts and other kinds of resource are ignored with the reason", async () => {
  expect(await call(legacyAlert({ status: "Deactivated" }))).toEqual({
    status: 200,
    body: { status: "ignored", reason: 'alert "net-out" is resolved: its condition is over' },
  });
  expect((await call(commonAlert({ status: "Resolved" }))).body["status"]).toBe("ignored");
  const target = `/subscriptions/${subscriptionId}/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/s`;
  const type = "Microsoft.Storage/storageAccounts";
  expect(await call(legacyAlert({ target, type }))).toEqual({
    status: 200,
    body: {
      status: "ignored",
      reason:
        "alert is about a Microsoft.Storage/storageAccounts: Microsoft.Compute/virtualMachines expected",
    },
  });
  expect(await responder.listJobs()).toEqual([]);
});

test("namespace and type are compared without regard to case", async () => {
  const target = machineId.replace(
    "Microsoft.Compute/virtualMachines",
    "MICROSOFT.compute/VIRTUALmachines",
  );
  const type = "MICROSOFT.compute/VIRTUALmachines";
  expect((await call(legacyAlert({ target, type }))).status).toBe(202);
  await settle();
  expect(await bed.captureNames()).toHaveLength(1);
});

test("an alert of another subscription is ignored where one is set", async () => {
  const settings = testSettings({ subscriptionId: "other" });
  const picky = await openResponder(bed, { settings, file: "picky.db" });
  expect((await call(legacyAlert(), picky)).body["reason"]).toBe(
    `alert is about subscription ${subscriptionId}: other expected`,
  );
  await picky.close();
});

describe("name conflicts", () => {
  const later = legacyAlert({ time: "2026-11-21T05:00:00.0Z" });

  test("the finished capture of an earlier alert of that rule and machine is removed first", async () => {
    await call(legacyAlert());
    await settle();
    const [first] = await bed.captureNames();
    await call(later);
    await settle();
    await expect.poll(() => bed.captureNames()).toHaveLength(1);
    expect(await bed.captureNames()).not.toContain(first);
    const order = bed.calls.map(({ name }) => name);
    expect(order.indexOf("DELETE packetCaptures")).toBeLessThan(
      order.lastIndexOf("PUT packetCaptures"),
    );
    expect(bed.received).toHaveLength(2);
  });

  test("an earlier capture that is under a legal hold stays, and the next alert gets its own all the same", async () => {
    await call(legacyAlert());
    await settle();
    const [first] = await bed.captureNames();
    const stored = storedCaptures(bed.state);
    const hold = { reason: "case 17", by: { id: "x", name: "ann" }, at: 0 };
    const [kept] = await stored.all();
    await stored.update(kept?.key ?? "", (capture) => ({ ...capture, hold }));
    await call(later);
    await settle();
    expect(await bed.captureNames()).toHaveLength(2);
    expect(await bed.captureNames()).toContain(first);
    expect(countCalls("DELETE packetCaptures")).toBe(1);
  });

  test("a running capture of another alert is never destroyed: the new one has a suffix of its own", async () => {
    bed.captureMilliseconds = Number.POSITIVE_INFINITY;
    await call(legacyAlert());
    await runUntil("poll");
    await call(later);
    await expect
      .poll(async () => {
        await responder.runDue(signal);
        return bed.captureNames();
      })
      .toHaveLength(2);
    expect(countCalls("DELETE packetCaptures")).toBe(0);
    bed.captureMilliseconds = 0;
    await settle();
    expect(bed.received).toHaveLength(2);
  });

  test("a person's captures and other rules' captures stay, whatever they are called", async () => {
    const watcher = await bed.captures.findWatcher(
      await bed.captures.findMachine(machineId, signal),
      signal,
    );
    const request = {
      target: machineId,
      bytesToCapturePerPacket: 0,
      totalBytesPerSession: 0,
      timeLimitInSeconds: 5,
      storageLocation: { filePath: "/var/captures/a.cap" },
      filters: [],
    };
    for (const name of [
      "alert-net-out-web-1",
      "alert-net-out-web-1-mine",
      "alert-net-web-1-0123456789",
    ]) {
      await bed.captures.createCapture(watcher, name, request, signal);
    }
    await call(legacyAlert());
    await settle();
    expect(await bed.captureNames()).toHaveLength(4);
    expect(countCalls("DELETE packetCaptures")).toBe(0);
  });
});

test("at the session limit no capture is made, and the notification says so", async () => {
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  const limited = await openResponder(bed, {
    settings: testSettings({ sessionCountMax: 1 }),
    file: "limited.db",
  });
  await call(legacyAlert({ rule: "first" }), limited);
  await runUntil("poll", limited);
  await call(legacyAlert({ rule: "second" }), limited);
  await runUntil("done", limited);
  expect(bed.startedCount()).toBe(1);
  expect(bed.received).toMatchObject([
    {
      notification: {
        outcome: "limitReached",
        text: expect.stringContaining(
          "no capture made: 1 packet captures run already, the session limit is 1",
        ),
        link: null,
        capture: null,
      },
    },
  ]);
  bed.captureMilliseconds = 0;
  await settle(limited);
  // Finished captures take no place.
  await call(legacyAlert({ rule: "third" }), limited);
  await settle(limited);
  expect(bed.received.at(-1)).toMatchObject({ notification: { outcome: "captured" } });
  await limited.close();
});

test("a machine that is not there is a final failure that people are told of", async () => {
  await call(legacyAlert({ target: machineId.replace("web-1", "web-404") }));
  await settle();
  expect(bed.received).toMatchObject([
    {
      notification: {
        outcome: "failed",
        text: expect.stringMatching(/no capture made: cannot find virtual machine .*web-404/),
      },
    },
  ]);
  expect(countCalls("GET virtualMachines")).toBe(1);
});

test("failures that may pass are tried again; a wrong secret is not", async () => {
  let left = 3;
  bed.hooks.before = ({ name }) => (name !== "POST webhook" && left-- > 0 ? 503 : undefined);
  await call(legacyAlert());
  await settle();
  expect(bed.received).toMatchObject([{ notification: { outcome: "captured" } }]);
  const connection = { ...bed.connection, clientSecret: "wrong-secret-value" };
  const refused = await openResponder(bed, {
    captures: createAzureCaptureClient(connection),
    file: "refused.db",
  });
  await call(legacyAlert({ rule: "refused" }), refused);
  await settle(refused);
  expect(await refused.listJobs()).toMatchObject([{ outcome: { kind: "failed" } }]);
  expect(bed.received.at(-1)?.notification.text).toContain("invalid_client");
  expect(JSON.stringify([bed.received, refused.lines])).not.toContain("wrong-secret-value");
  await refused.close();
});

test("an endpoint that fails for ever ends in a notification after bounded tries", async () => {
  bed.hooks.before = ({ name }) => (name === "GET virtualMachines" ? 500 : undefined);
  await call(legacyAlert());
  await settle();
  expect(countCalls("GET virtualMachines")).toBe(10);
  expect(bed.received).toMatchObject([{ notification: { outcome: "failed" } }]);
});

test("a receiver that is out of order gets the same notification later; one that refuses is given up alone", async () => {
  let failures = 2;
  bed.hooks.before = ({ name }) => (name === "POST webhook" && failures-- > 0 ? 503 : undefined);
  await call(legacyAlert());
  await settle();
  expect(countCalls("POST webhook")).toBe(3);
  expect(bed.received).toHaveLength(1);
  bed.webhookStatus = 410;
  await call(legacyAlert({ rule: "gone" }));
  await settle();
  const gone = (await responder.listJobs()).find(({ alert }) => alert.ruleName === "gone");
  expect(Object.values(gone?.deliveries ?? {}).map(({ state }) => state)).toEqual([
    "sent",
    "failed",
  ]);
});

test("the report's text and link are in the notification when it is ready in time, else the file's", async () => {
  let asked = 0;
  const describeCapture = async (captureId: string) =>
    ++asked < 3
      ? null
      : { text: `7 packets in ${captureId.split("/").at(-1)}`, link: "https://r/1" };
  const reporting = await openResponder(bed, { describe: describeCapture, file: "reporting.db" });
  await call(legacyAlert(), reporting);
  await settle(reporting);
  expect(bed.received.at(-1)).toMatchObject({
    notification: {
      link: "https://r/1",
      text: expect.stringMatching(/\n7 packets in alert-net-out/),
    },
  });
  await reporting.close();
  const never = await openResponder(bed, {
    describe: () => Promise.reject(new Error("no report")),
    settings: testSettings({ reportWaitMilliseconds: 100 }),
    file: "never.db",
  });
  await call(legacyAlert({ rule: "never" }), never);
  await settle(never);
  expect(bed.received.at(-1)?.notification.link).toMatch(/\.cap$/);
  await never.close();
});

test("each machine of an alert has its own job, and jobs are found by rule and time", async () => {
  const other = machineId.replace("web-1", "web-404").toLowerCase();
  const accepted = await call(commonAlert({ targets: [machineId.toLowerCase(), other] }));
  expect(accepted.body["jobIds"]).toHaveLength(2);
  await settle();
  const { alert } = (await responder.listJobs())[0] ?? {};
  const found = await responder.findJobs(alert?.ruleId ?? "", alert?.firedTime ?? 0);
  expect(new Set(found.map(({ outcome }) => outcome?.kind))).toEqual(
    new Set(["captured", "failed"]),
  );
  expect(await responder.findJobs(alert?.ruleId ?? "", 0)).toEqual([]);
});

test("a started responder answers an alert without being asked, and stops when closed", async () => {
  const loop = responder.start();
  await call(legacyAlert());
  await expect.poll(() => bed.received.length, { timeout: 20_000 }).toBe(1);
  await loop.close();
});

test("a webhook whose certificate nobody vouches for is not talked to", async () => {
  const strict = await openResponder(bed, {
    notifiers: [webhookNotifier({ url: bed.webhookUrl })],
    file: "strict.db",
  });
  await call(legacyAlert(), strict);
  await settle(strict);
  expect(bed.received).toEqual([]);
  expect(Object.values((await strict.listJobs())[0]?.deliveries ?? {})).toMatchObject([
    { state: "failed", attemptCount: 10 },
  ]);
  await strict.close();
});

test("a capture that somebody deletes while it records is a failure that people are told of", async () => {
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
  await call(legacyAlert());
  await runUntil("poll");
  const [name = ""] = await bed.captureNames();
  const watcher = await bed.captures.findWatcher(
    await bed.captures.findMachine(machineId, signal),
    signal,
  );
  await bed.captures.deleteCapture(watcher, name, signal);
  bed.captureMilliseconds = 0;
  await expect.poll(() => bed.captureNames()).toEqual([]);
  await settle();
  expect(bed.received).toMatchObject([
    {
      notification: {
        outcome: "captureFailed",
        text: expect.stringContaining(`"${name}" was deleted before it was finished`),
      },
    },
  ]);
  expect(bed.startedCount()).toBe(1);
});

test("a done job is forgotten after its retention", async () => {
  const clock = { ...systemClock, now: () => Date.now() + lateMilliseconds };
  let lateMilliseconds = 0;
  const late = await openResponder(bed, { clock, file: "late.db" });
  await call(legacyAlert(), late);
  await settle(late);
  lateMilliseconds = retentionMilliseconds + 60_000;
  await late.runDue(signal);
  expect(await late.listJobs()).toEqual([]);
  await late.close();
});

test("the alert's property timeLimitInSeconds says how long its capture records", async () => {
  const alert = legacyAlert();
  await call({ ...alert, data: { ...alert.data, properties: { timeLimitInSeconds: "7" } } });
  await settle();
  const put = bed.calls.find(({ name }) => name === "PUT packetCaptures");
  expect(JSON.parse(put?.body ?? "")).toMatchObject({ properties: { timeLimitInSeconds: 7 } });
});
