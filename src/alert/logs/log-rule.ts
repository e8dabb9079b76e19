import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { describeIssues } from "../../common/settings.ts";
import { parseDurationSeconds } from "../../metric/duration.ts";
import { operators } from "../rule.ts";

/**
 * The properties of Microsoft.Insights/scheduledQueryRules from api-version 2021-08-01 on, for rules of the kind
 * LogAlert. Fields that are not read here are kept as they came, so that what a client put is what it gets.
 */
export const logAggregations = ["Average", "Count", "Maximum", "Minimum", "Total"] as const;
export type LogAggregation = (typeof logAggregations)[number];

/** A notification carries the query, and the responder reads at most 256 KiB. */
const queryLengthMax = 20_000;
const scopeCountMax = 100;
/** Azure's limits for one condition. */
const dimensionCountMax = 6;
const evaluationPeriodCountMax = 6;
const dimensionValueCountMax = 100;
const actionGroupCountMax = 5;
const customPropertyCountMax = 100;
const daySeconds = 86_400;
/** How far back a query may look; Azure's is two days, which no baseline of weeks fits into. */
const lookBackDaysMax = 90;
/** The shortest time between two evaluations and the shortest window; Azure's is a minute. */
const secondsMin = 5;

const durationUpTo = (secondsMax: number) =>
  z.string().refine(
    (text) => {
      const seconds = parseDurationSeconds(text);
      return seconds !== null && seconds >= secondsMin && seconds <= secondsMax;
    },
    {
      error: ({ input }) =>
        `"${String(input)}" is not a duration of whole seconds, PT${secondsMin}S to P${secondsMax / daySeconds}D`,
    },
  );

const resourceId = z.string().min(1).max(2_048).startsWith("/");
const columnName = z.string().min(1).max(1_024);
/** Clients send "" for a column that there is none of. */
const optionalColumn = z.preprocess((value) => (value === "" ? null : value), columnName.nullish());

const dimension = z.looseObject({
  name: columnName,
  operator: z.enum(["Include", "Exclude"]),
  values: z.array(z.string().max(1_024)).min(1).max(dimensionValueCountMax),
});

const failingPeriods = z
  .looseObject({
    numberOfEvaluationPeriods: z.int().min(1).max(evaluationPeriodCountMax).default(1),
    minFailingPeriodsToAlert: z.int().min(1).max(evaluationPeriodCountMax).default(1),
  })
  .refine((given) => given.minFailingPeriodsToAlert <= given.numberOfEvaluationPeriods, {
    path: ["minFailingPeriodsToAlert"],
    error: "is more than numberOfEvaluationPeriods",
  });

const condition = z
  .looseObject({
    query: z.string().trim().min(1).max(queryLengthMax),
    timeAggregation: z.enum(logAggregations),
    metricMeasureColumn: optionalColumn,
    resourceIdColumn: optionalColumn,
    dimensions: z
      .array(dimension)
      .max(dimensionCountMax)
      .nullish()
      .transform((value) => value ?? []),
    operator: z.enum(operators),
    threshold: z.number(),
    failingPeriods: failingPeriods.nullish().transform((value) => value ?? onePeriod),
  })
  .refine((given) => given.timeAggregation === "Count" || given.metricMeasureColumn, {
    path: ["metricMeasureColumn"],
    error: "is missing: only Count needs no column",
  })
  .refine(
    (given) => new Set(given.dimensions.map(({ name }) => name)).size === given.dimensions.length,
    {
      path: ["dimensions"],
      error: "has one column twice",
    },
  );

const onePeriod = { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 };

const properties = z
  .looseObject({
    displayName: z.string().max(256).nullish(),
    description: z.string().max(4_096).nullish(),
    severity: z.int().min(0).max(4).default(3),
    enabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true),
    scopes: z.array(resourceId).min(1).max(scopeCountMax),
    targetResourceTypes: z.array(z.string().max(256)).max(scopeCountMax).nullish(),
    evaluationFrequency: durationUpTo(daySeconds),
    windowSize: durationUpTo(2 * daySeconds),
    overrideQueryTimeRange: durationUpTo(lookBackDaysMax * daySeconds).nullish(),
    criteria: z.looseObject({
      allOf: z.array(condition).length(1, "has one condition in Azure, and here"),
    }),
    autoMitigate: z
      .boolean()
      .nullish()
      .transform((value) => value ?? true),
    muteActionsDuration: durationUpTo(daySeconds).nullish(),
    ruleResolveConfiguration: z
      .looseObject({
        autoResolved: z.boolean().nullish(),
        timeToResolve: durationUpTo(daySeconds).nullish(),
      })
      .nullish(),
    skipQueryValidation: z.boolean().nullish(),
    actions: z
      .looseObject({
        actionGroups: z.array(resourceId).max(actionGroupCountMax).nullish(),
        customProperties: z.record(z.string(), z.string().max(4_096)).nullish(),
      })
      .nullish(),
  })
  .superRefine((rule, context) => {
    for (const [field, message] of problemsOf(rule)) {
      context.addIssue({ code: "custom", path: [field], message });
    }
  });

interface Timing {
  evaluationFrequency: string;
  windowSize: string;
  overrideQueryTimeRange?: string | null | undefined;
  autoMitigate: boolean;
  muteActionsDuration?: string | null | undefined;
  actions?: { customProperties?: Record<string, string> | null | undefined } | null | undefined;
}

/** What fields say against each other. */
function problemsOf(rule: Timing): [field: string, message: string][] {
  const seconds = (text: string | null | undefined): number =>
    parseDurationSeconds(text ?? "") ?? 0;
  const windowSeconds = seconds(rule.windowSize);
  const found: [string, string][] = [];
  if (windowSeconds < seconds(rule.evaluationFrequency)) {
    found.push([
      "windowSize",
      "is less than evaluationFrequency: some time would never be looked at",
    ]);
  }
  if (rule.overrideQueryTimeRange && seconds(rule.overrideQueryTimeRange) < windowSeconds) {
    found.push(["overrideQueryTimeRange", "is less than windowSize"]);
  }
  if (rule.muteActionsDuration && rule.autoMitigate) {
    found.push(["muteActionsDuration", "is only for rules whose autoMitigate is false"]);
  }
  if (Object.keys(rule.actions?.customProperties ?? {}).length > customPropertyCountMax) {
    found.push(["actions.customProperties", `has more than ${customPropertyCountMax}`]);
  }
  return found;
}

export type LogRuleProperties = z.infer<typeof properties>;
export type LogCriterion = z.infer<typeof condition>;

/** A log alert rule as stored. */
export interface LogRuleResource {
  id: string;
  properties: LogRuleProperties;
  /** Whose rows its query sees, where these are not those of its scopes. */
  queryScopes?: readonly string[];
}

export const queryScopesOf = (rule: LogRuleResource): readonly string[] =>
  rule.queryScopes ?? rule.properties.scopes;

/** Throws `BadRequest`, as Azure has it for these rules, that names each field or says what is not supported. */
export function parseLogRule(input: unknown): LogRuleProperties {
  const reason = notSupported(input);
  if (reason !== null) throw new NightcapError("BadRequest", `not supported: ${reason}`);
  const result = properties.safeParse(input);
  if (result.success) return result.data;
  throw new NightcapError("BadRequest", `log alert rule: ${describeIssues(result.error)}`);
}

const sketch = z.object({
  criteria: z.object({ allOf: z.array(z.object({ criterionType: z.unknown().optional() })) }),
  checkWorkspaceAlertsStorageConfigured: z.unknown().optional(),
});

/** What Azure has and Nightcap has not, by name. */
function notSupported(input: unknown): string | null {
  const { data } = sketch.safeParse(input);
  const type = data?.criteria.allOf[0]?.criterionType ?? staticThreshold;
  if (type !== staticThreshold) {
    return `criterionType ${JSON.stringify(type).slice(0, 200)} (supported: ${staticThreshold})`;
  }
  if (data?.checkWorkspaceAlertsStorageConfigured !== true) return null;
  return "checkWorkspaceAlertsStorageConfigured: rules are kept with all other resources";
}

const staticThreshold = "StaticThresholdCriterion";

/** The one condition of a rule. */
export function criterionOf({ criteria }: LogRuleProperties): LogCriterion {
  const [criterion] = criteria.allOf;
  if (!criterion) throw new Error("a rule that was read has a condition");
  return criterion;
}

/** Seconds of a duration that was read already. */
export const secondsOf = (duration: string): number => parseDurationSeconds(duration) ?? secondsMin;
