import { type Command, InvalidArgumentError } from "commander";
import { type FlowStoreFlags, withFlowStore } from "../flow-store.ts";
import { wholeNumber } from "../whole-number.ts";

export interface QueryFlags extends FlowStoreFlags {
  file?: string;
  json?: boolean;
  csv?: boolean;
  sql?: boolean;
  chart: boolean;
  timespan?: string;
  param: ReadonlyMap<string, string>;
  timeout?: number;
  partialAnswers?: boolean;
}

const timeoutSecondsMax = 3_600;

/** `nightcap query "KQL"`: a question about flows, without a control plane. */
export function addQueryCommand(program: Command): void {
  const command = program
    .command("query")
    .description(
      "ask about flows in KQL: NTANetAnalytics, NTAIpDetails, AzureNetworkAnalytics_CL...",
    )
    .argument("[query]", 'the query; "-" or none is standard input')
    .option("--file <file>", "read the query from a file")
    .option("--timespan <time>", "only rows of this time: 1h, PT1H, P7D, or START/END in ISO 8601")
    .option(
      "--param <name=value>",
      "a value for {name} in the query, or for a declared parameter; may be repeated",
      addParam,
      new Map(),
    )
    .option("--json", "a JSON array of objects")
    .option("--csv", "CSV with a line of names")
    .option("--sql", "show the SQL that it becomes, and run nothing")
    .option("--no-chart", "a table also for a query that ends in render")
    .option("--partial-answers", "of a cluster: answer without shards that are away, and name them")
    .option("--timeout <seconds>", "how long it may take", wholeNumber(timeoutSecondsMax));
  withFlowStore(command).action(async (text: string | undefined, flags: QueryFlags) => {
    const { runQuery } = await import("./run-query.ts");
    process.exitCode = await runQuery(text, flags);
  });
}

function addParam(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const at = text.indexOf("=");
  const name = text.slice(0, at);
  if (at < 1 || !/^[A-Za-z_]\w{0,63}$/.test(name))
    throw new InvalidArgumentError("name=value expected.");
  return new Map([...before, [name, text.slice(at + 1)]]);
}
