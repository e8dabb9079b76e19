import type { ViewText } from "./flow-view.ts";
import { amountOf, sums, topRows } from "./kql-text.ts";

/** Columns of a grid besides its names: total, allowed and blocked in and out, benign and malicious. */
const parts = {
  Total: "",
  AllowedInbound: 'FlowStatus == "Allowed" and FlowDirection == "Inbound"',
  AllowedOutbound: 'FlowStatus == "Allowed" and FlowDirection == "Outbound"',
  BlockedInbound: 'FlowStatus == "Denied" and FlowDirection == "Inbound"',
  BlockedOutbound: 'FlowStatus == "Denied" and FlowDirection == "Outbound"',
  Benign: 'FlowType != "MaliciousFlow"',
  Malicious: 'FlowType == "MaliciousFlow"',
  AllowedMalicious: 'FlowType == "MaliciousFlow" and FlowStatus == "Allowed"',
};

/** Adds up records of `flows` to cells of a grid: all that reads the table; what follows works on few rows. */
export function gridCells({ unit }: ViewText, by: string, condition = ""): string {
  return cellsOf(amountOf, unit, { by, condition });
}

/** The same over flows by public address, whose counters have other names. */
export const addressCells = ({ unit }: ViewText, by: string): string =>
  cellsOf({ ...amountOf, Flows: "Flows" }, unit, { by, condition: "" });

function cellsOf(
  amounts: typeof amountOf,
  unit: keyof typeof amountOf,
  { by, condition }: { readonly by: string; readonly condition: string },
): string {
  const columns = Object.entries(parts).map(([name, when]) =>
    when === "" ? `${name} = sum(${amounts[unit]})` : `${name} = sumif(${amounts[unit]}, ${when})`,
  );
  const all = Object.entries(amounts).map(([name, amount]) => `${name} = sum(${amount})`);
  const lines = [...columns, ...all].join(",\n    ");
  return `flows${condition === "" ? "" : ` | ${condition}`}\n| summarize ${lines}\n    by ${by}`;
}

/** One row an item, out of cells; the largest first. */
export function grid(item: string, { request }: ViewText): string {
  const columns = Object.keys(parts).map((name) => `${name} = sum(${name})`);
  return `| summarize ${columns.join(", ")},\n    ${sums}\n    by ${item}\n${topRows(request.top, "Total", item)}`;
}
