import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { describeIssues } from "../common/settings.ts";
import { parseDurationSeconds } from "../metric/duration.ts";
import { aggregationNames } from "../metric/names.ts";
import { dynamicFields, dynamicThreshold } from "./dynamic/criterion.ts";
import { scopeProblem } from "./rule-targets.ts";

/**
 * The properties of Microsoft.Insights/metricAlerts (api-version 2018-03-01). Fields that are not read here
 * are kept as they came, so that what a client put is what it gets.
 */
export const singleResourceCriteria =
  "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria";
export const multipleResourceCriteria =
  "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";
const staticThreshold = "StaticThresholdCriterion";

export const operators = [
  "Equals",
  "GreaterThan",
  "GreaterThanOrEqual",
  "LessThan",
  "LessThanOrEqual",
] as const;
export type Operator = (typeof operators)[number];

const criterionCountMax = 5;
const actionCountMax = 5;
/** Machines of one rule by their ids; a group or a subscription has as many as there are. */
const scopeCountMax = 1_000;
const dimensionCountMax = 10;
const dimensionValueCountMax = 100;
const daySeconds = 86_400;

/** Azure has PT1M to P1D; beyond Azure, any whole seconds from PT1S. */
const duration = z.string().refine(
  (text) => {
    const seconds = parseDurationSeconds(text);
    return seconds !== null && seconds >= 1 && seconds <= daySeconds;
  },
  { error: ({ input }) => `"${String(input)}" is not a duration of whole seconds, PT1S to P1D` },
);

const resourceId = z.string().min(1).max(2_048).startsWith("/");

const dimension = z.looseObject({
  name: z.string().min(1).max(256),
  operator: z.enum(["Include", "Exclude"]),
  values: z.array(z.string().max(1_024)).min(1).max(dimensionValueCountMax),
});

const commonFields = {
  name: z.string().max(256).default("Metric1"),
  metricName: z.string().min(1).max(256),
  metricNamespace: z.string().max(256).nullish(),
  dimensions: z.array(dimension).max(dimensionCountMax).nullish(),
  timeAggregation: z.enum(aggregationNames),
};

const staticCriterion = z.looseObject({
  criterionType: z.literal(staticThreshold).default(staticThreshold),
  ...commonFields,
  operator: z.enum(operators),
  threshold: z.number(),
});
const dynamicCriterion = z.looseObject({ ...commonFields, ...dynamicFields });
const criterion = z.discriminatedUnion("criterionType", [staticCriterion, dynamicCriterion]);

const properties = z
  .looseObject({
    description: z.string().max(4_096).nullish(),
    severity: z.int().min(0).max(4),
    enabled: z.boolean(),
    scopes: z.array(resourceId).min(1).max(scopeCountMax),
    targetResourceType: z.string().max(256).nullish(),
    targetResourceRegion: z.string().max(60).nullish(),
    evaluationFrequency: duration,
    windowSize: duration,
    criteria: z.looseObject({
      "odata.type": z.enum([singleResourceCriteria, multipleResourceCriteria]),
      allOf: z.array(criterion).min(1).max(criterionCountMax),
    }),
    // Both are there in what Azure answers, named by the client or not; az adds to the list it reads.
    autoMitigate: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true),
    actions: z
      .array(
        z.looseObject({
          actionGroupId: resourceId,
          webHookProperties: z.record(z.string(), z.string().max(4_096)).nullish(),
        }),
      )
      .max(actionCountMax)
      .nullish()
      .transform((value) => value ?? []),
    customProperties: z.record(z.string(), z.string().max(4_096)).nullish(),
  })
  .refine(
    (rule) =>
      (parseDurationSeconds(rule.windowSize) ?? 0) >=
      (parseDurationSeconds(rule.evaluationFrequency) ?? 0),
    {
      path: ["windowSize"],
      error: "is less than evaluationFrequency, so some seconds would never be looked at",
    },
  )
  .superRefine((rule, context) => {
    const wrong = scopeProblem(rule);
    if (wrong) context.addIssue({ code: "custom", ...wrong });
    const problem = dynamicProblem(rule);
    if (problem) context.addIssue({ code: "custom", ...problem });
  });

/** What Azure says of rules with a dynamic criterion, and that a baseline is learned from whole minutes. */
function dynamicProblem(rule: {
  windowSize: string;
  criteria: { "odata.type": string; allOf: readonly { criterionType: string }[] };
}): { path: string[]; message: string } | null {
  const { allOf, "odata.type": type } = rule.criteria;
  if (!allOf.some(({ criterionType }) => criterionType === dynamicThreshold)) return null;
  if (type !== multipleResourceCriteria) {
    const message = `is ${type}; a ${dynamicThreshold} needs ${multipleResourceCriteria}`;
    return { path: ["criteria", "odata.type"], message };
  }
  if (allOf.length > 1) {
    const message = `has ${allOf.length} criteria; a rule with a ${dynamicThreshold} has no other`;
    return { path: ["criteria", "allOf"], message };
  }
  if ((parseDurationSeconds(rule.windowSize) ?? 0) % 60 === 0) return null;
  const message = `"${rule.windowSize}" is not of whole minutes, which a ${dynamicThreshold} needs`;
  return { path: ["windowSize"], message };
}

export type MetricAlertProperties = z.infer<typeof properties>;
export type StaticCriterion = z.infer<typeof staticCriterion>;
export type DynamicCriterion = z.infer<typeof dynamicCriterion>;
export type AlertCriterion = z.infer<typeof criterion>;

/** Reads the properties of a rule. Throws `InvalidParameter` that names each field, or says what is not supported. */
export function parseMetricAlert(input: unknown): MetricAlertProperties {
  const reason = notSupported(input);
  if (reason !== null) throw new NightcapError("InvalidParameter", `not supported: ${reason}`);
  const result = properties.safeParse(input);
  if (result.success) return result.data;
  throw new NightcapError("InvalidParameter", `metric alert: ${describeIssues(result.error)}`);
}

const sketch = z.object({
  criteria: z
    .object({
      "odata.type": z.unknown(),
      allOf: z.array(z.object({ criterionType: z.unknown() })).optional(),
    })
    .optional(),
});

/** What Azure has and Nightcap has not, by name. */
function notSupported(input: unknown): string | null {
  const { data } = sketch.safeParse(input);
  const type = data?.criteria?.["odata.type"];
  const types: readonly string[] = [singleResourceCriteria, multipleResourceCriteria];
  if (typeof type === "string" && !types.includes(type)) {
    return `criteria ${JSON.stringify(type.slice(0, 200))} (supported: ${types.join(", ")})`;
  }
  const other = data?.criteria?.allOf?.find(
    ({ criterionType }) =>
      typeof criterionType === "string" &&
      criterionType !== staticThreshold &&
      criterionType !== dynamicThreshold,
  );
  if (other) {
    const supported = `${staticThreshold}, ${dynamicThreshold}`;
    return `criterionType ${JSON.stringify(other.criterionType)} (supported: ${supported})`;
  }
  return null;
}
