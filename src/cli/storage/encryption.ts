import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "../control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "../credentials.ts";
import { writeOut } from "../standard-output.ts";

const path = "/nightcap/v1/encryption";
const pollMilliseconds = 1_000;

const view = z.object({
  encrypted: z.boolean(),
  keyId: z.string().nullable(),
  keyIds: z.array(z.string()),
  encryptedBlobs: z.number().nullable(),
  plainBlobs: z.number().nullable(),
  plainBytes: z.number().nullable(),
  sealing: z.boolean(),
  sealedOnly: z.boolean(),
  rotating: z.boolean(),
  problem: z.string().nullable(),
});
type View = z.infer<typeof view>;

interface Options {
  state: string;
  json?: boolean;
  wait: boolean;
}

/** `nightcap storage encryption|encrypt|rotate-key`: what is encrypted, the rest too, and with a new key. */
export function addEncryptionCommands(parent: Command): void {
  withCommon(
    parent
      .command("encryption")
      .description("say what of the store is encrypted, and with which key"),
  ).action(async (options: Options) => {
    const client = await openClient(options);
    await print(options, await read(client));
  });
  withWait(
    parent
      .command("encrypt")
      .description("encrypt what is in the store in plain text, while it is used"),
  ).action(async (options: Options) => {
    const client = await openClient(options);
    await client.request("POST", `${path}/seal`);
    await follow(client, options, ({ sealing }) => !sealing);
  });
  withWait(
    parent
      .command("rotate-key")
      .description(
        "make a new key, and wrap with it what the old one wrapped; no data is rewritten",
      ),
  ).action(async (options: Options) => {
    const client = await openClient(options);
    await client.request("POST", `${path}/rotateKey`);
    await follow(client, options, ({ rotating }) => !rotating);
  });
}

const withCommon = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

const withWait = (command: Command): Command =>
  withCommon(command).option("--no-wait", "do not wait until it is done");

const openClient = async ({ state }: Options): Promise<ControlPlaneClient> =>
  openControlPlaneClient(await readCredentials(state));

const read = async (client: ControlPlaneClient): Promise<View> =>
  view.parse(await client.request("GET", path));

/** Says how far it is until it is done. The work goes on without us. */
async function follow(
  client: ControlPlaneClient,
  options: Options,
  isDone: (view: View) => boolean,
): Promise<void> {
  let said = "";
  for (;;) {
    const found = await read(client);
    if (isDone(found) || !options.wait) return print(options, found);
    if (found.problem !== null) {
      throw new NightcapError("StorageUnavailable", `it does not go on: ${found.problem}`);
    }
    const line = progressOf(found);
    if (line !== said) process.stderr.write(`${line}\n`);
    said = line;
    await wait(pollMilliseconds);
  }
}

const progressOf = ({ plainBlobs, plainBytes, sealing, keyIds }: View): string =>
  sealing
    ? `${plainBlobs ?? 0} blobs with ${plainBytes ?? 0} bytes are left in plain text`
    : `keys that are in use: ${keyIds.join(", ")}`;

async function print({ json }: Options, found: View): Promise<void> {
  await writeOut(json ? `${JSON.stringify(found, null, 2)}\n` : `${textOf(found)}\n`);
}

function textOf(found: View): string {
  if (!found.encrypted) {
    return "off: everything is stored as it came (nightcap storage create-key makes a key)";
  }
  const left = found.plainBlobs ?? 0;
  return [
    `on: AES-256-GCM, key ${found.keyId ?? ""}`,
    `${found.encryptedBlobs ?? 0} blobs are encrypted`,
    left === 0
      ? "none is in plain text"
      : `${left} blobs with ${found.plainBytes ?? 0} bytes are in plain text${found.sealing ? ", and are being encrypted" : ": nightcap storage encrypt"}`,
    ...(found.rotating
      ? [`earlier keys are in use still: ${found.keyIds.slice(1).join(", ")}`]
      : []),
    ...(found.problem === null ? [] : [`it does not go on: ${found.problem}`]),
  ].join("\n");
}
