import type { Command } from "commander";
import { filterNames } from "../../logs/views/filter-kql.ts";
import { type FlowStoreFlags, withFlowStore } from "../flow-store.ts";

export interface FlowsFlags extends FlowStoreFlags {
  timespan?: string;
  from?: string;
  to?: string;
  unit?: string;
  bin?: string;
  top?: string;
  filter: readonly string[];
  json?: boolean;
  kql?: boolean;
}

/** `nightcap flows [VIEW]`: the portal's views of flows, without a control plane. */
export function addFlowsCommand(program: Command): void {
  const command = program
    .command("flows")
    .description("show a view of the flows: overview, top-pairs, ports, geo-countries...")
    .argument("[view]", "its name; without one the views are listed")
    .argument("[filter...]", `NAME=VALUE[,VALUE...] of ${filterNames.join(", ")}`)
    .option("--timespan <time>", "PT6H, P1D, 6h, 7d, or START/END in ISO 8601 (default: one day)")
    .option("--from <time>", "start, ISO 8601")
    .option("--to <time>", "end, ISO 8601")
    .option("--unit <unit>", "flows, bytes or packets")
    .option("--bin <time>", "width of a point of a series: 10m, 1h, 1d")
    .option("--top <count>", "rows at most")
    .option("--kql", "show the query in KQL, and run nothing")
    .option("--json", "one JSON object");
  withFlowStore(command).action(
    async (view: string | undefined, filter: string[], flags: Omit<FlowsFlags, "filter">) => {
      const { runFlows } = await import("./run-flows.ts");
      process.exitCode = await runFlows(view, { ...flags, filter });
    },
  );
}
