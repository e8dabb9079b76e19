import { expect, test } from "vitest";
import { runStorm } from "./storm-bed.ts";

// The big one is `npm run bench -- storm`.
test("a storm ends in one recording for each host and filter, within all limits, and every alert is accounted for", async () => {
  const result = await runStorm({
    alertCount: 72,
    ruleCount: 8,
    hostCount: 3,
    deliveryCount: 3,
    seconds: 0,
    settings: { recordingCountMax: 5, hostRecordingCountMax: 2, ruleRecordingCountMax: 2 },
  });
  expect(result).toMatchObject({
    alertCount: 72,
    callCount: 216,
    recordingCount: 12,
    incidentCount: 3,
    violations: [],
    runningMax: 5,
    notificationCount: 12,
  });
  const { recording, delayed, merged, refused } = result.account;
  expect([recording + delayed, merged, refused]).toEqual([12, 60, 0]);
  expect(recording).toBeLessThanOrEqual(5);
});

test("what the queue has no room for is refused, and accounted for too", async () => {
  const result = await runStorm({
    alertCount: 16,
    ruleCount: 8,
    hostCount: 2,
    deliveryCount: 2,
    seconds: 0,
    settings: { recordingCountMax: 2, queueLengthMax: 2 },
  });
  const { recording, delayed, merged, refused } = result.account;
  expect(recording + delayed + merged + refused).toBe(16);
  expect(refused).toBeGreaterThan(0);
  expect(recording + delayed).toBe(result.recordingCount);
  expect(result.violations).toEqual([]);
});
