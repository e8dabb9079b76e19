import type { Command } from "commander";
import { z } from "zod";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { writeOut } from "../standard-output.ts";

const holdsPath = "/nightcap/v1/holds";

const holdView = z.object({
  capture: z.string().nullable(),
  captureId: z.string().nullable(),
  sessionId: z.string(),
  class: z.string(),
  hold: z.object({ reason: z.string(), by: z.string(), time: z.string() }).nullable(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number(), sha256: z.string() })),
  notHeld: z.string().nullable(),
});
const holdsAnswer = z.object({ value: z.array(holdView) });
type HoldView = z.infer<typeof holdView>;

interface CommonOptions {
  state: string;
  json?: boolean;
}

/** `nightcap hold set|clear|list`: legal holds on captures. */
export function addHoldCommand(program: Command): void {
  const hold = program
    .command("hold")
    .description("legal holds: what is held is deleted by nothing and nobody until it is cleared");
  addChange(hold, "set", "hold a capture with all its files");
  addChange(hold, "clear", "let a held capture go; retention may delete it from then on");
  common(hold.command("list").description("what is held, since when, by whom and why")).action(
    async (options: CommonOptions) => {
      const client = await openClient(options);
      const { value } = holdsAnswer.parse(await client.request("GET", holdsPath));
      await print(options, value, value.length === 0 ? ["nothing is held"] : value.flatMap(lines));
    },
  );
}

function addChange(parent: Command, verb: "set" | "clear", description: string): void {
  common(
    parent
      .command(verb)
      .description(description)
      .argument("<capture>", "its name or id, the id of one recording, or the path of its blob")
      .requiredOption("--reason <text>", "why; it is kept with who and when"),
  ).action(async (capture: string, options: CommonOptions & { reason: string }) => {
    const client = await openClient(options);
    const path = `${holdsPath}/${encodeURIComponent(capture)}`;
    const { reason } = options;
    const answer =
      verb === "set"
        ? await client.request("PUT", path, { reason })
        : await client.request("DELETE", `${path}?${new URLSearchParams({ reason }).toString()}`);
    const { value } = holdsAnswer.parse(answer);
    await print(options, value, value.flatMap(lines));
  });
}

const common = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

const openClient = async ({ state }: CommonOptions): Promise<ControlPlaneClient> =>
  openControlPlaneClient(await readCredentials(state));

async function print(
  { json }: CommonOptions,
  value: unknown,
  text: readonly string[],
): Promise<void> {
  const shown = json ? JSON.stringify(value, null, 2) : text.map(visible).join("\n");
  await writeOut(`${shown}\n`);
}

function lines({ capture, sessionId, hold, files, notHeld }: HoldView): string[] {
  const name = capture ?? sessionId;
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const what = `${files.length} files, ${sizeBytes} bytes`;
  return [
    hold
      ? `${name}  held since ${hold.time} by ${hold.by}: ${hold.reason}  (${what})`
      : `${name}  is free again  (${what})`,
    ...(notHeld === null || !hold ? [] : [`  note: ${notHeld}`]),
  ];
}

/** Reasons and names are others' words: nothing of theirs may steer the terminal. */
const visible = (text: string): string => text.replaceAll(/\p{Cc}|\p{Cf}/gu, "\u{fffd}");
