import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Check, Subject } from "./checks.ts";
import { attempt, firstLine, missing, ok, runIfThere } from "./tools.ts";

const getDumpcap = "apt-get install --no-install-recommends wireshark-common";

const dumpcap: Subject = {
  name: "dumpcap",
  essential: true,
  why: "it records the packets; Nightcap never opens a raw socket itself",
  remedy: `${getDumpcap}; without root: setcap cap_net_raw,cap_net_admin+eip $(which dumpcap)`,
};

const protocol: Subject = {
  name: "dumpcap -Z none",
  essential: true,
  why: "the agent reads from it when recording has begun, and what was dropped",
  remedy: `${getDumpcap} (Wireshark 2 or newer)`,
};

/** dumpcap is there, and really gets hold of an interface. */
export function checkCapture(): Promise<Check> {
  return attempt(dumpcap, async () => {
    const version = await runIfThere("dumpcap", ["--version"]);
    if (version === null) return missing(dumpcap, "no such program");
    const opened = await recordLoopback(["-q"]);
    const line = firstLine(version.stdout);
    return opened.code === 0
      ? ok(dumpcap, `${line} opens interfaces`)
      : missing(dumpcap, `${line} cannot open lo: ${firstLine(opened.stderr)}`);
  });
}

/** The machine's protocol on standard error: one letter, three bytes of length, text. */
export function checkProtocol(): Promise<Check> {
  return attempt(protocol, async () => {
    const { stderr } = await recordLoopback(["-Z", "none"]);
    // "F": a file was opened, which is the ready signal.
    return stderr.includes("F\0\0")
      ? ok(protocol, "says when it is ready")
      : missing(protocol, `no ready message; it said: ${printable(stderr)}`);
  });
}

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, " ").trim();

/** Records one second of the loopback at most, into a directory that is removed again. */
async function recordLoopback(options: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-doctor-"));
  try {
    const file = join(directory, "probe.pcapng");
    const args = [...options, "-p", "-i", "lo", "-a", "duration:1", "-w", file];
    return (await runIfThere("dumpcap", args)) ?? { code: 1, stdout: "", stderr: "no dumpcap" };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
