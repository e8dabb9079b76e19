import type { GeneratedCapture } from "./generate.ts";
import type { Standing } from "./race.ts";

/** Speed and memory of every tool on one capture, and how our two compare with each. */
export function raceTable(capture: GeneratedCapture, standings: readonly Standing[]): string {
  const ours = standings.filter(({ isOurs, failure }) => isOurs && failure === null);
  const head = ["", "M packets/s", "CPU s", "MB", ...ours.map(({ tool }) => `${tool} is`)];
  const rows = standings.map((standing) => [
    standing.tool,
    ...figures(standing),
    ...ours.map((our) => ratioText(our, standing)),
  ]);
  const size = (capture.sizeBytes / 1e6).toFixed(0);
  return [
    `${capture.kind}: ${capture.packets} packets, ${size} MB as pcap; per second of CPU time, peak memory`,
    ...aligned([head, ...rows]),
  ].join("\n");
}

function figures({ failure, packetsPerCpuSecond, cpuSeconds, peakMegabytes }: Standing): string[] {
  const memory = peakMegabytes.toFixed(0);
  if (failure !== null) return [failure, "", memory];
  return [(packetsPerCpuSecond / 1e6).toFixed(3), cpuSeconds.toFixed(2), memory];
}

function ratioText(our: Standing, other: Standing): string {
  if (our === other || other.failure !== null) return "";
  return `${(our.packetsPerCpuSecond / other.packetsPerCpuSecond).toFixed(2)} x`;
}

/** The same traffic as pcapng against pcap. */
export interface FormatRow {
  capture: string;
  tool: string;
  pcapCpuSeconds: number;
  pcapngCpuSeconds: number;
}

export function formatTable(rows: readonly FormatRow[]): string {
  const lines = rows.map(({ capture, tool, pcapCpuSeconds, pcapngCpuSeconds }) => [
    capture,
    tool,
    pcapCpuSeconds.toFixed(2),
    pcapngCpuSeconds.toFixed(2),
    `${(pcapngCpuSeconds / pcapCpuSeconds).toFixed(2)} x`,
  ]);
  const head = ["", "", "pcap CPU s", "pcapng CPU s", "pcapng takes"];
  return ["pcapng against pcap", ...aligned([head, ...lines])].join("\n");
}

/** One size of a capture that grows. */
export interface GrowthRow {
  capture: string;
  tool: string;
  packets: number;
  cpuSeconds: number;
  peakMegabytes: number;
  /** Packets and time against the first row of the same tool and capture. */
  packetRatio: number;
  timeRatio: number;
}

export function growthTable(rows: readonly GrowthRow[]): string {
  const lines = rows.map((row) => [
    row.capture,
    row.tool,
    String(row.packets),
    row.cpuSeconds.toFixed(2),
    `${row.packetRatio.toFixed(1)} x`,
    `${row.timeRatio.toFixed(1)} x`,
    row.peakMegabytes.toFixed(0),
  ]);
  const head = ["", "", "packets", "CPU s", "packets", "time", "MB"];
  const title = "growth (endless: always the same 20,000 flows)";
  return [title, ...aligned([head, ...lines])].join("\n");
}

/** Names to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return /^-?\d/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
