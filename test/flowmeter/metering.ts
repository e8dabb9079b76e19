import { silentLog } from "../../src/common/log.ts";
import { type FlowMeter, startFlowMeter } from "../../src/flowmeter/meter.ts";
import type { MeterRecord } from "../../src/flowmeter/records.ts";
import { flowMeterSettings, flowLogTarget } from "../../src/flowmeter/settings.ts";

/** A tuple of a record, in the words of Azure's columns. */
export interface Tuple {
  rule: string;
  source: string;
  destination: string;
  sourcePort: number;
  destinationPort: number;
  protocol: number;
  direction: string;
  state: string;
  counts: [packets: number, bytes: number, packetsBack: number, bytesBack: number];
}

export interface Metering {
  meter: FlowMeter;
  records: MeterRecord[];
  readonly tuples: () => Tuple[];
}

/** Starts a meter whose records are kept. */
export async function startMetering(
  networkNamespace: string,
  settings: Record<string, unknown> = {},
): Promise<Metering> {
  const records: MeterRecord[] = [];
  const meter = await startFlowMeter({
    settings: flowMeterSettings.parse({ continueSeconds: 1, flushSeconds: 0.1, ...settings }),
    networkNamespace,
    targets: [
      flowLogTarget.parse({ id: "/flowLogs/one", targetId: "/vm", guid: "g", interfaces: [] }),
    ],
    onRecords: async (some) => void records.push(...some),
    onHealth: () => {},
    told: null,
    log: silentLog,
  });
  return { meter, records, tuples: () => records.flatMap(tuplesOf) };
}

interface RecordBody {
  flowRecords: { flows: { flowGroups: { rule: string; flowTuples: string[] }[] }[] };
}

export function tuplesOf({ text }: MeterRecord): Tuple[] {
  const { flowRecords } = JSON.parse(text) as RecordBody;
  return flowRecords.flows.flatMap(({ flowGroups }) =>
    flowGroups.flatMap(({ rule, flowTuples }) => flowTuples.map((tuple) => tupleOf(rule, tuple))),
  );
}

function tupleOf(rule: string, text: string): Tuple {
  const fields = text.split(",");
  const [, source = "", destination = "", , , , direction = "", state = ""] = fields;
  const number = (index: number): number => Number(fields[index]);
  return {
    rule,
    source,
    destination,
    sourcePort: number(3),
    destinationPort: number(4),
    protocol: number(5),
    direction,
    state,
    counts: [number(9), number(10), number(11), number(12)],
  };
}

/** Adds up what the tuples say. */
export const sumOf = (tuples: readonly Tuple[]): number[] =>
  tuples.reduce(
    (sum, { counts }) => sum.map((value, index) => value + (counts[index] ?? 0)),
    [0, 0, 0, 0],
  );

/** Waits until it holds; the last look decides. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await holds()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return holds();
}
