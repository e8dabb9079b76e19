import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { dumpcapCommand } from "../capture/dumpcap-command.ts";
import { createDumpcapMessageParser, type DumpcapMessage } from "../capture/dumpcap-messages.ts";
import { describeError } from "../common/errors.ts";
import { CaptureReader } from "../inspection/file/capture-reader.ts";
import type { PacketView } from "../inspection/file/record.ts";

/** Link layer, two VLAN tags, IPv6 with options, and TCP's header. */
const snapLengthBytes = 160;
const filter = "tcp or udp or (vlan and (tcp or udp))";
const endMilliseconds = 2_000;
/** Packets of the last 150 ms still lie in the kernel's block. */
const drainMilliseconds = 300;

export interface PacketSource {
  /** Resolves when it ended, with what dumpcap said last. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface PacketSourceOptions {
  interfaceName: string;
  networkNamespace: string | null;
  onPacket: (packet: PacketView) => void;
  onDrops: (count: number) => void;
  /** Bytes that are no capture, and whatever else cannot be read. */
  onMalformed: () => void;
  /** dumpcap has opened the interface. */
  onOpen: () => void;
}

/** The packets of one interface, read from dumpcap's standard output. */
export async function openPacketSource(options: PacketSourceOptions): Promise<PacketSource> {
  const { interfaceName, networkNamespace } = options;
  const [program = "", ...args] = await dumpcapCommand(
    { interfaceName, networkNamespace, filter },
    { filePath: "-", snapLengthBytes, fileSizeKilobytesMax: null },
  );
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  readMessages(child, (message) => {
    if (message.type === "drops") options.onDrops(message.count);
    else if (message.type === "error" || message.type === "badFilter") said ||= message.message;
    else if (message.type === "text") said ||= message.text;
  });
  readPackets(child, options);
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(describeError(error)));
    child.once("close", (code) => resolve(said || `dumpcap ended with code ${code}`));
  });
  return {
    ended,
    async close() {
      await Promise.race([sleep(drainMilliseconds), ended]);
      child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), endMilliseconds);
      await ended;
      clearTimeout(kill);
    },
  };
}

function readMessages(child: ChildProcess, take: (message: DumpcapMessage) => void): void {
  const parser = createDumpcapMessageParser();
  child.stderr?.on("data", (chunk: Buffer) => parser.push(chunk).forEach(take));
  child.stderr?.on("end", () => parser.end().forEach(take));
  child.stderr?.on("error", () => {}); // the process' end says more
}

function readPackets(child: ChildProcess, options: PacketSourceOptions): void {
  const reader = new CaptureReader();
  let isOpen = false;
  child.stdout?.on("data", (chunk: Buffer) => {
    if (!isOpen) options.onOpen();
    isOpen = true;
    reader.push(chunk);
    while (reader.next()) options.onPacket(reader.packet);
    if (reader.problem === null) return;
    options.onMalformed();
    child.kill("SIGTERM");
  });
  child.stdout?.on("error", () => {});
}
