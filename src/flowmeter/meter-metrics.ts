import type { ProcessMetrics } from "../common/metrics.ts";
import type { FlowMeterCounters } from "./counters.ts";
import type { FlowMeterHealth } from "./health.ts";

const totals: readonly (readonly [keyof FlowMeterCounters, name: string, help: string])[] = [
  ["eventsTotal", "events", "Messages of the kernel, or packets, that were read"],
  ["flowsBegun", "flows_begun", "Flows whose beginning was seen"],
  ["flowsEnded", "flows_ended", "Flows that ended"],
  ["flowsDenied", "denied_tuples", "Tuples of denied flows"],
  ["packetsDenied", "denied_packets", "Packets that deny rules logged"],
  ["eventLossesTotal", "event_losses", "Times the kernel dropped events; a full dump follows"],
  ["dumpsTotal", "dumps", "Whole tables of the kernel that were read"],
  ["flowsFoundLate", "flows_found_late", "Flows whose beginning was not told by an event"],
  ["endsWithoutCounters", "uncounted_ends", "Flows that ended without the kernel's last count"],
  [
    "endsWhileAway",
    "ends_while_away",
    "Flows that ended between a kill of the agent and its start",
  ],
  ["flowsWithoutCounters", "uncounted_flows", "Flows that the kernel does not count"],
  ["flowsOverflow", "overflow_flows", "Flows not followed because there were too many"],
  ["logGapsTotal", "log_gaps", "Logged packets that the kernel dropped"],
  ["logsIgnored", "ignored_logs", "Logged packets that are not of our rules or interfaces"],
  ["malformedTotal", "malformed", "Messages or packets that could not be read"],
  ["packetsDropped", "dropped_packets", "Packets that the recorder dropped"],
  ["tuplesDropped", "dropped_tuples", "Tuples lost because records were not taken in time"],
  ["bytesDropped", "dropped_bytes", "Bytes that those tuples told of"],
  ["recordsTotal", "records", "Records that were given away"],
  ["tuplesTotal", "tuples", "Tuples in them"],
];

/** Shows a meter's counters as `nightcap_flowmeter_..._total`, and how many flows it follows. */
export function exposeFlowMeter(metrics: ProcessMetrics, health: () => FlowMeterHealth): void {
  for (const [key, name, help] of totals) {
    metrics.gauge(`nightcap_flowmeter_${name}_total`, help, () => health().counters[key]);
  }
  metrics.gauge("nightcap_flowmeter_flows", "Flows that are followed", () => health().flowCount);
  metrics.gauge(
    "nightcap_flowmeter_problems",
    "What is missing for exact flow logs",
    () => health().problems.length,
  );
}
