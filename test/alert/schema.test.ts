// What we send is compared byte by byte with the samples; test/fixtures/alerts/SOURCES.md.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { writeCommon } from "../../src/alert/schema-common.ts";
import { writeLegacy } from "../../src/alert/schema-legacy.ts";
import { parseAlert } from "../../src/alert/parse-alert.ts";
import { payloadTime, type AlertTransition } from "../../src/alert/transition.ts";

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(`test/fixtures/alerts/${name}.json`, "utf8"));

const group = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg1/providers";
const fired: AlertTransition = {
  transitionId: "6c2a1a4e-0000-4000-8000-000000000001-fired",
  monitorCondition: "Fired",
  alertId: "6c2a1a4e-0000-4000-8000-000000000001",
  originAlertId:
    "11111111-1111-1111-1111-111111111111_rg1_microsoft.insights_metricAlerts_net-out_-117781227",
  ruleId: `${group}/Microsoft.Insights/metricAlerts/net-out`,
  ruleName: "net-out",
  description: "",
  severity: 3,
  targetResourceId: `${group}/Microsoft.Compute/virtualMachines/vm1`,
  firedTime: Date.parse("2024-02-14T02:06:12.400Z"),
  resolvedTime: null,
  windowSize: "PT5M",
  windowStartTime: Date.parse("2024-02-14T02:00:00Z"),
  windowEndTime: Date.parse("2024-02-14T02:05:00Z"),
  criteria: [
    {
      metricName: "Network Out Total",
      metricNamespace: "Microsoft.Compute/virtualMachines",
      operator: "GreaterThan",
      threshold: 3,
      timeAggregation: "Average",
      dimensions: [],
      metricValue: 918_273.5,
    },
  ],
  customProperties: null,
};
const resolved: AlertTransition = {
  ...fired,
  monitorCondition: "Resolved",
  resolvedTime: Date.parse("2024-02-14T02:12:31.100Z"),
};

describe("payloads equal the samples byte by byte", () => {
  test.each([
    ["derived-common-network-out-fired", writeCommon(fired, null)],
    ["derived-common-network-out-resolved", writeCommon(resolved, null)],
    ["derived-legacy-network-out-activated", writeLegacy(fired, null)],
    ["derived-legacy-network-out-deactivated", writeLegacy(resolved, null)],
  ])("%s", (name, payload) => {
    expect(JSON.stringify(payload)).toBe(JSON.stringify(sample(name)));
  });
});

/** The keys of a value and of all below it, in order, with the kind of each leaf. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.entries(value).map(([key, member]) => [key, shape(member)]);
}

test("the legacy payload has the keys of Microsoft's own sample, in its order", () => {
  const criteria = fired.criteria.map((criterion) => ({
    ...criterion,
    dimensions: [{ name: "Interface", value: "eth0" }],
  }));
  const payload = writeLegacy({ ...fired, criteria }, { customKey1: "a", customKey2: "b" });
  expect(shape(payload)).toEqual(shape(sample("legacy-metric-static")));
});

describe("an alert of a dynamic threshold", () => {
  const dynamic = {
    alertSensitivity: "High" as const,
    failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
    ignoreDataBefore: null,
    expectedLow: 120,
    expectedHigh: 47_658,
    seasonality: "Daily",
    sampleCount: 2_880,
    failingPeriodCount: 1,
    valueTime: Date.parse("2024-02-14T02:05:00Z"),
  };
  const criteria = fired.criteria.map((criterion) => ({
    ...criterion,
    threshold: 47_658,
    dynamic,
  }));
  const transition = { ...fired, criteria };
  /** The condition without what we add to it. */
  const asAzure = (payload: unknown): unknown =>
    JSON.parse(
      JSON.stringify(payload, (key, value) => (key === "nightcapBaseline" ? undefined : value)),
    );

  test("has the keys of Microsoft's own samples, in their order", () => {
    const common = asAzure(writeCommon(transition, null)) as { data: { alertContext: object } };
    const sampled = sample("common-alertcontext-dynamic") as { alertContext: object };
    expect(shape(common.data.alertContext)).toEqual(shape(sampled.alertContext));
    const legacy = asAzure(writeLegacy(transition, { customKey1: "a", customKey2: "b" }));
    expect(shape(legacy)).toEqual(shape(sample("legacy-metric-dynamic")));
  });

  test("says what was expected, and why", () => {
    for (const payload of [writeCommon(transition, null), writeLegacy(transition, null)]) {
      expect(JSON.stringify(payload)).toContain(
        '"nightcapBaseline":{"expectedLow":120,"expectedHigh":47658,"seasonality":"Daily","sampleCount":2880,"failingPeriodCount":1,"valueWindowEndTime":"2024-02-14T02:05:00.000Z"}',
      );
      expect(JSON.stringify(payload)).toContain('"conditionType":"DynamicThresholdCriteria"');
      expect(parseAlert(payload).criteria).toMatchObject([{ threshold: 47_658 }]);
    }
  });
});

test("the common payload has every essential that Microsoft's own sample has", () => {
  const keys = (value: unknown): string[] =>
    Object.keys((value as { data: { essentials: object } }).data.essentials);
  const ours = new Set(keys(writeCommon(resolved, null)).map((key) => key.toLowerCase()));
  const theirs = keys(sample("common-metric-static-resolved")).map((key) => key.toLowerCase());
  expect(theirs.filter((key) => !ours.has(key))).toEqual([]);
});

test("what we send, we can read, with the author's properties", () => {
  const added = { team: "network" };
  for (const payload of [writeCommon(fired, added), writeLegacy(fired, added)]) {
    expect(parseAlert(payload)).toMatchObject({
      fired: true,
      firedTime: fired.firedTime,
      properties: added,
      criteria: [{ threshold: 3, metricValue: 918_273.5 }],
    });
  }
});

test("times lose the zeros at their end as Azure's do", () => {
  expect(payloadTime(Date.parse("2024-02-14T02:06:12.400Z"))).toBe("2024-02-14T02:06:12.4Z");
  expect(payloadTime(Date.parse("2024-02-14T02:06:10.000Z"))).toBe("2024-02-14T02:06:10Z");
  expect(payloadTime(Date.parse("2024-02-14T02:06:10.050Z"))).toBe("2024-02-14T02:06:10.05Z");
});
