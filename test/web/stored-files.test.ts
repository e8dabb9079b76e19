import { expect, test } from "vitest";
import type { Capture } from "../../src/web/api/capture.ts";
import { severalFilesOf } from "../../src/web/api/stored-files.ts";

const path = "https://127.0.0.1:8443/store/logs/a_00001_20261121093000.cap";
const file = { name: "00001_20261121093000", sizeBytes: 1, sha256: "a", filePath: null };
const files = {
  count: 2,
  overwrittenCount: 0,
  newest: [
    { ...file, storagePath: path },
    { ...file, storagePath: null },
  ],
};

function ring(changes: Partial<Capture["properties"]["nightcap"]> = {}): Capture {
  const nightcap = { sessionId: "s", phase: "finished", files, ...changes } as const;
  const properties = { target: "t", provisioningState: "Succeeded", continuousCapture: true };
  return { id: "i", name: "ring", properties: { ...properties, nightcap } };
}

test("the files of a recording into several can be looked into once it has ended, until they are removed", () => {
  expect(severalFilesOf(ring())).toEqual([path]);
  expect(severalFilesOf(ring({ phase: "recording" }))).toEqual([]);
  const removed = { time: "2026-11-21T02:00:00Z", why: "quota", detail: "full" };
  expect(severalFilesOf(ring({ removed }))).toEqual([]);
});
