import { z } from "zod";

/** The parts of a VNet flow-log record that are shown. */
const record = z.object({
  macAddress: z.string(),
  flowRecords: z.object({
    flows: z.array(
      z.object({
        flowGroups: z.array(z.object({ rule: z.string(), flowTuples: z.array(z.string()) })),
      }),
    ),
  }),
});

/** One tuple of this host, in the words of `--json`. */
export interface WatchedFlow {
  time: string;
  state: "begin" | "continue" | "end" | "denied";
  direction: "in" | "out";
  protocol: string;
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
  packetsToDestination: number;
  bytesToDestination: number;
  packetsToSource: number;
  bytesToSource: number;
  rule: string;
  macAddress: string;
}

const states: Readonly<Record<string, WatchedFlow["state"]>> = {
  B: "begin",
  C: "continue",
  E: "end",
  D: "denied",
};
const protocols: Readonly<Record<string, string>> = { 6: "tcp", 17: "udp" };

/** The tuples of a record, in its order. */
export function flowsOfRecord(text: string): WatchedFlow[] {
  const { macAddress, flowRecords } = record.parse(JSON.parse(text));
  return flowRecords.flows.flatMap(({ flowGroups }) =>
    flowGroups.flatMap(({ rule, flowTuples }) =>
      flowTuples.map((tuple) => ({ ...flowOfTuple(tuple), rule, macAddress })),
    ),
  );
}

function flowOfTuple(tuple: string): Omit<WatchedFlow, "rule" | "macAddress"> {
  const fields = tuple.split(",");
  const [time, source = "", destination = "", , , protocol = "", direction, state = ""] = fields;
  const number = (index: number): number => Number(fields[index]);
  return {
    time: new Date(Number(time)).toISOString(),
    state: states[state] ?? "continue",
    direction: direction === "I" ? "in" : "out",
    protocol: protocols[protocol] ?? protocol,
    source,
    sourcePort: number(3),
    destination,
    destinationPort: number(4),
    packetsToDestination: number(9),
    bytesToDestination: number(10),
    packetsToSource: number(11),
    bytesToSource: number(12),
  };
}

/** One line: when, what happened, between whom, how much since the line before, which rule. */
export function flowLine(flow: WatchedFlow): string {
  const ends = `${end(flow.source, flow.sourcePort)} -> ${end(flow.destination, flow.destinationPort)}`;
  const columns = [
    flow.time.slice(11, 23),
    flow.state.padEnd(8),
    flow.direction.padEnd(3),
    flow.protocol,
    ends.padEnd(46),
    flow.state === "begin" ? "" : traffic(flow),
    flow.rule,
  ];
  return columns.filter((column) => column !== "").join("  ");
}

const end = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

function traffic(flow: WatchedFlow): string {
  const sent = amount(flow.packetsToDestination, flow.bytesToDestination);
  if (flow.state === "denied") return sent;
  return `${sent} there, ${amount(flow.packetsToSource, flow.bytesToSource)} back`;
}

const amount = (packets: number, bytes: number): string =>
  `${packets} ${packets === 1 ? "packet" : "packets"} ${bytes} B`;
