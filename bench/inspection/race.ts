import { measure, warm, type Cost } from "./measure.ts";
import type { Tool } from "./tools.ts";

/** One tool on one capture. */
export interface Standing {
  tool: string;
  does: string;
  isOurs: boolean;
  /** Of the median run; 0 when a run failed. */
  cpuSeconds: number;
  packetsPerCpuSecond: number;
  peakMegabytes: number;
  /** Null when every run ended well. */
  failure: string | null;
}

export interface RaceOptions {
  runCount: number;
  measurer: string;
  work: string;
  onRun: (tool: string, run: number) => void;
}

/** Runs tools on a capture, one after another, beginning with another one each time. */
export async function race(
  tools: readonly Tool[],
  capture: { path: string; packets: number },
  options: RaceOptions,
): Promise<Standing[]> {
  const costs = new Map<Tool, Cost[]>(tools.map((tool) => [tool, []]));
  for (let run = 0; run < options.runCount; run++) {
    for (const tool of rotated(tools, run)) {
      options.onRun(tool.name, run);
      tool.prepare?.();
      warm(capture.path);
      costs.get(tool)?.push(await measure(tool.command(capture.path), options));
    }
  }
  return tools.map((tool) => standing(tool, capture.packets, costs.get(tool) ?? []));
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const first = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

function standing(tool: Tool, packets: number, costs: readonly Cost[]): Standing {
  const { name, does, isOurs } = tool;
  const failed = costs.find(({ status }) => status !== 0);
  const cpuSeconds = failed ? 0 : median(costs.map((cost) => cost.cpuSeconds));
  return {
    tool: name,
    does,
    isOurs,
    cpuSeconds,
    packetsPerCpuSecond: cpuSeconds === 0 ? 0 : packets / cpuSeconds,
    peakMegabytes: median(costs.map((cost) => cost.peakMegabytes)),
    failure: failed ? failureText(failed) : null,
  };
}

function failureText({ status }: Cost): string {
  if (status < 0) return "took too long";
  return status > 128 ? `ended by signal ${status - 128}` : `exit status ${status}`;
}

/** Of an even number the higher one in the middle. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0;
}
