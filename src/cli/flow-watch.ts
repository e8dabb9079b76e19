import type { Command } from "commander";
import { createLog } from "../common/log.ts";
import { untilStopped } from "../common/process-life.ts";
import { parseSettings } from "../common/settings.ts";
import type { FlowMeterHealth } from "../flowmeter/health.ts";
import type { MeterRecord } from "../flowmeter/records.ts";
import { flowLogTarget, flowMeterSettings } from "../flowmeter/settings.ts";
import { flowLine, flowsOfRecord } from "./flow-watch-text.ts";
import { isReaderGone, writeOut } from "./standard-output.ts";
import { wholeNumber } from "./whole-number.ts";

const secondsMax = 86_400;
const groupMax = 65_535;
const flushSeconds = 0.5;

interface WatchOptions {
  netns?: string;
  interface: string[];
  inside: string[];
  engine: string;
  every: number;
  seconds?: number;
  group: number;
  prepare: boolean;
  json?: boolean;
}

/** `nightcap flow-logs watch`: this host's flows as they come, without a control plane. */
export function addFlowWatchCommand(flowLogs: Command): void {
  flowLogs
    .command("watch")
    .description("print this host's flows as they begin, go on, end or are denied")
    .option("--netns <name>", "network namespace to watch instead of its own")
    .option("--interface <name>", "only this interface; may be repeated", collect, [])
    .option(
      "--inside <name>",
      "log what this interface's network forwards; may be repeated",
      collect,
      [],
    )
    .option("--engine <name>", "auto, conntrack or packets", "auto")
    .option(
      "--every <seconds>",
      "between two lines of a flow that goes on",
      wholeNumber(secondsMax),
      10,
    )
    .option("--seconds <number>", "stop after so long", wholeNumber(secondsMax))
    .option("--group <number>", "NFLOG group that deny rules log to", wholeNumber(groupMax), 75)
    .option("--no-prepare", "do not switch counting on, and add no table to nftables")
    .option("--json", "one JSON object a line")
    .action(runWatch);
}

const collect = (value: string, before: string[]): string[] => [...before, value];

async function runWatch(options: WatchOptions): Promise<void> {
  const settings = parseSettings(flowMeterSettings, settingsOf(options), "settings of the meter");
  const stopped = untilStopped();
  const { startFlowMeter } = await import("../flowmeter/meter.ts");
  const reader = Promise.withResolvers<string>();
  const meter = await startFlowMeter({
    settings,
    networkNamespace: options.netns ?? null,
    targets: [flowLogTarget.parse({ id: "watch", targetId: "", guid: "", interfaces: [] })],
    onRecords: (records) => print(records, options.json ?? false, reader),
    onHealth: createHealthTeller(),
    told: null,
    log: createLog({ component: "flow-watch", level: "warn" }),
  });
  try {
    say(`watching by ${meter.health().engine}; Ctrl-C stops it`);
    await Promise.race([stopped, reader.promise, meter.ended, timeIsOver(options.seconds)]);
  } finally {
    await meter.close();
  }
}

function settingsOf(options: WatchOptions): Record<string, unknown> {
  return {
    engine: options.engine,
    interfaces: options.interface,
    insideInterfaces: options.inside,
    continueSeconds: options.every,
    flushSeconds,
    nflogGroup: options.group,
    prepareKernel: options.prepare,
  };
}

async function print(
  records: readonly MeterRecord[],
  isJson: boolean,
  reader: PromiseWithResolvers<string>,
): Promise<void> {
  const flows = records.flatMap(({ text }) => flowsOfRecord(text));
  const lines = flows.map((flow) => (isJson ? JSON.stringify(flow) : flowLine(flow)));
  try {
    await writeOut(lines.map((line) => `${line}\n`).join(""));
  } catch (error) {
    if (!isReaderGone(error)) throw error;
    reader.resolve("nobody reads any more");
  }
}

/** Says a problem when it appears, and what was lost when that grows. */
function createHealthTeller(): (health: FlowMeterHealth) => void {
  const told = new Set<string>();
  let lost = 0;
  return ({ problems, counters }) => {
    for (const { what, remedy } of problems) {
      if (!told.has(what)) say(`${what}; ${remedy}`);
      told.add(what);
    }
    const { eventLossesTotal, logGapsTotal, tuplesDropped, packetsDropped, flowsOverflow } =
      counters;
    const now = eventLossesTotal + logGapsTotal + tuplesDropped + packetsDropped + flowsOverflow;
    if (now > lost) {
      say(
        `lost so far: ${eventLossesTotal} times events, ${logGapsTotal} logged packets, ${packetsDropped} packets, ${tuplesDropped} tuples, ${flowsOverflow} flows over the limit`,
      );
    }
    lost = now;
  };
}

/** Never, when there is no limit. */
const timeIsOver = (seconds: number | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (seconds !== undefined) setTimeout(resolve, seconds * 1_000).unref();
  });

/** Standard output is for flows. */
const say = (text: string): void => void process.stderr.write(`nightcap: ${text}\n`);
