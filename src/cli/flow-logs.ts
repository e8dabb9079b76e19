import type { Command } from "commander";
import { addFlowWatchCommand } from "./flow-watch.ts";
import type { FlowLogFlags } from "./flow-logs-parts.ts";
import { withFlowStore } from "./flow-store.ts";
import { wholeNumber } from "./whole-number.ts";

const intervalSecondsMax = 3_600;
const defaultIntervalSeconds = 2;

/** `nightcap flow-logs`: what others wrote, into the table of flows. */
export function addFlowLogsCommand(program: Command): void {
  const group = program
    .command("flow-logs")
    .description("bring flow logs into the table of flows, and watch this host's own");
  withPlaces(group.command("import"))
    .description("read flow logs once; what is in the table already is not added again")
    .option("--json", "one JSON object at the end instead of text")
    .action(async (places: string[], flags: FlowLogFlags) => {
      const { runImport } = await import("./flow-logs-import.ts");
      process.exitCode = await runImport(places, flags);
    });
  withPlaces(group.command("follow"))
    .description("read flow logs as they grow, until Ctrl-C; one line for each change")
    .option(
      "--interval <seconds>",
      "how often to look for changes; folders are watched besides",
      wholeNumber(intervalSecondsMax),
      defaultIntervalSeconds,
    )
    .option("--json", "one JSON object a line")
    .action(async (places: string[], flags: FlowLogFlags & { interval: number }) => {
      const { runFollow } = await import("./flow-logs-follow.ts");
      process.exitCode = await runFollow(places, flags);
    });
  addFlowWatchCommand(group);
}

const withPlaces = (command: Command): Command =>
  withFlowStore(command)
    .argument(
      "<place...>",
      "file, folder, https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX][?SAS], https://HOST/ACCOUNT/CONTAINER[/PREFIX], s3://BUCKET[/PREFIX]",
    )
    .option("--no-enrich", "without FlowType, countries, owners and threat lists: faster")
    .option("--account-key-file <file>", "file with the storage account's key")
    .option("--connection-string-file <file>", "file with the storage account's connection string")
    .option("--ca-file <file>", "PEM file of the authority of the storage account's server")
    .option("--s3-endpoint <url>", "S3-compatible service (default: Amazon's)")
    .option("--s3-region <name>", "region of the bucket (default: AWS_REGION)")
    .option("--s3-credentials-file <file>", "file like ~/.aws/credentials");
