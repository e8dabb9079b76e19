import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { parseSettings, readSettingsFile } from "../common/settings.ts";
import { explainFlow } from "../traffic/explain/explain-flow.ts";
import { readFlowText } from "../traffic/explain/flow-text.ts";
import { type TrafficSettings, trafficSettings } from "../traffic/traffic-settings.ts";
import { openTrafficSource } from "../traffic/traffic-source.ts";
import { defaultStateDirectory } from "./credentials.ts";
import { explanationText } from "./explain-text.ts";
import { useKnownTopology } from "./known-topology.ts";
import { writeOut } from "./standard-output.ts";

interface ExplainFlags {
  settings?: string;
  state: string;
  json?: boolean;
  target?: string;
}

/** `nightcap explain FLOW`: its FlowType, and each question that led to it. */
export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("say what a flow is, and why: topology, Azure's ranges, threat lists, geography")
    .argument("<flow...>", '"SRC DST PORT [T|U] [I|O]", a tuple of a flow log, or an address alone')
    .option("--settings <file>", "the traffic settings; else traffic.json in the state directory")
    .option("--state <directory>", "where copies of lists are kept", defaultStateDirectory())
    .option(
      "--target <id>",
      "what the flow log is of: a virtual network, subnet, interface or security group",
    )
    .option("--json", "one JSON object")
    .action(runExplain);
}

async function runExplain(words: readonly string[], flags: ExplainFlags): Promise<void> {
  const flow = readFlowText(words.join(" "));
  if (flags.target !== undefined && flow.direction === "") {
    throw new NightcapError(
      "InvalidParameter",
      "--target needs the flow's direction (I or O): it says which side the flow log logs",
    );
  }
  const source = await openTrafficSource({
    settings: readTrafficSettings(flags),
    stateDirectory: flags.state,
    onFeed: ({ name, error }) => {
      if (error !== "") process.stderr.write(`nightcap: ${name}: ${error}\n`);
    },
  });
  if (flags.settings === undefined) await useKnownTopology(source, flags.state);
  await source.refresh({ which: "missing" });
  const explanation = explainFlow(source.data(), flow, flags.target);
  await writeOut(
    flags.json ? `${JSON.stringify(explanation, null, 2)}\n` : explanationText(explanation),
  );
}

function readTrafficSettings({ settings, state }: ExplainFlags): TrafficSettings {
  const path = settings ?? join(state, "traffic.json");
  const isThere = settings !== undefined || existsSync(path);
  return parseSettings(trafficSettings, isThere ? readSettingsFile(path) : {}, path);
}
