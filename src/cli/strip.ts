import type { Command } from "commander";
import { NightcapError } from "../common/errors.ts";
import { stripCapture } from "../inspection/tools/strip-capture.ts";
import { addOutputOptions, type OutputFlags } from "./capture-output.ts";
import { rewriteFile } from "./rewrite.ts";

interface StripFlags extends OutputFlags {
  keep: string;
}

/** `nightcap strip FILE`: the headers alone, for captures that may be passed on. */
export function addStripCommand(program: Command): void {
  const command = program
    .command("strip")
    .description("remove what packets carry above the transport, and keep their headers")
    .argument("<file>", "a pcap or pcapng file, also gzipped; - is standard input")
    .option("--keep <bytes>", "bytes of the payload that stay", "0");
  addOutputOptions(command, "the file to write; - is standard output").action(
    async (path: string, flags: StripFlags) => {
      const keptPayloadSizeBytes = keptSize(flags.keep);
      await rewriteFile(path, flags, (source, options) =>
        stripCapture(source, { ...options, keptPayloadSizeBytes }),
      );
    },
  );
}

function keptSize(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new NightcapError("InvalidParameter", `--keep: "${text}" is no number of bytes`);
}
