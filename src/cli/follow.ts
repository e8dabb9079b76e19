import { type Command, Option } from "commander";
import { NightcapError } from "../common/errors.ts";
import { digestStreams, type FollowResult } from "../inspection/follow/digest-streams.ts";
import { followHttp, type HttpPiece } from "../inspection/follow/follow-http.ts";
import { followStream, type FollowedPiece } from "../inspection/follow/follow-stream.ts";
import { captureInput, namingPath } from "./capture-input.ts";
import { pieceFormats, type PieceFormat } from "./follow-format.ts";
import { progressOf } from "./progress.ts";
import { writeOut } from "./standard-output.ts";

/** Text gathered before it is written. */
const batchSizeBytes = 65_536;

interface FollowFlags {
  all?: boolean;
  protocol: "tcp" | "udp" | "http";
  format: PieceFormat;
  json?: boolean;
  side?: "a" | "b";
}

/** `nightcap follow FILE STREAM`: what one stream carried; `--all`: sizes and hashes of all TCP streams. */
export function addFollowCommand(program: Command): void {
  program
    .command("follow")
    .description("print what a stream carried, put in order")
    .argument("<file>", "a pcap or pcapng file, also gzipped; - is standard input")
    .argument("[stream]", "number of the stream, as tcp.stream and udp.stream have it")
    .option("--all", "the size and SHA-256 of each TCP stream's payload, one JSON object a line")
    .addOption(
      new Option(
        "--protocol <name>",
        "TCP or UDP stream, or the bodies of a TCP stream's HTTP messages",
      )
        .choices(["tcp", "udp", "http"])
        .default("tcp"),
    )
    .addOption(
      new Option("--format <name>", "raw bytes, text, hex dump, or one JSON object a piece")
        .choices(["raw", "text", "hex", "json"])
        .default("text"),
    )
    .option("--json", "the same as --format json")
    .addOption(
      new Option("--side <side>", "one direction only: a sent the first frame").choices(["a", "b"]),
    )
    .action(async (path: string, stream: string | undefined, flags: FollowFlags) => {
      const progress = progressOf(path);
      try {
        if (flags.all) await followAll(path, progress.show);
        else await followOne(path, streamNumber(stream), { ...flags, onProgress: progress.show });
      } catch (error) {
        throw namingPath(path, error);
      } finally {
        progress.clear();
      }
    });
}

function streamNumber(text: string | undefined): number {
  if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text);
  const told = text === undefined ? "no stream is named" : `"${text}" is no stream number`;
  throw new NightcapError("InvalidParameter", `${told}: give a number, or --all`);
}

async function followAll(path: string, onProgress: (bytes: number) => void): Promise<void> {
  const digests = digestStreams(captureInput(path), { onProgress });
  let batch = "";
  for (;;) {
    const next = await digests.next();
    if (next.done === true) {
      await writeOut(batch);
      tellResult(path, next.value);
      return;
    }
    batch += `${JSON.stringify(next.value)}\n`;
    if (batch.length < batchSizeBytes) continue;
    await writeOut(batch);
    batch = "";
  }
}

interface OneOptions extends FollowFlags {
  onProgress: (bytes: number) => void;
}

async function followOne(path: string, stream: number, options: OneOptions): Promise<void> {
  const { protocol, side, onProgress } = options;
  let found = false;
  const seen = { onProgress, onStream: () => void (found = true) };
  const pieces: AsyncGenerator<FollowedPiece | HttpPiece, FollowResult> =
    protocol === "http"
      ? followHttp(captureInput(path), stream, seen)
      : followStream(captureInput(path), { protocol, stream }, seen);
  const format = pieceFormats[options.json ? "json" : options.format]();
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) {
      tellResult(path, next.value);
      break;
    }
    const piece = next.value;
    if (side === undefined || piece.side === side) await writeOut(format(piece));
  }
  if (!found)
    throw new NightcapError(
      "StreamNotFound",
      `${path} has no ${protocol === "udp" ? "udp" : "tcp"} stream ${stream}`,
    );
}

/** What is missing from the answer, on standard error. */
function tellResult(path: string, { problem, overflow }: FollowResult): void {
  const tell = (text: string): void => void process.stderr.write(`nightcap: ${path}: ${text}\n`);
  if (problem) tell(`read up to byte ${problem.offset}: ${problem.reason}`);
  if (overflow.gaps > 0) tell(`${overflow.gaps} gaps were given up early, too much waited`);
  if (overflow.segments > 0)
    tell(`${overflow.segments} segments came after their stream was told, and are left out`);
}
