import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";

export type OverviewKind = "outbound" | "inbound" | "denied";

/** Milliseconds since the epoch and the amount; what comes in, and what is denied, counts downwards. */
export interface OverviewSeries {
  kind: OverviewKind;
  points: [number, number][];
}

/** The overview's rows as three lines: each time and kind is one point, all flow types together. */
export function seriesOf(answer: FlowAnswer): OverviewSeries[] {
  const column = { flows: "Flows", bytes: "Bytes", packets: "Packets" }[answer.unit];
  const sums: Record<OverviewKind, Map<number, number>> = {
    outbound: new Map(),
    inbound: new Map(),
    denied: new Map(),
  };
  const times = new Set<number>();
  for (const record of recordsOf(answer)) {
    const time = Date.parse(String(record["Time"]));
    const isDenied = record["FlowStatus"] === "Denied";
    const kind = isDenied
      ? "denied"
      : record["FlowDirection"] === "Outbound"
        ? "outbound"
        : "inbound";
    times.add(time);
    sums[kind].set(time, (sums[kind].get(time) ?? 0) + numberOf(record[column]));
  }
  const order = [...times].toSorted((a, b) => a - b);
  return (["outbound", "inbound", "denied"] as const).map((kind) => ({
    kind,
    points: order.map((time): [number, number] => [
      time,
      (kind === "outbound" ? 1 : -1) * (sums[kind].get(time) ?? 0),
    ]),
  }));
}
