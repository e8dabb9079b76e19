import { expect, test } from "vitest";
import type { MeteredRecord, MeterHealth } from "../../src/agent/flow-logs.ts";
import { startMeter } from "../../src/agent/flow-meter.ts";
import { agentSettings } from "../../src/agent/settings.ts";
import type { FlowLogSpec } from "../../src/common/flow-log-spec.ts";
import { silentLog } from "../../src/common/log.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed } from "../bed/bed.ts";
import { eventually } from "../flowmeter/metering.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

const guid = "6f3b1c1e-0000-4000-8000-000000000001";
const flowLog = (interfaces: string[], id: string): FlowLogSpec => ({
  id,
  guid,
  targetId: "/vm",
  interfaces,
  aclId: null,
  recordTypes: ["B", "C", "E", "D"],
  criteria: null,
});

test.skipIf(reason !== null)(
  "the agent's meter writes for the flow logs it is told of",
  async () => {
    const bed = await openTestBed();
    const records: MeteredRecord[] = [];
    const healths: MeterHealth[] = [];
    const settings = agentSettings.parse({
      directory: bed.directory,
      networkNamespace: bed.netnsName("vm"),
      flowMeter: { flushSeconds: 0.1 },
    });
    const meter = await startMeter(settings, {
      flowLogs: [flowLog(["eth9"], "/other")],
      onRecords: async (some) => void records.push(...some),
      onHealth: (health) => healths.push(health),
      told: null,
      log: silentLog,
    });
    try {
      const server = await bed.startServer("node", "vm");
      const get = () => bed.exec("client", "curl", ["-sS", `http://192.0.2.10:${server.port}/`]);
      await get();
      meter.setFlowLogs([flowLog(["eth0"], "/one")]);
      expect(
        await eventually(async () => {
          await get();
          return records.length > 0;
        }),
      ).toBe(true);
      expect(new Set(records.map(({ flowLogId }) => flowLogId))).toEqual(new Set(["/one"]));
      expect(JSON.parse(records[0]?.text ?? "")).toMatchObject({
        flowLogGUID: guid,
        flowLogResourceID: "/ONE",
        targetResourceID: "/vm",
      });
      expect(healths.at(-1)).toEqual({ engine: "conntrack", problem: null, lostCount: 0 });
    } finally {
      await meter.close();
      await bed.close();
    }
  },
);
