import { join } from "node:path";
import { systemClock } from "../common/clock.ts";
import { createLog } from "../common/log.ts";
import { tellReady, untilStopped } from "../common/process-life.ts";
import { parseSettings } from "../common/settings.ts";
import { startControlPlane } from "./control-plane.ts";
import { serverSettings } from "./settings.ts";

/** The token that `nightcap up` hands to the agent beside it. */
const localTokenName = "local-join-token";

/** The control plane as a process: until it is told to stop. */
export async function runServer(command: {
  settings: Record<string, unknown>;
  check: boolean;
  logLevel: string;
  localAgent: boolean;
}): Promise<void> {
  const settings = parseSettings(serverSettings, command.settings, "settings of the control plane");
  if (command.check) {
    process.stdout.write(`${JSON.stringify(settings, null, 2)}\nthe settings are right\n`);
    return;
  }
  const log = createLog({ component: "server", level: command.logLevel });
  const stopped = untilStopped();
  const controlPlane = await startControlPlane({ settings, clock: systemClock, log });
  if (command.localAgent) {
    await controlPlane.writeJoinToken(join(settings.directory, localTokenName));
  }
  const firstLink = await controlPlane.makeFirstLink();
  // Standard output, never the log: whoever has the link is the first user. `nightcap up` says it itself.
  if (firstLink !== null && !process.connected) process.stdout.write(firstLinkText(firstLink));
  tellReady(controlPlane.endpoint, { firstLink });
  log.info({ reason: await stopped }, "control plane stops");
  await controlPlane.close();
}

const firstLinkText = (link: string): string =>
  `Nobody can sign in yet. The first user is made here, within an hour:\n  ${link}\n`;
