import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { FilterError, pointAt } from "../inspection/filter/filter-error.ts";
import { compileFilter } from "../inspection/filter/filter.ts";
import { packetMatcher } from "../inspection/packets.ts";
import { cutCapture, type CutOptions } from "../inspection/tools/cut-capture.ts";
import { parseCutTime } from "./amounts.ts";
import { captureInput } from "./capture-input.ts";
import { addOutputOptions, type OutputFlags } from "./capture-output.ts";
import { rewriteFile } from "./rewrite.ts";

const exitUsage = 2;

interface CutFlags extends OutputFlags {
  from?: string;
  to?: string;
  filter?: string;
}

/** `nightcap cut FILE`: the packets of a time, or that match a display filter, in a file of their own. */
export function addCutCommand(program: Command): void {
  const command = program
    .command("cut")
    .description("write the packets of a time, or that match a display filter, to another file")
    .argument("<file>", "a pcap or pcapng file, also gzipped; - is standard input")
    .option("--from <time>", "packets before it are left out: ISO 8601, or +10s from the first")
    .option("--to <time>", "packets at or after it are left out")
    .option("--filter <expression>", "a display filter in Wireshark's language");
  addOutputOptions(command, "the file to write; - is standard output").action(
    async (path: string, flags: CutFlags) => {
      try {
        const wanted = await cutOptions(path, flags);
        await rewriteFile(path, flags, (source, options) =>
          cutCapture(source, { ...wanted, ...options }),
        );
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        explain(flags.filter ?? "", error);
        process.exitCode = exitUsage;
      }
    },
  );
}

async function cutOptions(path: string, flags: CutFlags): Promise<Omit<CutOptions, "format">> {
  const { from, to, filter } = flags;
  return {
    ...(from !== undefined && { from: parseCutTime(from) }),
    ...(to !== undefined && { to: parseCutTime(to) }),
    ...(filter !== undefined && {
      matches: await packetMatcher(() => inputAgain(path), compileFilter(filter)),
    }),
  };
}

/** Some filters ask of early packets what only later ones show: the file is then read twice. */
function inputAgain(path: string): AsyncIterable<Uint8Array> {
  if (path !== "-") return captureInput(path);
  throw new NightcapError(
    "InvalidParameter",
    "this filter needs to read the capture twice, which standard input cannot give: name a file",
  );
}

function explain(text: string, error: FilterError): void {
  const pointed = pointAt(text, error).replaceAll(/^/gm, "  ");
  process.stderr.write(
    `nightcap: filter: ${error.message} (character ${error.start + 1})\n${pointed}\n`,
  );
}
