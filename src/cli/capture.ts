import { basename, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { NightcapError } from "../common/errors.ts";
import { signBlobUrl } from "../storage/sas.ts";
import { downloadFile } from "../storage/upload.ts";
import {
  type CaptureStatusAnswer,
  createCapture,
  deleteCapture,
  embeddedStorageAccount,
  findMachine,
  getCapture,
  listCaptures,
  type PacketCapture,
  queryStatus,
  stopCapture,
  storageKey,
} from "./capture-resources.ts";
import { type ControlPlaneClient, openControlPlaneClient } from "./control-plane-client.ts";
import { defaultStateDirectory, readCredentials } from "./credentials.ts";

const pollIntervalMilliseconds = 500;
const downloadLinkLifeMilliseconds = 3_600_000;
const defaultSeconds = 60;

interface CommonOptions {
  state: string;
  json?: boolean;
}

interface CreateOptions extends CommonOptions {
  vm?: string;
  seconds: number;
  bytesPerPacket: number;
  totalBytes: number;
  filePath?: string;
  store: boolean;
  protocol?: string;
  localIp?: string;
  remoteIp?: string;
  localPort?: string;
  remotePort?: string;
  wait?: boolean;
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
    for (const one of captures) say(oneLine(one));
  });
  addNamed(capture, "show", "one packet capture and its status", async (client, name, options) => {
    const [found, status] = [await getCapture(client, name), await queryStatus(client, name)];
    if (options.json) return printJson({ ...found, status });
    say(describe(found, status));
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
  addDownload(capture);
}

function addCreate(capture: Command): void {
  withCommonOptions(capture.command("create <name>").description("start a packet capture"))
    .option("--vm <name>", "the host (needed when there are several)")
    .option("--seconds <n>", "how long, 1 to 18000", whole, defaultSeconds)
    .option("--bytes-per-packet <n>", "bytes kept of each packet; 0 keeps all", whole, 0)
    .option("--total-bytes <n>", "greatest size of the file", whole, 1_073_741_824)
    .option("--file-path <path>", "also leave the file on the host, under /var/captures")
    .option("--no-store", "do not upload it (needs --file-path)")
    .option("--protocol <name>", "TCP, UDP or Any")
    .option("--local-ip <text>", 'address, range "a-b" or list "a;b" on the host\'s side')
    .option("--remote-ip <text>", "the same for the other side")
    .option("--local-port <text>", 'port, range "a-b" or list "a;b" on the host\'s side')
    .option("--remote-port <text>", "the same for the other side")
    .option("--wait", "wait until it has ended and print what it shows")
    .action(async (name: string, options: CreateOptions) => {
      const client = await openClient(options);
      const created = await createCapture(client, name, await captureProperties(client, options));
      if (!options.wait) {
        if (options.json) return printJson(created);
        return say(
          `${name} is recorded as asked; "nightcap capture show ${name}" tells how it goes`,
        );
      }
      const { found, status } = await waitForEnd(client, name);
      if (options.json) return printJson({ ...found, status });
      say(describe(found, status));
    });
}

function addDownload(capture: Command): void {
  addNamed(
    capture,
    "download",
    "fetch the file of a finished packet capture",
    async (client, name, options: CommonOptions & { output?: string }) => {
      const found = await getCapture(client, name);
      const blobUrl = found.properties.storageLocation.storagePath;
      if (!blobUrl) {
        const filePath = found.properties.storageLocation.filePath ?? "(nowhere)";
        throw new NightcapError(
          "CaptureNotFound",
          `${name} was not uploaded; on its host it is ${filePath}`,
        );
      }
      const account = await embeddedStorageAccount(client);
      const url = signBlobUrl({
        blobUrl,
        account: account.name,
        key: await storageKey(client, account.id),
        permissions: "r",
        expiresAt: Date.now() + downloadLinkLifeMilliseconds,
      });
      const path = resolve(options.output ?? basename(new URL(blobUrl).pathname));
      const { sizeBytes, sha256 } = await downloadFile({
        url,
        path,
        certificateAuthorityPem: client.certificateAuthorityPem,
        signal: AbortSignal.timeout(downloadLinkLifeMilliseconds),
      });
      if (options.json) return printJson({ name, path, sizeBytes, sha256 });
      say(`${path}  ${sizeBytes} bytes  sha256 ${sha256}`);
    },
  ).option("--output <file>", "where to put it; its own name in this folder unless told");
}

async function captureProperties(
  client: ControlPlaneClient,
  options: CreateOptions,
): Promise<Record<string, unknown>> {
  const machine = await findMachine(client, options.vm);
  const { protocol, localIp, remoteIp, localPort, remotePort } = options;
  const filter = {
    ...(protocol === undefined ? {} : { protocol }),
    ...(localIp === undefined ? {} : { localIPAddress: localIp }),
    ...(remoteIp === undefined ? {} : { remoteIPAddress: remoteIp }),
    ...(localPort === undefined ? {} : { localPort }),
    ...(remotePort === undefined ? {} : { remotePort }),
  };
  return {
    target: machine.id,
    timeLimitInSeconds: options.seconds,
    bytesToCapturePerPacket: options.bytesPerPacket,
    totalBytesPerSession: options.totalBytes,
    filters: Object.keys(filter).length > 0 ? [filter] : [],
    storageLocation: {
      ...(options.store ? { storageId: (await embeddedStorageAccount(client)).id } : {}),
      ...(options.filePath === undefined ? {} : { filePath: options.filePath }),
    },
  };
}

/** Until the file is where it was asked to be, and its report is written. */
async function waitForEnd(
  client: ControlPlaneClient,
  name: string,
): Promise<{ found: PacketCapture; status: CaptureStatusAnswer }> {
  for (;;) {
    const [found, status] = [await getCapture(client, name), await queryStatus(client, name)];
    const { report, problem } = found.properties.nightcap ?? {};
    const ended =
      status.packetCaptureStatus === "Stopped" || status.packetCaptureStatus === "Error";
    if (ended && (report || problem || status.packetCaptureStatus === "Error"))
      return { found, status };
    await sleep(pollIntervalMilliseconds);
  }
}

function describe({ name, properties }: PacketCapture, status: CaptureStatusAnswer): string {
  const { nightcap, storageLocation } = properties;
  const lines = [
    `${name}: ${status.packetCaptureStatus}${status.stopReason ? ` (${status.stopReason})` : ""}`,
    `  host     ${basename(properties.target)}`,
    ...(status.captureStartTime ? [`  started  ${status.captureStartTime}`] : []),
    ...(storageLocation.storagePath ? [`  stored   ${storageLocation.storagePath}`] : []),
    ...(storageLocation.filePath ? [`  on host  ${storageLocation.filePath}`] : []),
    ...(nightcap?.packets == null
      ? []
      : [`  packets  ${nightcap.packets}, dropped ${nightcap.packetsDropped ?? 0}`]),
    ...(nightcap?.sha256 ? [`  sha256   ${nightcap.sha256}`] : []),
    ...(nightcap?.errors ?? []).map(({ code, message }) => `  error    ${code}: ${message}`),
    ...(nightcap?.problem ? [`  problem  ${nightcap.problem}`] : []),
    ...(nightcap?.report
      ? [`  report   ${nightcap.report.path ?? nightcap.report.link}`, "", nightcap.report.text]
      : []),
  ];
  return lines.join("\n");
}

function oneLine({ name, properties }: PacketCapture): string {
  const { phase, packets } = properties.nightcap ?? {};
  const count = packets == null ? "" : `${packets} packets`;
  return [
    name.padEnd(40),
    (phase ?? properties.provisioningState).padEnd(12),
    basename(properties.target).padEnd(20),
    count,
  ].join(" ");
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

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text))
    throw new InvalidArgumentError("expected a whole number, 0 or more");
  return Number(text);
}

const printJson = (value: unknown): void => say(JSON.stringify(value, null, 2));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
