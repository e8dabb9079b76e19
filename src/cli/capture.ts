import { setTimeout as sleep } from "node:timers/promises";
import { Argument, type Command } from "commander";
import { captureClass } from "../common/capture-class.ts";
import {
  captureProperties,
  capturesOf,
  type CreateOptions,
  withCreateOptions,
} from "./capture-create.ts";
import { downloadCapture } from "./capture-download.ts";
import { extendCapture, extendedLines, readSeconds } from "./capture-extend.ts";
import {
  type CaptureStatusAnswer,
  createCapture,
  deleteCapture,
  getCapture,
  listCaptures,
  type PacketCapture,
  queryStatus,
  stopCapture,
} from "./capture-resources.ts";
import { captureLine, describeCapture } from "./capture-text.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";

const pollIntervalMilliseconds = 500;

interface CommonOptions {
  state: string;
  json?: boolean;
}

/** `nightcap capture ...`: packet captures of a control plane, through the REST API that Azure's clients use. */
export function addCaptureCommand(program: Command): void {
  const capture = program.command("capture").description("start, see and fetch packet captures");
  addCreate(capture);
  add(capture, "list", "all packet captures", async (client, options: CommonOptions) => {
    const captures = await listCaptures(client);
    if (options.json) return printJson(captures);
    if (captures.length === 0)
      return say('no packet captures yet; "nightcap capture create NAME" makes one');
    for (const one of captures) say(captureLine(one));
  });
  addNamed(capture, "show", "one packet capture and its status", async (client, name, options) => {
    const [found, status] = [await getCapture(client, name), await queryStatus(client, name)];
    if (options.json) return printJson({ ...found, status });
    say(describeCapture(found, status));
  });
  addNamed(
    capture,
    "stop",
    "end a running packet capture; its file is kept",
    async (client, name, options) => {
      await stopCapture(client, name);
      const status = await queryStatus(client, name);
      if (options.json) return printJson(status);
      say(`${name}: ${status.packetCaptureStatus}`);
    },
  );
  addNamed(
    capture,
    "delete",
    "forget a packet capture; its stored file stays",
    async (client, name, options) => {
      await deleteCapture(client, name);
      if (options.json) return printJson({ name, deleted: true });
      say(`${name} is deleted; its file stays where it is stored`);
    },
  );
  addNamed(
    capture,
    "extend",
    "let a recording that goes on go on for longer",
    async (client, name, options: CommonOptions & { seconds: number }) => {
      const extended = await extendCapture(client, name, options.seconds);
      if (options.json) return printJson(extended);
      for (const line of extendedLines(name, extended)) say(line);
    },
  ).requiredOption("--seconds <count>", "for so much longer than it was to record", readSeconds);
  addDownload(capture);
  addSetClass(capture);
}

function addCreate(capture: Command): void {
  const command = capture.command("create <name>").description("start a packet capture");
  withCreateOptions(withCommonOptions(command)).action(
    async (given: string, chosen: CreateOptions) => {
      const client = await openClient(chosen);
      const wanted = capturesOf(given, chosen, new Date());
      const created = await Promise.all(
        wanted.map(async ({ name, options }) =>
          createCapture(client, name, await captureProperties(client, options)),
        ),
      );
      const shown = chosen.wait
        ? await Promise.all(wanted.map(({ name }) => waitForEnd(client, name)))
        : null;
      if (chosen.json) {
        const answers = shown?.map(({ found, status }) => ({ ...found, status })) ?? created;
        return printJson(answers.length === 1 ? answers[0] : answers);
      }
      for (const { name } of shown ? [] : wanted) {
        say(`${name} is recorded as asked; "nightcap capture show ${name}" tells how it goes`);
      }
      for (const { found, status } of shown ?? []) say(describeCapture(found, status));
    },
  );
}

function addDownload(capture: Command): void {
  addNamed(
    capture,
    "download",
    "fetch the file of a finished packet capture, or its files",
    async (client, name, options: CommonOptions & { output?: string }) => {
      const files = await downloadCapture(client, await getCapture(client, name), options.output);
      const [only] = files;
      if (options.json) return printJson(files.length === 1 ? { name, ...only } : { name, files });
      const all = files.flatMap((file) => (file.owners ? [file, file.owners] : [file]));
      for (const { path, sizeBytes, sha256 } of all) {
        say(`${path}  ${sizeBytes} bytes  sha256 ${sha256}`);
      }
    },
  ).option("--output <file>", "where to put it; of several files the folder; here unless told");
}

function addSetClass(capture: Command): void {
  const command = capture
    .command("set-class")
    .description("say how long a capture's files are kept: evidence longer than bulk")
    .argument("<name>", "the packet capture, its id, or the id of one recording")
    .addArgument(new Argument("<class>").choices(captureClass.options));
  withCommonOptions(command).action(async (name: string, kept: string, options: CommonOptions) => {
    const client = await openClient(options);
    const path = `/nightcap/v1/captures/${encodeURIComponent(name)}/class`;
    const answer = await client.request("PUT", path, { class: kept });
    if (options.json) return printJson(answer);
    say(`${name} is ${kept} from now on`);
  });
}

/** Until the file is where it was asked to be, and its report is written. */
async function waitForEnd(
  client: ControlPlaneClient,
  name: string,
): Promise<{ found: PacketCapture; status: CaptureStatusAnswer }> {
  for (;;) {
    const [found, status] = [await getCapture(client, name), await queryStatus(client, name)];
    const { nightcap } = found.properties;
    const results = nightcap?.members ?? [nightcap];
    const ended =
      status.packetCaptureStatus === "Stopped" || status.packetCaptureStatus === "Error";
    const isKnown = results.every((result) => result?.report || result?.problem);
    if (ended && (isKnown || status.packetCaptureStatus === "Error")) return { found, status };
    await sleep(pollIntervalMilliseconds);
  }
}

type NamedAction<Options> = (
  client: ControlPlaneClient,
  name: string,
  options: Options,
) => Promise<void>;

function addNamed<Options extends CommonOptions>(
  parent: Command,
  verb: string,
  description: string,
  action: NamedAction<Options>,
): Command {
  return withCommonOptions(parent.command(`${verb} <name>`).description(description)).action(
    async (name: string, options: Options) => action(await openClient(options), name, options),
  );
}

function add(
  parent: Command,
  verb: string,
  description: string,
  action: (client: ControlPlaneClient, options: CommonOptions) => Promise<void>,
): Command {
  return withCommonOptions(parent.command(verb).description(description)).action(
    async (options: CommonOptions) => action(await openClient(options), options),
  );
}

const withCommonOptions = (command: Command): Command =>
  command
    .option(
      "--state <directory>",
      "where the control plane keeps its state",
      defaultStateDirectory(),
    )
    .option("--json", "print JSON");

const openClient = async ({ state }: CommonOptions): Promise<ControlPlaneClient> =>
  openControlPlaneClient(await readCredentials(state));

const printJson = (value: unknown): void => say(JSON.stringify(value, null, 2));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
