import { type Command, Option } from "commander";
import { readPrivacyKey } from "../common/privacy-key.ts";
import { NightcapError } from "../common/errors.ts";
import {
  type PrivacyOptions,
  privateCapture,
} from "../inspection/tools/privacy/private-capture.ts";
import { stripCapture } from "../inspection/tools/strip-capture.ts";
import { addOutputOptions, type OutputFlags } from "./capture-output.ts";
import { type Rewrite, rewriteFile } from "./rewrite.ts";

interface StripFlags extends OutputFlags {
  keep: string;
  privacy?: keyof typeof privacyKinds;
  pseudonymiseKey?: string;
  httpRequestLines?: boolean;
}

const privacyKinds = { "headers-only": "headersOnly", "keep-names": "keepNames" } as const;

/** `nightcap strip FILE`: the headers alone, for captures that may be passed on. */
export function addStripCommand(program: Command): void {
  const command = program
    .command("strip")
    .description("remove what packets carry above the transport, and keep their headers")
    .argument("<file>", "a pcap or pcapng file, also gzipped; - is standard input")
    .option("--keep <bytes>", "bytes of the payload that stay", "0")
    .addOption(
      new Option("--privacy <policy>", "what a privacy policy leaves, and nothing else").choices(
        Object.keys(privacyKinds),
      ),
    )
    .option("--http-request-lines", "of keep-names: the first line of HTTP requests stays too")
    .option("--pseudonymise-key <file>", "map addresses by the key in it, 64 hexadecimal digits");
  addOutputOptions(command, "the file to write; - is standard output").action(
    async (path: string, flags: StripFlags) => {
      const keptPayloadSizeBytes = keptSize(flags.keep);
      const privacy = await privacyOf(flags);
      if (privacy) {
        const leave: Rewrite = (source, options) =>
          privateCapture(source, { ...options, ...privacy });
        return rewriteFile(path, flags, leave);
      }
      await rewriteFile(path, flags, (source, options) =>
        stripCapture(source, { ...options, keptPayloadSizeBytes }),
      );
    },
  );
}

async function privacyOf({
  privacy,
  pseudonymiseKey,
  httpRequestLines,
  keep,
}: StripFlags): Promise<Pick<PrivacyOptions, "policy" | "key"> | null> {
  if (httpRequestLines && privacy !== "keep-names")
    throw new NightcapError("InvalidParameter", "--http-request-lines needs --privacy keep-names");
  if (privacy === undefined && pseudonymiseKey === undefined) return null;
  if (privacy === undefined)
    throw new NightcapError("InvalidParameter", "--pseudonymise-key needs --privacy");
  if (keep !== "0")
    throw new NightcapError("InvalidParameter", "--keep cannot be used with --privacy");
  const key = pseudonymiseKey === undefined ? null : await readPrivacyKey(pseudonymiseKey);
  const lines = httpRequestLines ? { httpRequestLines } : {};
  return { policy: { kind: privacyKinds[privacy], pseudonymise: key !== null, ...lines }, key };
}

function keptSize(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new NightcapError("InvalidParameter", `--keep: "${text}" is no number of bytes`);
}
