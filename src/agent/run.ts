import { systemClock } from "../common/clock.ts";
import { createLog } from "../common/log.ts";
import { tellReady, untilStopped } from "../common/process-life.ts";
import { parseSettings } from "../common/settings.ts";
import { startAgent } from "./agent.ts";
import { agentSettings } from "./settings.ts";

/** The agent as a process: until it is told to stop. Recordings go on when it is started again. */
export async function runAgent(command: {
  settings: Record<string, unknown>;
  join: { token: string; name: string } | null;
  logLevel: string;
  version: string;
}): Promise<void> {
  const settings = parseSettings(agentSettings, command.settings, "settings of the agent");
  const log = createLog({ component: "agent", level: command.logLevel });
  const stopped = untilStopped();
  const { join, version } = command;
  const agent = await startAgent({ settings, version, join, clock: systemClock, log });
  tellReady(agent.hostId);
  log.info({ reason: await stopped }, "agent stops");
  await agent.close();
}
