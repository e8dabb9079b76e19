/** One flow that an alert is about, in the words of Azure's tables; what a query does not say is left out. */
export interface AlertFlow {
  readonly SrcIp?: string;
  readonly DestIp?: string;
  readonly DestPort?: number;
  /** `T`, `U`, or a protocol's number. */
  readonly L4Protocol?: string;
  readonly FlowDirection?: string;
  readonly FlowStatus?: string;
  readonly FlowType?: string;
  readonly AclRule?: string;
  readonly ThreatType?: string;
  readonly ThreatDescription?: string;
  readonly ThreatList?: string;
  readonly ThreatEntry?: string;
  readonly Reason?: string;
  /** The machine whose side the flow was seen from. */
  readonly resourceId?: string;
  /** Rows of the query's answer that say the same. */
  readonly rowCount: number;
}

/** What a log alert says of its condition beside the value and the threshold. Plain data: it is stored. */
export interface LogDetail {
  readonly searchQuery: string;
  readonly metricMeasureColumn: string | null;
  readonly targetResourceTypes: readonly string[];
  readonly failingPeriods: {
    readonly numberOfEvaluationPeriods: number;
    readonly minFailingPeriodsToAlert: number;
  };
  /** Where the rows can be asked for: all of them, and those of the alert's dimensions; "" when a query is too long. */
  readonly resultsLink: string;
  readonly filteredResultsLink: string;
  readonly flows: readonly AlertFlow[];
  /** False when there were more flows than are carried. */
  readonly hasAllFlows: boolean;
}

/** Flows that an alert carries. */
export const alertFlowCountMax = 20;
