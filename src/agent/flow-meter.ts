import type { FlowLogSpec } from "../common/flow-log-spec.ts";
import type { FlowMeterHealth } from "../flowmeter/health.ts";
import type { FlowLogTarget } from "../flowmeter/settings.ts";
import type { MeterHealth, StartMeter } from "./flow-logs.ts";
import type { AgentSettings } from "./settings.ts";

/** Starts the flow meter, whose code is loaded when the first flow log asks for it. */
export async function startMeter(
  { flowMeter: settings, networkNamespace }: AgentSettings,
  options: Parameters<StartMeter>[0],
): ReturnType<StartMeter> {
  const { startFlowMeter } = await import("../flowmeter/meter.ts");
  const meter = await startFlowMeter({
    settings,
    networkNamespace,
    targets: options.flowLogs.map(targetOf),
    onRecords: (records, told) => options.onRecords(records, told),
    told: options.told,
    onHealth: (health) => options.onHealth(meterHealth(health)),
    log: options.log,
  });
  options.onHealth(meterHealth(meter.health()));
  return {
    setFlowLogs: (wanted) => meter.setTargets(wanted.map(targetOf)),
    ended: meter.ended,
    close: () => meter.close(),
  };
}

function targetOf({ id, targetId, guid, interfaces, aclId }: FlowLogSpec): FlowLogTarget {
  return { id, targetId, guid, interfaces, aclId: aclId ?? noAclId };
}

/** What Azure writes where no security group decides. */
const noAclId = "00000000-0000-0000-0000-000000000000";

function meterHealth({ engine, problems, counters, state }: FlowMeterHealth): MeterHealth {
  const { eventLossesTotal, endsWithoutCounters, endsWhileAway, flowsOverflow, logGapsTotal } =
    counters;
  const { packetsDropped, tuplesDropped } = counters;
  const texts = problems.map(({ what, remedy }) => `${what} (${remedy})`);
  return {
    engine: state === "failed" ? null : engine,
    problem: texts.length === 0 ? null : texts.join("; "),
    lostCount:
      eventLossesTotal +
      endsWithoutCounters +
      endsWhileAway +
      flowsOverflow +
      logGapsTotal +
      packetsDropped +
      tuplesDropped,
  };
}
