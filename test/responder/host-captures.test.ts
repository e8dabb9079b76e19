// Storm control where nothing is remembered between two calls: through the function's door, and through the local one without
// incidents. Each call is answered by a process of its own.
import { HttpRequest } from "@azure/functions";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/common/clock.ts";
import { answerFunctionCall } from "../../src/responder/azure-function.ts";
import type { Job } from "../../src/responder/job.ts";
import { memoryDocumentTable } from "../../src/responder/memory-documents.ts";
import { machineId } from "../provider/names.ts";
import { alertRequest, legacyAlert } from "./alerts.ts";
import { type ArmBed, startArmBed } from "./arm-bed.ts";
import { openResponder, testSettings } from "./open-responder.ts";

let bed: ArmBed;
const signal = AbortSignal.timeout(3_600_000);
/** The bed's hosts say that they record from here on. */
const startTime = Date.parse("2026-11-21T04:00:00Z");

beforeEach(async () => {
  bed = await startArmBed();
  bed.captureMilliseconds = Number.POSITIVE_INFINITY;
});
afterEach(() => bed.close());

type Opened = Awaited<ReturnType<typeof openResponder>>;
const doors = {
  async function(responder: Opened, body: string): Promise<void> {
    const call = new HttpRequest({
      method: "POST",
      url: "https://app.azurewebsites.net/api/responder",
      headers: { "content-type": "application/json" },
      body: { string: body },
    });
    await answerFunctionCall(call, responder);
  },
  async local(responder: Opened, body: string): Promise<void> {
    await responder.handler(alertRequest(body));
    const looked = async () => {
      await responder.runDue(signal);
      const [job] = await responder.listJobs();
      return job?.capture ?? job?.outcome ?? null;
    };
    await expect.poll(looked, { timeout: 20_000, interval: 20 }).not.toBeNull();
  },
};

/** What an alert ends with, so many seconds after captures began. */
async function answer(
  door: keyof typeof doors,
  change: Parameters<typeof legacyAlert>[0] & { from?: string },
  { hostSessionCountMax = 2, seconds = 5 } = {},
): Promise<Job | undefined> {
  const { from, ...of } = change;
  const alert = legacyAlert(of);
  const dimensions = from === undefined ? [] : [{ name: "SrcIp", value: from }];
  const { condition } = alert.data.context;
  const [criterion] = condition.allOf;
  const allOf = [{ ...criterion, dimensions }];
  const context = { ...alert.data.context, condition: { ...condition, allOf } };
  const body = JSON.stringify({ ...alert, data: { ...alert.data, context } });
  const responder = await openResponder(bed, {
    jobs: memoryDocumentTable<Job>(),
    settings: testSettings({ hostSessionCountMax }),
    clock: { ...systemClock, now: () => startTime + seconds * 1_000 },
  });
  try {
    await doors[door](responder, body);
    return (await responder.listJobs())[0];
  } finally {
    await responder.close();
  }
}

async function captureByHand(name: string): Promise<void> {
  const machine = await bed.captures.findMachine(machineId, signal);
  const request = {
    target: machineId,
    bytesToCapturePerPacket: 0,
    totalBytesPerSession: 0,
    timeLimitInSeconds: 60,
    storageLocation: { filePath: "/var/captures/a.cap" },
    filters: [],
  };
  await bed.captures.createCapture(
    await bed.captures.findWatcher(machine, signal),
    name,
    request,
    signal,
  );
}

/** The host says that it records; before, a capture has not begun. */
const untilRecording = () => expect.poll(() => bed.startedCount()).toBeGreaterThan(0);

describe.each(Object.keys(doors) as (keyof typeof doors)[])("by the %s door", (door) => {
  test("an alert shares the capture of another that has all its packets, and is told of by nobody else", async () => {
    const first = await answer(door, { rule: "first" });
    await untilRecording();
    const second = await answer(door, { rule: "second", from: "192.0.2.7" });
    expect(second).toMatchObject({
      step: "done",
      capture: { id: first?.capture?.id },
      outcome: {
        kind: "captured",
        message: expect.stringMatching(
          /^shares packet capture "alert-first-web-1-[0-9a-f]{10}", which goes on for 2\d s$/,
        ),
      },
    });
    expect(await bed.captureNames()).toHaveLength(1);
    expect(bed.received).toEqual([]);
  });

  test("the same alert in another process has the capture that it has by its name", async () => {
    const first = await answer(door, {});
    await untilRecording();
    const again = await answer(door, {}, { hostSessionCountMax: 1 });
    expect(again).toMatchObject({ adopted: true, capture: { id: first?.capture?.id } });
    expect(again?.step).not.toBe("done");
    expect(bed.startedCount()).toBe(1);
  });

  test("a capture with another filter, or nearly over, is not shared, and at the host's limit there is none", async () => {
    await answer(door, { rule: "first", from: "192.0.2.7" });
    await untilRecording();
    const other = await answer(door, { rule: "other", from: "192.0.2.8" });
    expect(other).toMatchObject({ adopted: false, outcome: null });
    const refused = await answer(door, { rule: "late", from: "192.0.2.7" }, { seconds: 25 });
    expect(refused).toMatchObject({
      capture: null,
      outcome: {
        kind: "limitReached",
        message:
          "no capture made: 2 packet captures run on web-1 already, the limit of one host is 2",
      },
    });
  });

  test("a capture made by hand counts and is never shared, because whoever made it may end it", async () => {
    await captureByHand("by-hand");
    await untilRecording();
    expect(await answer(door, { rule: "first" }, { hostSessionCountMax: 1 })).toMatchObject({
      outcome: { kind: "limitReached" },
    });
    expect(await answer(door, { rule: "first" })).toMatchObject({ adopted: false });
    expect(await bed.captureNames()).toHaveLength(2);
  });
});
