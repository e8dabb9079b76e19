import { describe, expect, test } from "vitest";
import { parseActionGroup } from "../../src/alert/action-group.ts";
import { evaluateRule } from "../../src/alert/evaluate.ts";
import { operators, parseMetricAlert } from "../../src/alert/rule.ts";
import { aggregateOf } from "../../src/metric/aggregate.ts";
import { documentsRule, dynamicRule } from "./rules.ts";

describe("a metric alert rule", () => {
  test("what a client leaves out or sends as null is there as Azure answers it", () => {
    const { actions: _, ...rest } = documentsRule();
    expect(parseMetricAlert(rest)).toMatchObject({ autoMitigate: true, actions: [] });
    const nulls = { ...rest, autoMitigate: null, actions: null };
    expect(parseMetricAlert(nulls)).toMatchObject({ autoMitigate: true, actions: [] });
    expect(parseMetricAlert({ ...rest, autoMitigate: false })).toMatchObject({
      autoMitigate: false,
    });
  });

  test("is kept as it came, with fields that nobody reads", () => {
    const input = { ...documentsRule(), targetResourceType: "x", tagged: { by: "portal" } };
    expect(parseMetricAlert(input)).toMatchObject({ ...input });
  });

  test.each<[object, string]>([
    [{ severity: 5 }, "severity: "],
    [{ windowSize: "5M" }, '"5M" is not a duration of whole seconds, PT1S to P1D'],
    [{ windowSize: "P2D" }, '"P2D" is not a duration'],
    [{ windowSize: "PT1M", evaluationFrequency: "PT5M" }, "windowSize: is less than"],
    [{ scopes: [] }, "scopes: "],
    [
      { scopes: ["/a", "/b"] },
      "need Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
    ],
    [
      { criteria: { "odata.type": "Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria" } },
      'not supported: criteria "Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria"',
    ],
    [
      {
        criteria: {
          "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
          allOf: [{ criterionType: "LogThresholdCriterion" }],
        },
      },
      'not supported: criterionType "LogThresholdCriterion" (supported: StaticThresholdCriterion, DynamicThresholdCriterion)',
    ],
  ])("is refused with the reason: %j", (change, reason) => {
    expect(() => parseMetricAlert({ ...documentsRule(), ...change })).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(reason) }),
    );
  });

  test("may look at one second each second", () => {
    const rule = { ...documentsRule(), windowSize: "PT1S", evaluationFrequency: "PT1S" };
    expect(parseMetricAlert(rule).windowSize).toBe("PT1S");
  });
});

describe("a rule with a dynamic threshold", () => {
  test("is kept as az and the SDKs send it", () => {
    const since = { ignoreDataBefore: "2020-10-01T10:23:00.000Z", skipMetricValidation: true };
    for (const input of [
      dynamicRule(),
      dynamicRule(since),
      dynamicRule({ ignoreDataBefore: null }),
    ]) {
      expect(parseMetricAlert(input)).toMatchObject({ ...input });
    }
  });

  const periods = (number: number, minimum: number) => ({
    failingPeriods: { numberOfEvaluationPeriods: number, minFailingPeriodsToAlert: minimum },
  });
  test.each<[object, string]>([
    [{ alertSensitivity: "Extreme" }, "alertSensitivity: "],
    [{ alertSensitivity: undefined }, "alertSensitivity: "],
    [{ operator: "GreaterThanOrEqual" }, "operator: "],
    [periods(7, 1), "numberOfEvaluationPeriods: "],
    [periods(0, 0), "numberOfEvaluationPeriods: "],
    [periods(1.5, 1), "numberOfEvaluationPeriods: "],
    [periods(2, 3), "minFailingPeriodsToAlert: is greater than numberOfEvaluationPeriods"],
    [{ failingPeriods: undefined }, "failingPeriods: "],
    [{ ignoreDataBefore: "yesterday" }, '"yesterday" is not an ISO 8601 time'],
  ])("is refused with the reason: %j", (change, reason) => {
    expect(() => parseMetricAlert(dynamicRule(change))).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringContaining(reason) }),
    );
  });

  const { criteria } = dynamicRule();
  test.each<[string, object, string]>([
    [
      "criteria of one resource",
      { criteria: { ...criteria, "odata.type": documentsRule().criteria["odata.type"] } },
      "needs Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria",
    ],
    [
      "a second criterion",
      { criteria: { ...criteria, allOf: [...criteria.allOf, ...documentsRule().criteria.allOf] } },
      "has 2 criteria",
    ],
    ["a window of seconds", { windowSize: "PT90S" }, '"PT90S" is not of whole minutes'],
  ])("is refused with %s", (_, change, reason) => {
    expect(() => parseMetricAlert({ ...dynamicRule(), ...change })).toThrow(reason);
  });
});

const [criterion] = parseMetricAlert(documentsRule()).criteria.allOf;
if (criterion?.criterionType !== "StaticThresholdCriterion")
  throw new Error("the rule has no criterion");
const data = (value: number | null, name?: string) => ({
  dimensions: name === undefined ? [] : [{ name: "Interface", value: name }],
  aggregate: value === null ? null : aggregateOf(value),
});

describe("a condition", () => {
  test("compares as its operator says, at the threshold and beside it", () => {
    const table = operators.map((operator) =>
      [2, 3, 4].map((value) => {
        const part = { criterion: { ...criterion, operator }, data: [data(value)] };
        return `${value} ${operator} 3: ${evaluateRule([part]).outcome}`;
      }),
    );
    expect(table.flat().filter((line) => line.endsWith(": met"))).toEqual([
      "3 Equals 3: met",
      "4 GreaterThan 3: met",
      "3 GreaterThanOrEqual 3: met",
      "4 GreaterThanOrEqual 3: met",
      "2 LessThan 3: met",
      "2 LessThanOrEqual 3: met",
      "3 LessThanOrEqual 3: met",
    ]);
  });

  test.each([
    ["all are met", [4, 5], "met"],
    ["one is not", [4, 1], "notMet"],
    ["one has no data", [4, null], "noData"],
    ["one is not met and one has no data", [1, null], "notMet"],
  ])("of two criteria: %s", (_, values, outcome) => {
    const parts = values.map((value) => ({ criterion, data: [data(value)] }));
    expect(evaluateRule(parts).outcome).toBe(outcome);
  });

  test("is met by one of several interfaces, and names it", () => {
    const parts = [{ criterion, data: [data(1, "eth0"), data(9, "eth1")] }];
    expect(evaluateRule(parts)).toMatchObject({
      outcome: "met",
      criteria: [{ metricValue: 9, dimensions: [{ name: "Interface", value: "eth1" }] }],
    });
    expect(evaluateRule([{ criterion, data: [] }]).outcome).toBe("noData");
  });
});

describe("an action group", () => {
  test("is kept as it came, with every receiver that az sends", () => {
    const group = {
      groupShortName: "night",
      enabled: true,
      emailReceivers: [{ name: "e", emailAddress: "a@example.com", status: "Enabled" }],
      smsReceivers: [],
      webhookReceivers: [
        { name: "w", serviceUri: "http://127.0.0.1/x", useCommonAlertSchema: true },
      ],
      automationRunbookReceivers: [{ runbookName: "r" }],
    };
    expect(parseActionGroup(group)).toEqual(group);
  });

  test.each<[object, string]>([
    [{ groupShortName: "more than twelve" }, "groupShortName: "],
    [{ webhookReceivers: [{ name: "w", serviceUri: "ftp://x" }] }, "is not an http or https URL"],
    [{ azureFunctionReceivers: [{ name: "f" }] }, "azureFunctionReceivers.0.httpTriggerUrl: "],
  ])("is refused with the reason: %j", (change, reason) => {
    expect(() => parseActionGroup({ groupShortName: "n", ...change })).toThrow(reason);
  });
});
