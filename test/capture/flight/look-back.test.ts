import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type FlightRecorder,
  openFlightRecorder,
} from "../../../src/capture/flight/flight-recorder.ts";
import { flightRecorderSettings } from "../../../src/capture/flight/settings.ts";
import type { SessionManager } from "../../../src/capture/session-manager.ts";
import type { CaptureObservation } from "../../../src/capture/session.ts";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import {
  missingForRecording,
  readWithTshark,
  recordersBelow,
  TestNetwork,
  until,
} from "../network.ts";
import { finished, openObserved, specOf } from "../sessions.ts";

const missing = await missingForRecording();
if (missing !== null) process.stderr.write(`SKIP: flight recorder: ${missing}\n`);

describe.skipIf(missing !== null)("look-back", () => {
  let network: TestNetwork;
  let directory = "";
  let recorder: FlightRecorder;
  let managers: SessionManager[] = [];

  beforeAll(async () => {
    network = await TestNetwork.open();
  });
  afterAll(() => network.close());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nightcap-flight-"));
  });
  afterEach(async () => {
    await Promise.all(managers.map((manager) => manager.close({ mode: "leave" })));
    managers = [];
    await recorder.close();
    expect(await recordersBelow(directory)).toEqual([]);
    await rm(directory, { recursive: true, force: true });
  });

  const ring = () => join(directory, "ring");
  const file = (name: string) => join(directory, name);
  const open = async (change: object = {}) => {
    recorder = await openFlightRecorder({
      settings: flightRecorderSettings.parse({ directory: ring(), snapLengthBytes: 0, ...change }),
      owner: directory,
      networkNamespace: network.namespace,
      clock: systemClock,
      log: silentLog,
    });
    await until("both interfaces are recorded", () => {
      const { interfaces } = recorder.state();
      return interfaces.filter(({ isRecorded }) => isRecorded).length === 2;
    });
  };
  const openManager = async () => {
    const networkNamespace = network.namespace;
    const own = { directory: file("agent"), fileRoots: [directory] };
    const opened = await openObserved({ ...own, networkNamespace, flightRecorder: recorder });
    managers.push(opened.manager);
    return opened.manager;
  };

  test("the file begins before its session, and where ring and recording meet nothing is lost or twice", async () => {
    await open({ fileSizeBytes: 65_536 });
    const manager = await openManager();
    const sending = network.send({ count: 1_000_000, everyMilliseconds: 1 });
    await sleep(2_500);
    const spec = specOf({
      filePath: file("a.cap"),
      timeLimitInSeconds: 2,
      lookBack: { seconds: 1, from: null },
    });
    await manager.start(spec);
    const end = await finished(manager, spec);
    // The judge: all that the ring has, from before the window to after the session.
    const judge = specOf({ filePath: file("all.cap"), lookBack: { seconds: 60, from: null } });
    await manager.start(judge);
    await finished(manager, judge);
    sending.end();
    const all = await readWithTshark(file("all.cap"));
    const momentOf = ({ coverage }: CaptureObservation) => Date.parse(coverage?.moment ?? "");
    const seen = await readWithTshark(file("a.cap"));
    const numbers = seen.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    const within = all.filter(
      ({ time }) => time >= momentOf(end) - 1_000 && time < Date.parse(end.captureEndTime ?? ""),
    );
    // The session's own recorder stamps its packets itself: at the end they may differ by microseconds.
    expect(numbers[0]).toBe(within[0]?.number);
    expect(Math.abs((numbers.at(-1) ?? 0) - (within.at(-1)?.number ?? 0))).toBeLessThanOrEqual(1);
    expect(end).toMatchObject({ status: "Stopped", errors: [], packets: seen.length });
    expect(end.coverage).toMatchObject({
      asked: { beforeSeconds: 1, afterSeconds: 2 },
      got: { beforeSeconds: 1, afterSeconds: 2 },
      interfaces: [{ name: "eth0", gotBeforeSeconds: 1 }],
      gaps: [],
      warnings: [],
    });
    const beside = JSON.parse(readFileSync(file("a.cap.coverage.json"), "utf8")) as object;
    expect(beside).toEqual(end.coverage);
    expect(recorder.holds.sessionIds).toEqual([]);
  });
});
