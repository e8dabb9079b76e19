import type { FlowView } from "./flow-view.ts";

/** Tuples that are looked at: few reasons stand behind many tuples. */
const tuplesMax = 20_000;
/** Addresses that are named beside a reason. */
const addressesMax = 8;

/** Why flows have the flow type that they have, as it was decided when they came. */
export const reasonViews: readonly FlowView[] = [
  {
    name: "reasons",
    description: `Why flows have their flow type: reasons with an example each, of ${tuplesMax.toLocaleString("en")} tuples at most`,
    reads: "tuples",
    isCut: true,
    query: ({ request }) => `flows
| take ${tuplesMax}
| summarize Tuples = count(), Addresses = make_set(RemoteIp, ${addressesMax}),
    arg_max(TimeGenerated, SrcIp, DestIp, DestPort, L4Protocol, TargetResourceId)
    by FlowType, FlowDirection, FlowStatus, AclRule, Reason, ThreatType, ThreatDescription, ThreatList, ThreatEntry, ThreatFirstSeen
| extend Addresses = array_sort_asc(Addresses)
| project FlowType, FlowDirection, FlowStatus, AclRule, Reason, Tuples, Addresses,
    ThreatType, ThreatDescription, ThreatList, ThreatEntry, ThreatFirstSeen,
    SrcIp, DestIp, DestPort, L4Protocol, TargetResourceId, LastSeen = TimeGenerated
| order by Tuples desc, FlowType asc, FlowDirection asc, FlowStatus asc, AclRule asc, Reason asc
| take ${request.top}`,
    drillDown: [],
  },
];
