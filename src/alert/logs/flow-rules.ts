/** A built-in rule over flows: what `Microsoft.Insights/scheduledQueryRules` is made of. */
export interface FlowRule {
  readonly name: string;
  /** A rule of an older one that nobody changed is replaced. */
  readonly version: number;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Rows that came in the window, whenever they were seen: a host that was cut off sends its flows late. */
const arrivedIn = (window: string): string =>
  `| where TimeProcessed >= ago(${window}) and TimeProcessed < now()`;

const maliciousQuery = `// Flows from or to an address on a threat list, which no rule denied.
NightcapFlows
${arrivedIn("15s")}
| where FlowType == "MaliciousFlow" and FlowStatus == "Allowed"
| project-away TimeGenerated`;

const destinationQuery = `// Hosts that talk to a public address for the first time in "remembered". A host's first day is for learning.
let remembered = 14d;
let learning = 1d;
let fresh = NightcapFlows
| where FlowDirection == "Outbound" and FlowStatus == "Allowed" and FlowType in ("ExternalPublic", "MaliciousFlow")
| where TimeGenerated > ago(remembered)
${arrivedIn("1m")};
fresh
| join kind=leftanti (
    NightcapDestinations
    | where WeekStart > ago(remembered) - 7d and FirstProcessed < ago(1m) and LastSeen > ago(remembered)
    | where DestIp in ((fresh | distinct DestIp))
    | distinct MacAddress, DestIp
  ) on MacAddress, DestIp
| join kind=leftsemi (
    NightcapHosts
    | where WeekStart > ago(remembered) - 7d and FirstProcessed < ago(1m) and LastSeen > ago(remembered)
    | where FirstSeen < ago(learning)
    | distinct MacAddress
  ) on MacAddress
| project-away TimeGenerated`;

const burstQuery = `// Denied flows of a minute, by source and machine, where they are many times what the last day had.
let factor = 10;
let denied = NightcapFlows
| where FlowStatus == "Denied";
denied
${arrivedIn("1m")}
| summarize Denied = count() by SrcIp, VirtualMachineId, FlowDirection
| join kind=leftouter (
    denied
    | where TimeProcessed < ago(1m) and TimeGenerated > ago(1d)
    | summarize DeniedBefore = count() by SrcIp, VirtualMachineId, FlowDirection
  ) on SrcIp, VirtualMachineId, FlowDirection
| extend Usual = coalesce(DeniedBefore, 0) / 1440.0
| where Denied > factor * Usual
| project SrcIp, VirtualMachineId, FlowDirection, Denied, Usual`;

const scanQuery = `// The most ports of one host, or hosts at one port, that a source began flows to or was denied in a minute.
let flows = NightcapFlows
${arrivedIn("1m")}
| where FlowState in ("Begin", "Denied");
union
  (flows | summarize Targets = dcount(DestPort), VirtualMachineId = take_any(VirtualMachineId) by SrcIp, DestIp),
  (flows | summarize Targets = dcount(DestIp), VirtualMachineId = take_any(VirtualMachineId) by SrcIp, DestPort)
| summarize arg_max(Targets, VirtualMachineId) by SrcIp
| project SrcIp, VirtualMachineId, Targets`;

interface Parts {
  query: string;
  description: string;
  severity: number;
  frequency: string;
  lookBack: string;
  timeToResolve: string;
  dimension: string;
  measure?: { column: string; threshold: number };
}

const properties = (parts: Parts): FlowRule["properties"] => ({
  description: parts.description,
  severity: parts.severity,
  enabled: true,
  evaluationFrequency: parts.frequency,
  windowSize: parts.frequency,
  overrideQueryTimeRange: parts.lookBack,
  autoMitigate: true,
  ruleResolveConfiguration: { autoResolved: true, timeToResolve: parts.timeToResolve },
  criteria: {
    allOf: [
      {
        query: parts.query,
        timeAggregation: parts.measure ? "Maximum" : "Count",
        metricMeasureColumn: parts.measure?.column ?? null,
        resourceIdColumn: "VirtualMachineId",
        dimensions: [{ name: parts.dimension, operator: "Include", values: ["*"] }],
        operator: "GreaterThan",
        threshold: parts.measure?.threshold ?? 0,
        failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
      },
    ],
  },
});

/** On from the first flow log on; each is a resource like any other, to be changed and switched off. */
export const flowRules: readonly FlowRule[] = [
  {
    name: "nightcap-malicious-flow",
    version: 1,
    properties: properties({
      query: maliciousQuery,
      description: "A flow from or to an address on a threat list was allowed.",
      severity: 1,
      frequency: "PT15S",
      lookBack: "PT1H",
      timeToResolve: "PT30M",
      dimension: "RemoteIp",
    }),
  },
  {
    name: "nightcap-new-destination",
    version: 2,
    properties: properties({
      query: destinationQuery,
      description: "A host talks to a public address that it has not talked to in 14 days.",
      severity: 4,
      frequency: "PT1M",
      // Its own 14 days, and all of the week in which they begin.
      lookBack: "P22D",
      timeToResolve: "PT1H",
      dimension: "DestIp",
    }),
  },
  {
    name: "nightcap-denied-burst",
    version: 1,
    properties: properties({
      query: burstQuery,
      description: "Many more flows of one source are denied at a machine than on the day before.",
      severity: 3,
      frequency: "PT1M",
      lookBack: "P1D",
      timeToResolve: "PT10M",
      dimension: "SrcIp",
      measure: { column: "Denied", threshold: 100 },
    }),
  },
  {
    name: "nightcap-scan",
    version: 1,
    properties: properties({
      query: scanQuery,
      description: "One source tries many ports of a host, or many hosts at one port.",
      severity: 2,
      frequency: "PT1M",
      lookBack: "PT1H",
      timeToResolve: "PT10M",
      dimension: "SrcIp",
      measure: { column: "Targets", threshold: 50 },
    }),
  },
];
