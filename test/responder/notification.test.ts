import { expect, test } from "vitest";
import { newJob } from "../../src/responder/job.ts";
import { composeNotification } from "../../src/responder/notification.ts";

const job = newJob(
  {
    schema: "common",
    ruleId: null,
    ruleName: "net-out",
    severity: 2,
    firedTime: Date.UTC(2026, 10, 21, 1, 58, 16),
    dedupeKey: "key",
    resourceId:
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-01",
  },
  "key",
  0,
);

test("a notification begins with the answer, which is then told once", () => {
  const report = {
    text: "web-01: Bytes out rose.\nAlert net-out\n1 packet",
    link: "https://cp/reports/1",
  };
  expect(
    composeNotification(job, { ...report, answer: { sentence: "Bytes out rose." } }).text.split(
      "\n",
    ),
  ).toEqual([
    "Bytes out rose.",
    expect.stringContaining('alert "net-out" on '),
    "no outcome",
    "Alert net-out",
    "1 packet",
  ]);
  expect(composeNotification(job, report).text).toContain("web-01: Bytes out rose.");
});
