import type { ProtocolNode } from "../inspection/inspection.ts";
import { axisPosition, type RttSummary } from "../inspection/summary/initial-rtt.ts";
import { endpointText, visible } from "../inspection/summary/safe-text.ts";
import { columnBytes, timeLine } from "../inspection/summary/time-line.ts";
import { usualService } from "../inspection/summary/traffic.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInstant,
  formatShare,
  isoNanoseconds,
  parseNanoseconds,
  plural,
} from "../inspection/summary/units.ts";
import { reportDocument, type ReportDocument } from "./document.ts";
import { ownersSentence } from "./processes.ts";
import type { ReportInput } from "./report-input.ts";
import { changeLines } from "./terminal-change.ts";
import { columns, section, type Row } from "./terminal-columns.ts";
import { findingLines } from "./terminal-findings.ts";
import { bar, sparkline, styles, type Style } from "./terminal-style.ts";

/** Rows of each list; the JSON and the page have more. */
const rowCountMax = 8;
const hierarchyRowCountMax = 20;
const barWidth = 16;

export interface TerminalOptions {
  /** Characters of a line. */
  width: number;
  /** True for a terminal that shows colours. */
  isColored: boolean;
}

/** The report for a terminal: what it is about first, in the words and the order of the page. */
export function renderTerminalReport(input: ReportInput, options: TerminalOptions): string {
  const document = reportDocument(input);
  const style = styles(options.isColored);
  const width = Math.min(140, Math.max(50, options.width));
  const parts = [
    head(document, style),
    document.change
      ? section("What changed", changeLines(document.change, { style, width }), style)
      : [],
    section("Findings", findingPart(document, input.inspection.depth, { style, width }), style),
    section("Latency", latencyLines(document, style), style),
    section("Protocols", protocolLines(document, style), style),
    section("Who talked to whom", talkLines(document, style), style),
    section("Processes of this host", processLines(document, style), style),
    section("Destinations and ports", destinationLines(document, style), style),
    section("Names seen", nameLines(document, style), style),
    section("Streams", streamLines(document, style), style),
    section("Time line", timeLines(document, { style, width }), style),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** An empty list is no good news where nothing was looked for. */
function findingPart(
  { findings }: ReportDocument,
  depth: "transport" | "all",
  options: { style: Style; width: number },
): string[] {
  const lines = depth === "all" || findings.length > 0 ? findingLines(findings, options) : [];
  return depth === "all" ? lines : [...lines, "Not looked for at the depth of the transport."];
}

function head({ answer, capture, file }: ReportDocument, style: Style): string[] {
  const first = parseNanoseconds(file.firstTime);
  const iso = first === null ? null : isoNanoseconds(first);
  const when = iso === null ? "" : `, from ${formatInstant(iso) ?? iso}`;
  return [
    style.strong(keep(answer.headline)),
    style.soft(`${visible(capture.name)} (${file.format}${when})`),
    ...answer.packetsSay.map((sentence) => `  ${keep(sentence)}`),
  ];
}

/** Sentences are bounded, and hold what came from outside only in visible form. */
const keep = (sentence: string): string => visible(sentence, 280);

const duration = (text: string | null): string => {
  const nanoseconds = parseNanoseconds(text);
  return nanoseconds === null ? "-" : formatDuration(Number(nanoseconds));
};

function latencyLines(document: ReportDocument, style: Style): string[] {
  const { initialRtt, dns, http, tls } = document;
  const rows: Row[] = [];
  if (initialRtt) {
    const { medianNanoseconds, p95Nanoseconds, worst } = initialRtt;
    rows.push([
      "TCP handshake",
      `median ${formatDuration(medianNanoseconds)}`,
      `95 of 100 within ${formatDuration(p95Nanoseconds)}`,
      `worst ${formatDuration(worst.nanoseconds)}, ${endpointText(worst.to, worst.port)}`,
    ]);
  }
  if (tls.medianNanoseconds !== null && tls.p95Nanoseconds !== null)
    rows.push([
      "TLS hello",
      `median ${formatDuration(tls.medianNanoseconds)}`,
      `95 of 100 within ${formatDuration(tls.p95Nanoseconds)}`,
      tls.versions
        .map(({ version, count }) => `${visible(version)} in ${formatCount(count)}`)
        .join(", "),
    ]);
  if (dns.queries > 0)
    rows.push([
      "DNS answer",
      `median ${duration(dns.medianTime)}`,
      `95 of 100 within ${duration(dns.p95Time)}`,
      dnsText(dns),
    ]);
  if (http.requests > 0)
    rows.push([
      "HTTP first byte",
      `median ${duration(http.medianTimeToFirstByte)}`,
      `95 of 100 within ${duration(http.p95TimeToFirstByte)}`,
      statusText(http.statuses),
    ]);
  return [...columns(rows), ...(initialRtt ? rttPicture(initialRtt, style) : [])];
}

function dnsText({ queries, unanswered, responseCodes }: ReportDocument["dns"]): string {
  const failed = Object.entries(responseCodes).filter(([code]) => code !== "NOERROR");
  const parts = [
    plural(queries, "question"),
    ...failed.map(([code, count]) => `${visible(code)} ${formatCount(count)}`),
    unanswered > 0 ? `${formatCount(unanswered)} unanswered` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

const statusText = (statuses: Record<string, number>): string =>
  Object.entries(statuses)
    .slice(0, rowCountMax)
    .map(([status, count]) => `${visible(status)}: ${formatCount(count)}`)
    .join(", ");

/** The distribution in one line; the median is where the mark stands. */
function rttPicture({ histogram, medianNanoseconds, count }: RttSummary, style: Style): string[] {
  if (count < 3) return [];
  const { fromNanoseconds, toNanoseconds, bins } = histogram;
  const from = formatDuration(fromNanoseconds);
  const mark = Math.min(
    bins.length - 1,
    Math.floor(axisPosition(histogram, medianNanoseconds) * bins.length),
  );
  return [
    `${from} ${style.accent(sparkline(bins))} ${formatDuration(toNanoseconds)}`,
    style.soft(`${" ".repeat(from.length + 1 + mark)}^ median of ${formatCount(count)} handshakes`),
  ];
}

function protocolLines({ protocolHierarchy, file }: ReportDocument, style: Style): string[] {
  const rows: Row[] = [];
  const walk = (nodes: readonly ProtocolNode[], depth: number): void => {
    for (const node of nodes) {
      if (rows.length >= hierarchyRowCountMax) return;
      rows.push([
        `${"  ".repeat(Math.min(depth, 8))}${visible(node.protocol)}`,
        { right: formatCount(node.frames) },
        { right: formatBytes(node.bytes) },
        { right: formatShare(node.bytes, file.bytesOnWire) },
        style.accent(bar(node.bytes, file.bytesOnWire, barWidth)),
      ]);
      walk(node.children, depth + 1);
    }
  };
  walk(protocolHierarchy, 0);
  const left = countOf(protocolHierarchy) - rows.length;
  return [...columns(rows), ...more(left, "rows")];
}

const countOf = (nodes: readonly ProtocolNode[]): number =>
  nodes.reduce((sum, { children }) => sum + 1 + countOf(children), 0);

const more = (count: number, what: string): string[] =>
  count > 0 ? [`and ${formatCount(count)} more ${what}`] : [];

function talkLines({ conversations }: ReportDocument, style: Style): string[] {
  const shown = conversations.items.slice(0, rowCountMax);
  const greatest = shown[0]?.bytes ?? 0;
  const rows = shown.map((talk): Row => [
    `${visible(talk.a)} <-> ${visible(talk.b)}`,
    { right: `${formatBytes(talk.bytesAToB)} ->` },
    { right: `<- ${formatBytes(talk.bytesBToA)}` },
    style.accent(bar(talk.bytes, greatest, barWidth)),
    byText(talk),
  ]);
  const left = conversations.items.length - shown.length + conversations.omitted;
  return [...columns(rows), ...more(left, "pairs")];
}

/** Names of processes are safe to show. */
const byText = ({ processes }: { processes?: readonly string[] }): string =>
  processes && processes.length > 0 ? `by ${processes.join(", ")}` : "";

function processLines({ owners }: ReportDocument, style: Style): string[] {
  if (!owners) return [];
  const shown = owners.processes.items.slice(0, rowCountMax);
  const rows = shown.map((use): Row => [
    use.name,
    { right: `${formatBytes(use.bytesSent)} sent` },
    { right: `${formatBytes(use.bytesReceived)} received` },
    { right: plural(use.tcpStreamCount + use.udpStreamCount, "stream") },
    style.soft(visible(use.commandLine ?? use.executable ?? "", 60)),
  ]);
  const left = owners.processes.items.length - shown.length + owners.processes.omitted;
  return [style.soft(ownersSentence(owners)), ...columns(rows), ...more(left, "processes")];
}

function destinationLines({ destinations, file }: ReportDocument, style: Style): string[] {
  const shown = destinations.items.slice(0, rowCountMax);
  const rows = shown.map(({ address, transport, port, packets }): Row => {
    const service = usualService(port);
    const where = `${port}/${transport.toLowerCase()}${service ? ` ${service}` : ""}`;
    return [
      visible(address),
      transport === "NONE" ? "no port" : where,
      { right: plural(packets, "packet") },
      { right: formatShare(packets, file.packets) },
      style.accent(bar(packets, file.packets, barWidth)),
    ];
  });
  const left = destinations.items.length - shown.length + destinations.omitted;
  return [...columns(rows), ...more(left, "destinations")];
}

const nameKinds = [
  ["dns", "asked of DNS"],
  ["tls", "asked for in TLS"],
  ["http", "asked for in HTTP"],
] as const;

function nameLines({ names }: ReportDocument, style: Style): string[] {
  return nameKinds.flatMap(([kind, title]) => {
    const { items, omitted } = names[kind];
    if (items.length === 0) return [];
    const shown = items.slice(0, rowCountMax);
    const list = shown.map(({ name, count }) => `${visible(name, 60)} ${formatCount(count)}`);
    const left = items.length - shown.length + omitted;
    return [
      `${style.soft(`${title}:`)} ${list.join(", ")}${left > 0 ? `, and ${formatCount(left)} more` : ""}`,
    ];
  });
}

function streamLines({ streams, tcp, udp }: ReportDocument, style: Style): string[] {
  if (tcp.streamCount + udp.streamCount === 0) return [];
  const shown = streams.items.slice(0, rowCountMax);
  const rows = shown.map((stream): Row => [
    { right: String(stream.stream) },
    `${endpointText(stream.a.address, stream.a.port)} -> ${endpointText(stream.b.address, stream.b.port)}`,
    stream.protocol === undefined || stream.protocol === null ? "-" : visible(stream.protocol),
    { right: formatBytes(stream.bytesAToB + stream.bytesBToA) },
    { right: duration(stream.duration ?? null) },
    stream.initialRtt === null ? "no handshake" : `RTT ${duration(stream.initialRtt)}`,
    stream.retransmissions ? `${formatCount(stream.retransmissions)} sent again` : "",
    byText(stream),
  ]);
  const left = streams.items.length - shown.length + streams.omitted;
  return [
    style.soft(
      `${plural(tcp.streamCount, "TCP stream")}, ${plural(udp.streamCount, "UDP stream")}; most bytes first`,
    ),
    ...columns(rows),
    ...more(left, "TCP streams"),
  ];
}

function timeLines(
  document: ReportDocument,
  { style, width }: { style: Style; width: number },
): string[] {
  const line = timeLine(document, Math.max(20, width - 20));
  if (!line) return [];
  const { home, columns: all, columnNanoseconds } = line;
  const each = formatDuration(columnNanoseconds);
  const picture = (name: string, values: readonly number[]): string => {
    const most = values.reduce((max, value) => Math.max(max, value), 0);
    return `${name.padEnd(9)}${style.accent(sparkline(values))} ${style.soft(`max ${formatBytes(most)}`)}`;
  };
  const pictures =
    home === null
      ? [picture("bytes", all.map(columnBytes))]
      : [
          picture(
            "sent",
            all.map(({ sentBytes }) => sentBytes),
          ),
          picture(
            "received",
            all.map(({ receivedBytes }) => receivedBytes),
          ),
        ];
  const seenFrom = home === null ? "" : `, seen from ${visible(home)}`;
  return [...pictures, style.soft(`each character is ${each}${seenFrom}`)];
}
