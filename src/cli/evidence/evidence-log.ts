import type { Command } from "commander";
import { z } from "zod";
import { type AccessEntry, accessEntry } from "../../evidence/access-log/entry.ts";
import { type LogVerdict, verifyLog } from "../../evidence/access-log/verify-log.ts";
import { getCapture } from "../capture-resources.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { writeOut } from "../standard-output.ts";
import { trustedKeys } from "./manifest-source.ts";

const logPath = "/nightcap/v1/evidence/log";
const pageCount = 1_000;
const exitWrong = 3;

const pageAnswer = z.object({ value: z.array(accessEntry) });
const verdictAnswer = z.object({
  entries: z.number(),
  firstSequence: z.number(),
  head: z.object({ sequence: z.number(), sha256: z.string() }),
  signedHeads: z.number(),
  unsignedEntries: z.number(),
  problems: z.array(z.string()),
});

interface LogOptions {
  state: string;
  json?: boolean;
  capture?: string;
  directory?: string;
  key?: string;
}

/** `nightcap evidence log`: who did what with captures; and whether the log is whole. */
export function addEvidenceLogCommand(parent: Command): void {
  const log = withCommon(
    parent
      .command("log")
      .description("who downloaded, changed, deleted or looked at what, oldest first"),
  )
    .option("--capture <name>", "only what was done with this packet capture")
    .action(showLog);
  withCommon(
    log
      .command("verify")
      .description("say whether a line of the log was changed, moved, taken out or cut off"),
  )
    .option(
      "--directory <path>",
      "look at a copy of the log's folder instead of asking the control plane",
    )
    .option("--key <file>", "public keys that are trusted, with --directory")
    .action(async (_options: LogOptions, command: Command) =>
      verify(command.optsWithGlobals<LogOptions>()),
    );
}

const withCommon = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

const openClient = async (state: string): Promise<ControlPlaneClient> =>
  openControlPlaneClient(await readCredentials(state));

async function showLog(options: LogOptions): Promise<void> {
  const client = await openClient(options.state);
  const targets = options.capture === undefined ? [] : await targetsOf(client, options.capture);
  for (let after = 0; ;) {
    const query = new URLSearchParams({ after: String(after), limit: String(pageCount) });
    for (const target of targets) query.append("target", target);
    const { value } = pageAnswer.parse(
      await client.request("GET", `${logPath}?${query.toString()}`),
    );
    const lines = value.map(options.json ? (entry) => JSON.stringify(entry) : oneLine);
    if (lines.length > 0) await writeOut(`${lines.join("\n")}\n`);
    const last = value.at(-1);
    if (!last || value.length < pageCount) return;
    after = last.sequence;
  }
}

/** Its blobs all begin alike, also those of a ring and those beside it; reports have its session's id. */
async function targetsOf(client: ControlPlaneClient, name: string): Promise<string[]> {
  const { properties } = await getCapture(client, name);
  const { nightcap, storageLocation } = properties;
  const paths = [
    storageLocation.storagePath,
    ...(nightcap?.members ?? []).map((each) => each.storagePath),
  ];
  const blobs = paths.flatMap((path) => {
    const pathname = path ? decodeURIComponent(new URL(path).pathname) : "";
    // Without the account, as the log has it, and without the ending.
    return pathname === ""
      ? []
      : [
          pathname
            .split("/")
            .slice(2)
            .join("/")
            .replace(/\.cap$/, ""),
        ];
  });
  const sessions = [nightcap, ...(nightcap?.members ?? [])].flatMap(
    (each) => each?.sessionId ?? [],
  );
  return [...new Set([...blobs, ...sessions])];
}

function oneLine({
  time,
  kind,
  who,
  address,
  target,
  sizeBytes,
  offset,
  complete,
  ...entry
}: AccessEntry): string {
  const name = who.name ?? who.id ?? "";
  const size =
    sizeBytes === undefined ? "" : `  ${sizeBytes} bytes${offset ? ` from ${offset}` : ""}`;
  const end =
    kind === "end"
      ? `  of ${entry.refersTo ?? "?"}${complete === false ? ", broken off" : ""}`
      : "";
  const by = `${who.kind}${name === "" ? "" : ` ${name}`}`;
  const line = `${entry.sequence}  ${time}  ${kind}${end}  ${by}  ${address ?? "-"}  ${target}${size}`;
  return `${line}${entry.detail === undefined ? "" : `  (${entry.detail})`}`.replaceAll(
    /[\p{Cc}\p{Cf}]/gu,
    "?",
  );
}

async function verify(options: LogOptions): Promise<void> {
  const verdict =
    options.directory === undefined
      ? verdictAnswer.parse(
          await (await openClient(options.state)).request("GET", `${logPath}/verify`),
        )
      : await verifyLog(options.directory, { keys: await trustedKeys(options) });
  process.exitCode = verdict.problems.length > 0 ? exitWrong : 0;
  await writeOut(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : verdictText(verdict));
}

function verdictText({
  entries,
  firstSequence,
  head,
  signedHeads,
  unsignedEntries,
  problems,
}: LogVerdict): string {
  const what = `${entries} entries, ${firstSequence} to ${head.sequence}; ${signedHeads} signatures; ${unsignedEntries} entries behind the last one`;
  const lines = problems.length === 0 ? [`right: ${what}`] : [`WRONG: ${what}`, ...problems];
  return `${lines.join("\n")}\n`;
}
