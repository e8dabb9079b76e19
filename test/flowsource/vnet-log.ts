// VNet flow logs as Azure writes them, small and told apart by what they count.

export interface LogShape {
  readonly mac?: string;
  readonly hour?: number;
  readonly tuplesPerRecord?: number;
}

const head = '{"records":[';
export const tail = "]}";

/** One record; the tuples of no two (mac, hour, index) are the same. */
export function vnetRecord(index: number, shape: LogShape = {}): string {
  const { mac = "0022486D5A01", hour = 9, tuplesPerRecord = 10 } = shape;
  const start = Date.UTC(2026, 10, 21, hour) + index * 60_000;
  const flowTuples = Array.from(
    { length: tuplesPerRecord },
    (_, tuple) =>
      `${start + tuple},10.0.${index % 256}.${tuple % 250},52.239.246.1,${1024 + (tuple % 60_000)},443,6,O,E,NX,3,300,2,${tuple}`,
  );
  return JSON.stringify({
    time: new Date(start).toISOString(),
    flowLogVersion: 4,
    flowLogGUID: "00000000-0000-0000-0000-00000000f10e",
    macAddress: mac,
    category: "FlowLogFlowEvent",
    flowLogResourceID:
      "/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/W/FLOWLOGS/L",
    targetResourceID:
      "/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/virtualNetworks/v",
    operationName: "FlowLogFlowEvent",
    flowRecords: { flows: [{ aclID: "acl", flowGroups: [{ rule: "AllowWeb", flowTuples }] }] },
  });
}

/** A whole blob, or one that is still open, of records `from` up to `to`, excluded. */
export function vnetLog(
  from: number,
  to: number,
  shape: LogShape & { open?: boolean } = {},
): string {
  const records = Array.from({ length: to - from }, (_, at) => vnetRecord(from + at, shape));
  return head + records.join(",") + (shape.open === true ? "" : tail);
}

export const layoutPath = (mac: string, hour: number): string =>
  `flowLogResourceID=/S_NETWORKWATCHERRG/NETWORKWATCHER_WESTEUROPE_L/y=2026/m=11/d=21/h=${String(hour).padStart(2, "0")}/m=00/macAddress=${mac}/PT1H.json`;
