import type { RuleCriterion, RuleDimension, RuleProperties } from "../../api/alert-rules.ts";
import { isContainer } from "./targets.ts";
import { type RuleKind, kindOf } from "./rule-words.ts";

const single = "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria";
const multiple = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";
const machineType = "Microsoft.Compute/virtualMachines";

/** Conditions of one rule, as Azure has it. */
export const criterionCountMax = 5;
const thresholdDefault = 10_000_000;

export const metricAggregations = ["Average", "Minimum", "Maximum", "Total", "Count"] as const;
export const staticOperators = [
  "GreaterThan",
  "GreaterThanOrEqual",
  "LessThan",
  "LessThanOrEqual",
  "Equals",
] as const;
export const dynamicOperators = ["GreaterOrLessThan", "GreaterThan", "LessThan"] as const;
export const sensitivities = ["High", "Medium", "Low"] as const;
/** Azure's, and shorter ones that Nightcap has besides. */
export const durations = [
  "PT5S",
  "PT10S",
  "PT30S",
  "PT1M",
  "PT5M",
  "PT10M",
  "PT15M",
  "PT30M",
  "PT1H",
  "PT6H",
  "PT12H",
  "P1D",
] as const;

export const newCriterion = (index: number): RuleCriterion => ({
  criterionType: "StaticThresholdCriterion",
  name: `Metric${index + 1}`,
  metricName: "Network Out Total",
  timeAggregation: "Total",
  operator: "GreaterThan",
  threshold: thresholdDefault,
  dimensions: [],
});

const criteriaOf: Readonly<Record<RuleKind, () => RuleCriterion>> = {
  static: () => newCriterion(0),
  dynamic: () => ({
    criterionType: "DynamicThresholdCriterion",
    name: "Metric1",
    metricName: "Network Out Total",
    timeAggregation: "Average",
    operator: "GreaterOrLessThan",
    alertSensitivity: "Medium",
    failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 4 },
    dimensions: [],
  }),
  log: () => ({
    query: 'NightcapFlows\n| where FlowStatus == "Denied"',
    timeAggregation: "Count",
    operator: "GreaterThan",
    threshold: 100,
    dimensions: [],
    failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
  }),
};

/** A rule to begin with. */
export function newRule(kind: RuleKind, scope: string): RuleProperties {
  const isLog = kind === "log";
  return {
    description: "",
    severity: 2,
    enabled: true,
    scopes: [scope],
    evaluationFrequency: isLog ? "PT5M" : "PT1M",
    windowSize: "PT5M",
    autoMitigate: true,
    criteria: {
      ...(isLog ? {} : { "odata.type": kind === "dynamic" ? multiple : single }),
      allOf: [criteriaOf[kind]()],
    },
    actions: isLog ? { actionGroups: [] } : [],
  };
}

/** The same rule with what Azure asks for of several targets, and without what was left blank. */
export function toPut(properties: RuleProperties, region: string): RuleProperties {
  const { nightcap: _told, ...rest } = properties;
  if (kindOf(properties) === "log") return withoutBlanks(rest);
  const isMany = rest.scopes.length > 1 || rest.scopes.some(isContainer);
  if (!isMany && kindOf(properties) === "static") return rest;
  return {
    ...rest,
    criteria: { ...rest.criteria, "odata.type": multiple },
    targetResourceType: rest.targetResourceType ?? machineType,
    targetResourceRegion: rest.targetResourceRegion ?? region,
  };
}

const withoutBlanks = (properties: RuleProperties): RuleProperties => ({
  ...properties,
  // Of a rule that resolves its alerts none is repeated.
  muteActionsDuration: properties.autoMitigate ? null : (properties.muteActionsDuration ?? null),
});

/** Calls the chosen action groups; what another client wrote beside their ids stays. */
export function withActionGroups(properties: RuleProperties, ids: readonly string[]) {
  const { actions } = properties;
  if (kindOf(properties) === "log") {
    const before = Array.isArray(actions) ? {} : (actions ?? {});
    return { ...properties, actions: { ...before, actionGroups: [...ids] } };
  }
  const known = Array.isArray(actions) ? actions : [];
  const next = ids.map(
    (id) =>
      known.find(({ actionGroupId }) => actionGroupId.toLowerCase() === id.toLowerCase()) ?? {
        actionGroupId: id,
      },
  );
  return { ...properties, actions: next };
}

/** Changes one condition. */
export function withCriterion(
  properties: RuleProperties,
  at: number,
  change: Partial<RuleCriterion>,
): RuleProperties {
  const allOf = properties.criteria.allOf.map((criterion, index) =>
    index === at ? Object.assign({}, criterion, change) : criterion,
  );
  return { ...properties, criteria: { ...properties.criteria, allOf } };
}

/** Values between commas. */
export const valuesOf = (text: string): string[] =>
  text
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");

export const newDimension = (name: string): RuleDimension => ({
  name,
  operator: "Include",
  values: ["*"],
});

const prefixPattern = /^(?:metric alert|log alert rule|action group): /;
const issuePattern = /^([A-Za-z"][\w.\-"]*): (.+)$/;

/** What the control plane said of each field, by its path; what is about none is under "". */
export function fieldErrors(message: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const issue of message.replace(prefixPattern, "").split("; ")) {
    const [, path = "", text = issue] = issuePattern.exec(issue) ?? [];
    const isPath = path !== "" && prefixPattern.test(message);
    const key = isPath ? path : /query/i.test(issue) ? "query" : "";
    found[key] = found[key] === undefined ? (isPath ? text : issue) : `${found[key]}; ${issue}`;
  }
  return found;
}
