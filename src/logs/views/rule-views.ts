import type { FlowView } from "./flow-view.ts";
import { knownRules } from "./known-estate.ts";
import { amounts, sums, summed, topRows } from "./kql-text.ts";

/** Hits of rules: each record is one rule's own decision, so that both records of a flow count. */
export const ruleViews: readonly FlowView[] = [
  {
    name: "rule-groups",
    description: "Security groups whose rules were hit most",
    reads: "records",
    isCut: true,
    query: ({ request, unit }) => `${summed("AclGroup, AclRule, FlowStatus")}
| summarize Rules = dcount(AclRule), Allowed = sumif(${unit}, FlowStatus == "Allowed"), Denied = sumif(${unit}, FlowStatus == "Denied"),
    ${sums} by AclGroup
${topRows(request.top, unit, "AclGroup")}`,
    drillDown: [],
  },
  {
    name: "rule-hits",
    description: "Each rule that was hit: how often, by whom and to whom",
    reads: "records",
    isCut: true,
    query: ({
      request,
      unit,
    }) => `${summed("AclGroup, AclRule, FlowDirection, FlowStatus, FlowType")}
| summarize FlowTypes = dcount(FlowType), MaliciousFlows = sumif(Flows, FlowType == "MaliciousFlow"), ${sums}
    by AclGroup, AclRule, FlowDirection, FlowStatus
${topRows(request.top, unit, "AclGroup, AclRule, FlowDirection, FlowStatus")}`,
    drillDown: [
      { view: "rule-trend", filters: { rule: "AclRule", direction: "FlowDirection" } },
      { view: "top-pairs", filters: { rule: "AclRule", status: "FlowStatus" } },
    ],
  },
  {
    name: "rule-trend",
    description: "Hits of the busiest rules over time",
    reads: "records",
    isCut: true,
    query: ({
      request,
      unit,
    }) => `let busiest = ${summed("AclGroup, AclRule")}\n${topRows(request.top, unit, "AclGroup, AclRule")};
flows
| summarize ${amounts}
    by Time = bin(FlowIntervalStartTime, ${request.binMinutes}m), AclGroup, AclRule, FlowStatus
| join kind=leftsemi busiest on AclGroup, AclRule
| order by Time asc, AclGroup asc, AclRule asc, FlowStatus asc`,
    drillDown: [{ view: "top-pairs", filters: { rule: "AclRule", status: "FlowStatus" } }],
  },
  {
    name: "rules-never-hit",
    description: "Rules of the known security groups that no flow met",
    reads: "records",
    isCut: false,
    query: ({ known }) => `let known = ${knownRules(known)};
known
| where isnotempty(AclRule)
| extend Group = tolower(AclGroup), Rule = tolower(AclRule)
| join kind=leftanti (
    flows
    | summarize by AclGroup, AclRule
    | extend Group = tolower(AclGroup), Rule = tolower(replace_regex(AclRule, "^(UserRule|DefaultRule)_", ""))
  ) on Group, Rule
| project AclGroup, AclRule
| order by AclGroup asc, AclRule asc`,
    drillDown: [],
  },
];
