import type {
  Conversation,
  Destinations,
  Inspection,
  NameCount,
  ProtocolNode,
  TcpTotals,
} from "../inspection/inspection.ts";

/** Rows of each list that are shown; the JSON has all of them. */
const rowCountMax = 10;
const nanosecondsPerMillisecond = 1_000_000;

/** An inspection as a page of text for a terminal. */
export function renderInspection(path: string, inspection: Inspection): string {
  const parts = [
    [path, ...summaryLines(inspection)],
    section("protocols", hierarchyLines(inspection)),
    section("conversations", conversationLines(inspection)),
    section("tcp streams", streamLines(inspection)),
    section("tcp analysis", totalLines(inspection.tcpTotals)),
    section("destinations", destinationLines(inspection)),
    section("names", nameLines(inspection)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function summaryLines({ file, overflow }: Inspection): string[] {
  const { firstTime, lastTime } = file;
  const lines = [
    `  ${file.format}, ${file.packets} packets, ${sizeText(file.bytesOnWire)} on the wire, ` +
      `${sizeText(file.bytesCaptured)} captured`,
  ];
  if (firstTime !== null && lastTime !== null) {
    const seconds = Number(BigInt(lastTime) - BigInt(firstTime)) / 1e9;
    lines.push(`  ${timeText(firstTime)} to ${timeText(lastTime)} (${seconds.toFixed(3)} s)`);
  }
  if (file.problem) lines.push(`  cut short: ${file.problem.reason} (byte ${file.problem.offset})`);
  const missing = Object.entries(overflow).filter(([, count]) => count > 0);
  for (const [what, count] of missing) lines.push(`  not all counted: ${what}, ${count} times`);
  return lines;
}

function hierarchyLines({ protocolHierarchy, file }: Inspection): string[] {
  const rows: string[][] = [];
  const walk = (nodes: readonly ProtocolNode[], indent: string): void => {
    for (const node of nodes.toSorted((one, other) => other.frames - one.frames)) {
      const share = file.packets === 0 ? 0 : (100 * node.frames) / file.packets;
      rows.push([
        `${indent}${node.protocol}`,
        `${share.toFixed(1)} %`,
        `${node.frames} frames`,
        sizeText(node.bytes),
      ]);
      walk(node.children, `${indent}  `);
    }
  };
  walk(protocolHierarchy, "");
  return columns(rows);
}

function conversationLines({ conversations }: Inspection): string[] {
  const bytes = (one: Conversation): number => one.bytesAToB + one.bytesBToA;
  const sorted = [...conversations.ipv4, ...conversations.ipv6].toSorted(
    (one, other) => bytes(other) - bytes(one),
  );
  const rows = sorted
    .slice(0, rowCountMax)
    .map((one) => [
      `${one.a} <-> ${one.b}`,
      `${one.framesAToB} -> ${one.framesBToA} <- frames`,
      `${sizeText(one.bytesAToB)} -> ${sizeText(one.bytesBToA)} <-`,
    ]);
  return more(columns(rows), sorted.length);
}

function streamLines({ tcpStreams }: Inspection): string[] {
  const rows = tcpStreams
    .slice(0, rowCountMax)
    .map((one) => [
      String(one.stream),
      `${endText(one.a)} -> ${endText(one.b)}`,
      `${one.framesAToB + one.framesBToA} frames`,
      sizeText(one.bytesAToB + one.bytesBToA),
      one.initialRtt === null ? "no handshake" : `initial RTT ${millisecondsText(one.initialRtt)}`,
    ]);
  return more(columns(rows), tcpStreams.length);
}

function totalLines(totals: TcpTotals): string[] {
  const seen = Object.entries(totals).filter(([, count]: [string, number]) => count > 0);
  return columns(seen.map(([name, count]: [string, number]) => [name, String(count)]));
}

function destinationLines({ destinations }: Inspection): string[] {
  const all: Destinations = { ...destinations.ipv4, ...destinations.ipv6 };
  const sorted = Object.entries(all).toSorted(([, one], [, other]) => other.packets - one.packets);
  const rows = sorted.slice(0, rowCountMax).map(([address, { packets, protocols }]) => [
    address,
    `${packets} packets`,
    Object.entries(protocols)
      .map(([transport, { ports }]) => `${transport} ${portsText(ports)}`)
      .join("; "),
  ]);
  return more(columns(rows), sorted.length);
}

function portsText(ports: Record<string, number>): string {
  const sorted = Object.entries(ports).toSorted(([, one], [, other]) => other - one);
  const shown = sorted.slice(0, 5).map(([port, count]) => `${port} (${count})`);
  return `${shown.join(", ")}${sorted.length > 5 ? `, ${sorted.length - 5} more` : ""}`;
}

function nameLines({ names }: Inspection): string[] {
  const rows = (kind: string, list: readonly NameCount[]): string[][] =>
    list.slice(0, rowCountMax).map(({ name, count }) => [kind, printable(name), String(count)]);
  return columns([
    ...rows("dns", names.dns),
    ...rows("http", names.http),
    ...rows("tls", names.tls),
  ]);
}

/** Names come from the network: what would move the cursor is not shown. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7E]/g, "?");
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function more(lines: string[], count: number): string[] {
  return count > rowCountMax ? [...lines, `and ${count - rowCountMax} more`] : lines;
}

function endText({ address, port }: { address: string; port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function millisecondsText(nanoseconds: string): string {
  return `${(Number(nanoseconds) / nanosecondsPerMillisecond).toFixed(3)} ms`;
}

function timeText(nanoseconds: string): string {
  const milliseconds = Number(BigInt(nanoseconds) / BigInt(nanosecondsPerMillisecond));
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? `${nanoseconds} ns` : date.toISOString();
}

function sizeText(bytes: number): string {
  if (bytes < 10_000) return `${bytes} B`;
  if (bytes < 10_000_000) return `${(bytes / 1_000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
