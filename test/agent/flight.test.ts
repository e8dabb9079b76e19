import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { helloSessions, openFlight } from "../../src/agent/flight.ts";
import { agentSettings } from "../../src/agent/settings.ts";
import { openRingFolder } from "../../src/capture/flight/ring-folder.ts";
import { makeCoverage } from "../../src/capture/flight/make-coverage.ts";
import { newRecord } from "../../src/capture/session-record.ts";
import { recorderText } from "../../src/cli/up.ts";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { specOf } from "../capture/sessions.ts";

test("what nightcap up says of the flight recorder is what its settings are", () => {
  const { flightRecorder } = agentSettings.parse({ directory: "/x" });
  expect(flightRecorder.enabled).toBe(true);
  const mebibytes = (bytes: number) => `${bytes / 2 ** 20} MiB`;
  expect(recorderText).toContain(`last ${mebibytes(flightRecorder.sizeBytesMax)}`);
  expect(recorderText).toContain(`${mebibytes(flightRecorder.heldSizeBytesMax)} more`);
  expect(recorderText).toContain(`${mebibytes(flightRecorder.kernelBufferBytes)} in the kernel`);
  expect(recorderText).toContain(`${flightRecorder.snapLengthBytes} bytes of each packet`);
});

test("a hello has the coverage of the newest sessions only", () => {
  const { observation } = newRecord(specOf({}));
  const coverage = makeCoverage({
    lookBack: null,
    lookBackSeconds: 0,
    interfaces: [],
    filter: "",
    afterSeconds: 1,
    startedAt: 0,
    endedAt: 0,
    packets: 0,
    packetsDropped: 0,
    clockOffsetMilliseconds: null,
    recordingGaps: [],
  });
  const sessions = Array.from({ length: 1_005 }, () => ({ ...observation, coverage }));
  const told = helloSessions(sessions);
  expect(told.length).toBe(1_005);
  expect(told.findIndex((each) => each.coverage !== undefined)).toBe(5);
});

test("a recorder that is turned off gives its memory back", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-flight-"));
  const { directory: ring } = await openRingFolder(null, directory);
  expect(existsSync(ring)).toBe(true);
  const settings = agentSettings.parse({ directory, flightRecorder: { enabled: false } });
  const flight = await openFlight(settings, { clock: systemClock, log: silentLog });
  expect(flight).toEqual({ recorder: null, off: { code: "turnedOff", message: "" } });
  expect(existsSync(ring)).toBe(false);
  await rm(directory, { recursive: true });
});
