import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "./measure.ts";

/** A program that is measured. */
export interface Tool {
  name: string;
  /** What it does there, for the reader of the table. */
  does: string;
  isOurs: boolean;
  command(capture: string): readonly string[];
  /** Makes room for what the command writes; called before each run. */
  prepare?(): void;
}

export interface Tools {
  present: Tool[];
  /** One sentence for each tool that cannot be measured. */
  missing: string[];
}

const nightcap = join(import.meta.dirname, "..", "..", "bin", "nightcap");

/** What each peer is called by Debian. */
const peers: readonly { program: string; debianPackage: string; tool: (work: string) => Tool }[] = [
  { program: "nfpcapd", debianPackage: "nfdump", tool: nfpcapd },
  { program: "argus", debianPackage: "argus-server", tool: argus },
  { program: "ndpiReader", debianPackage: "libndpi-bin", tool: ndpiReader },
];

/** Ours and the peers, as far as they are there. */
export function findTools(work: string, withTshark: boolean): Tools {
  const tools: Tools = { present: [], missing: [] };
  const loop = compile("pcap-loop", work, ["pcap"]);
  if (loop) tools.present.push(pcapLoop(loop));
  else tools.missing.push("libpcap loop: does not compile; apt-get install gcc libpcap-dev");
  const wanted = withTshark
    ? [...peers, { program: "tshark", debianPackage: "tshark", tool: tshark }]
    : peers;
  for (const { program, debianPackage, tool } of wanted) {
    if (isProgram(program)) tools.present.push(tool(work));
    else tools.missing.push(`${program}: not there; apt-get install ${debianPackage}`);
  }
  for (const tool of ours()) {
    if (accepts(tool, work)) tools.present.push(tool);
    else tools.missing.push(`${tool.name}: this nightcap refuses it`);
  }
  return tools;
}

function ours(): Tool[] {
  const tool = (name: string, does: string, flags: readonly string[]): Tool => ({
    name,
    does,
    isOurs: true,
    command: (capture) => [nightcap, "inspect", "--json", ...flags, capture],
  });
  return [
    tool("nightcap --depth transport", "streams, RTT, TCP analysis, destinations, hierarchy", [
      "--depth",
      "transport",
    ]),
    tool("nightcap", "all that and every protocol above, the default", []),
  ];
}

function pcapLoop(program: string): Tool {
  return {
    name: "libpcap loop",
    does: "reads packets, nothing else",
    isOurs: false,
    command: (capture) => [program, capture],
  };
}

/** Its files are made for a day of packets each, otherwise it mostly opens and closes files. */
function nfpcapd(work: string): Tool {
  const output = join(work, "nfpcapd");
  return {
    name: "nfpcapd",
    does: "flows",
    isOurs: false,
    prepare: () => emptyFolder(output),
    command: (capture) => ["nfpcapd", "-r", capture, "-w", output, "-t", "86400"],
  };
}

function argus(work: string): Tool {
  const output = join(work, "argus");
  return {
    name: "argus",
    does: "flows with TCP states and times",
    isOurs: false,
    prepare: () => emptyFolder(output),
    command: (capture) => ["argus", "-X", "-r", capture, "-w", join(output, "flows")],
  };
}

function ndpiReader(): Tool {
  return {
    name: "ndpiReader",
    does: "flows and their application protocols",
    isOurs: false,
    command: (capture) => ["ndpiReader", "-q", "-i", capture],
  };
}

function tshark(): Tool {
  const taps = ["io,phs", "dests,tree", "conv,tcp"].flatMap((tap) => ["-z", tap]);
  return {
    name: "tshark",
    does: "hierarchy, destinations, TCP conversations; two passes",
    isOurs: false,
    command: (capture) => ["tshark", "-n", "-2", "-r", capture, "-q", ...taps],
  };
}

function emptyFolder(path: string): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path, { recursive: true });
}

function isProgram(name: string): boolean {
  return spawnSync("which", [name], { stdio: "ignore" }).status === 0;
}

/** Tried with a capture without packets, because not every version has every option. */
function accepts(tool: Tool, work: string): boolean {
  const path = join(work, "empty.pcap");
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(0x00040002, 4);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  writeFileSync(path, header);
  const [program = "", ...args] = tool.command(path);
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}
