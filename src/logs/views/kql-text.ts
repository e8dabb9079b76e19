/** Text as a literal of KQL. */
export const kqlString = (text: string): string =>
  `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\r", "\\r")}"`;

export const kqlTime = (milliseconds: number): string =>
  `datetime(${new Date(milliseconds).toISOString()})`;

/** What a record counts. */
export const amountOf = {
  Flows: "AllowedInFlows + AllowedOutFlows + DeniedInFlows + DeniedOutFlows",
  Bytes: "BytesSrcToDest + BytesDestToSrc",
  Packets: "PacketsSrcToDest + PacketsDestToSrc",
};

/** The three amounts that each view counts. */
export const amounts = `Flows = sum(${amountOf.Flows}),
    Bytes = sum(${amountOf.Bytes}), Packets = sum(${amountOf.Packets})`;

/** The same amounts of rows that have them already. */
export const sums = "Flows = sum(Flows), Bytes = sum(Bytes), Packets = sum(Packets)";

/** Adds up records of `flows` by columns, which is all that reads the table; what follows works on few rows. */
export const summed = (by: string): string => `flows\n| summarize ${amounts}\n    by ${by}`;

/** The largest first; names decide between equals, so that the same question has the same answer. */
export const topRows = (count: number, amount: string, names: string): string =>
  `| order by ${amount} desc, ${names
    .split(/,\s*/)
    .map((name) => `${name} asc`)
    .join(", ")}\n| take ${count}`;

/** The network of a subnet "rg/network/subnet". */
export const networkOf = (subnet: string): string => `extract("^([^/]*/[^/]*)/", 1, ${subnet})`;
