import type { DocumentTable } from "../common/documents.ts";
import type { Delivery } from "./delivery.ts";
import type { MetricAlertProperties } from "./rule.ts";
import type { AlertTransition } from "./transition.ts";

/** A metric alert rule as stored. */
export interface RuleResource {
  id: string;
  properties: MetricAlertProperties;
  /** Under which its state is kept, where a rule has several targets (rule-targets.ts); the id unless told. */
  key?: string;
}

/** What is remembered of a rule that has fired. A rule that never did has none. */
export interface AlertState {
  ruleId: string;
  targetResourceId: string;
  monitorCondition: "Fired" | "Resolved";
  /** Of the alert that fired last. */
  alertId: string;
  firedTime: number;
  resolvedTime: number | null;
  /**
   * Only where `autoMitigate` is false: the condition was over long enough that, were it met again, that
   * would be a new alert. The old one stays Fired.
   */
  rearmed: boolean;
  /** Of a log alert: the end of the first window since it fired in which its condition was not met, in seconds. */
  notMetSince?: number;
  /** Of a log alert: when its action groups were called last. */
  calledTime?: number;
  /** The last change, with the values that made it. */
  transition: AlertTransition;
}

/** The two tables that change together, inside one transaction. */
export interface AlertTables {
  states: DocumentTable<AlertState>;
  deliveries: DocumentTable<Delivery>;
}

/** Where the state of a rule is kept. */
export const keyOf = ({ id, key }: RuleResource): string => (key ?? id).toLowerCase();
