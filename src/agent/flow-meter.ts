import { NightcapError } from "../common/errors.ts";
import type { StartMeter } from "./flow-logs.ts";
import type { AgentSettings } from "./settings.ts";

/** Starts the flow meter, whose code is loaded when the first flow log asks for it. */
export async function startMeter(
  _settings: AgentSettings,
  _options: Parameters<StartMeter>[0],
): ReturnType<StartMeter> {
  throw new NightcapError("NotImplemented", "this version of the agent has no flow meter");
}
