import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import { useSignedIn } from "../shell/session-context.ts";
import { readPages } from "./captures.ts";
import { topicKey } from "./topics.ts";
import { get, request } from "./request.ts";

export const metricAlertType = "Microsoft.Insights/metricAlerts";
export const logRuleType = "Microsoft.Insights/scheduledQueryRules";
const versions = { [metricAlertType]: "2018-03-01", [logRuleType]: "2021-08-01" } as const;
export type RuleType = keyof typeof versions;

export interface RuleDimension {
  name: string;
  operator: "Include" | "Exclude";
  values: string[];
}

/** One condition of either kind of rule; what neither reads is kept as it came. */
export interface RuleCriterion {
  name?: string;
  criterionType?: string;
  metricName?: string;
  metricNamespace?: string | null;
  timeAggregation: string;
  operator: string;
  threshold?: number;
  dimensions?: RuleDimension[] | null;
  alertSensitivity?: string;
  failingPeriods?: { numberOfEvaluationPeriods: number; minFailingPeriodsToAlert: number } | null;
  ignoreDataBefore?: string | null;
  query?: string;
  metricMeasureColumn?: string | null;
  resourceIdColumn?: string | null;
  [name: string]: unknown;
}

export interface RuleAction {
  actionGroupId: string;
  webHookProperties?: Record<string, string> | null;
}

export interface RuleProperties {
  description?: string | null;
  severity: number;
  enabled: boolean;
  scopes: string[];
  evaluationFrequency: string;
  windowSize: string;
  autoMitigate?: boolean;
  targetResourceType?: string | null;
  targetResourceRegion?: string | null;
  criteria: { "odata.type"?: string; allOf: RuleCriterion[] };
  /** A list of a metric alert rule, an object of a log alert rule. */
  actions?: RuleAction[] | { actionGroups?: string[] | null; [name: string]: unknown } | null;
  overrideQueryTimeRange?: string | null;
  muteActionsDuration?: string | null;
  ruleResolveConfiguration?: { timeToResolve?: string | null; [name: string]: unknown } | null;
  skipQueryValidation?: boolean | null;
  /** Of a log alert rule: how it does. */
  nightcap?: { health: string; problem: string | null; firedAlerts: number };
  [name: string]: unknown;
}

export interface AlertRule {
  id: string;
  name: string;
  type: string;
  location: string;
  tags?: Record<string, string>;
  properties: RuleProperties;
}

/** All rules of both kinds that this person may see. */
export function useAlertRules(): UseQueryResult<AlertRule[]> {
  const { subscriptionId } = useSignedIn();
  return useQuery({
    queryKey: [topicKey("alert"), "rules", subscriptionId],
    async queryFn() {
      const lists = await Promise.all(
        [metricAlertType, logRuleType].map((type) =>
          readPages<AlertRule>(
            `/subscriptions/${subscriptionId}/providers/${type}`,
            versions[type as RuleType],
          ),
        ),
      );
      return lists.flat();
    },
  });
}

/** What is known of rules besides what was written: whether they fire now, and whether they learn still. */
export interface RuleStates {
  /** Ids in lower case. */
  firing: ReadonlySet<string>;
  learning: ReadonlySet<string>;
}

interface Baseline {
  rule: string;
  series: { state: "Ready" | "Learning" }[];
}

export const useRuleStates = (): UseQueryResult<RuleStates> =>
  useQuery({
    queryKey: [topicKey("alert"), "states"],
    async queryFn() {
      const [alerts, baselines] = await Promise.all([
        get<{ value: { rule: string; condition: string }[] }>("/nightcap/incidents"),
        get<{ value: Baseline[] }>("/nightcap/baselines"),
      ]);
      const firing = alerts.value.filter(({ condition }) => condition === "Fired");
      const learning = baselines.value.filter(
        ({ series }) => series.length > 0 && series.every(({ state }) => state === "Learning"),
      );
      const ids = (rules: { rule: string }[]): Set<string> =>
        new Set(rules.map(({ rule }) => rule.toLowerCase()));
      return { firing: ids(firing), learning: ids(learning) };
    },
  });

export const typeOf = ({ type }: Pick<AlertRule, "type">): RuleType =>
  type.toLowerCase() === logRuleType.toLowerCase() ? logRuleType : metricAlertType;

const pathOf = (id: string, type: RuleType): string => `${id}?api-version=${versions[type]}`;

/** What a PUT takes. */
export interface RuleBody {
  location: string;
  tags?: Record<string, string>;
  properties: RuleProperties;
}

export const putRule = (id: string, type: RuleType, body: RuleBody): Promise<AlertRule> =>
  request("PUT", pathOf(id, type), body);

export const enableRule = (rule: AlertRule, enabled: boolean): Promise<AlertRule> =>
  request("PATCH", pathOf(rule.id, typeOf(rule)), { properties: { enabled } });

export const deleteRule = (rule: AlertRule): Promise<void> =>
  request("DELETE", pathOf(rule.id, typeOf(rule)));

/** Ids of the action groups that a rule calls. */
export function actionGroupsOf({ actions }: RuleProperties): string[] {
  if (Array.isArray(actions)) return actions.map(({ actionGroupId }) => actionGroupId);
  return actions?.actionGroups ?? [];
}
