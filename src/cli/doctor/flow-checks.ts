import { probeLibrary } from "../../flowstore/embedded/probe.ts";
import { probeFlowMeter } from "../../flowmeter/probe.ts";
import type { Check, Subject } from "./checks.ts";
import { attempt, degraded, missing, ok } from "./tools.ts";

const metering: Subject = {
  name: "flow metering",
  essential: false,
  why: "flow logs are exact, and say which rule decided, where the kernel itself follows flows",
  remedy:
    "run as root (CAP_NET_ADMIN) on a kernel with nf_conntrack and NFLOG, and apt-get install nftables",
};

/** Whether this host's flows can be logged, and how well. */
export function checkFlowMetering(): Promise<Check> {
  return attempt(metering, async () => {
    const { engine, found, isComplete } = await probeFlowMeter();
    if (engine === "none") return missing(metering, found);
    return isComplete ? ok(metering, found) : degraded(metering, found);
  });
}

const engine: Subject = {
  name: "flow engine",
  essential: false,
  why: "flows are kept and asked about in it, where no ClickHouse server is named",
  remedy: "npm install chdb, or name a server with --clickhouse URL",
};

/** Whether flows can be kept on this host without a server. */
export function checkFlowEngine(): Promise<Check> {
  return attempt(engine, async () => {
    await probeLibrary();
    return ok(engine, "chDB is installed");
  });
}
