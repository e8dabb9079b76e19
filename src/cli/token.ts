import type { Command } from "commander";
import { openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";
import { createJoinToken } from "./drill/incident.ts";

/** `nightcap token create`: lets one more host join. */
export function addTokenCommand(program: Command): void {
  program
    .command("token")
    .description("let hosts join")
    .command("create")
    .description("print a token with which one host joins, once, within an hour")
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON")
    .action(async (options: { state: string; json?: boolean }) => {
      const client = await openControlPlaneClient(await readCredentials(options.state));
      const token = await createJoinToken(client);
      process.stdout.write(`${options.json ? JSON.stringify({ token }) : token}\n`);
    });
}
