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

/**
 * A flow counts for each of its two ends, and once where both are the same: a row for each end, with columns made of
 * the source's and the destination's; the first column says which ends are the same. It is done with rows that are
 * added up already, so that the table is read once.
 */
export function bothEnds(columns: Readonly<Record<string, readonly [string, string]>>): string {
  const [[source, destination] = ["", ""]] = Object.values(columns);
  const made = Object.entries(columns).map(
    ([name, ends]) => `${name} = iff(End == "Source", ${ends.join(", ")})`,
  );
  return `| mv-expand End = dynamic(["Source", "Destination"]) to typeof(string)
| where End == "Source" or ${destination} != ${source}
| extend ${made.join(", ")}`;
}
