import { expect, test } from "vitest";
import { newRecord } from "../../src/capture/session-record.ts";
import { packetWindow } from "../../src/capture/session-sides.ts";
import type { CaptureSpec } from "../../src/capture/session.ts";
import { specOf } from "./sessions.ts";

const times = {
  captureStartTime: "2026-11-21T02:00:00.000Z",
  captureEndTime: "2026-11-21T02:01:00.000Z",
};
const start = Date.parse(times.captureStartTime);

const windowOf = (lookBack: CaptureSpec["lookBack"]) => {
  const record = newRecord({ ...specOf({ filePath: null }), ...(lookBack && { lookBack }) });
  return packetWindow({ ...record, observation: { ...record.observation, ...times } });
};

test("packets of a capture reach from its look-back to its end", () => {
  const to = start + 60_000;
  expect(windowOf(undefined)).toEqual({ from: start, to });
  expect(windowOf({ seconds: 30, from: null })).toEqual({ from: start - 30_000, to });
  expect(windowOf({ seconds: 30, from: start - 5_000 })).toEqual({ from: start - 35_000, to });
  expect(packetWindow(newRecord(specOf({ filePath: null })))).toBeNull();
});
