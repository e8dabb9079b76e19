import { readFile } from "node:fs/promises";
import { cpus, hostname, release, totalmem } from "node:os";
import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import type { HostFacts, HostInterface } from "../common/host-facts.ts";
import { run } from "../common/run.ts";

/** The parts of `ip -json address show` that are used. */
const ipAddressOutput = z.array(
  z.object({
    ifindex: z.int().min(1),
    ifname: z.string(),
    flags: z.array(z.string()),
    address: z.string().default(""),
    addr_info: z
      .array(z.object({ local: z.string().optional(), prefixlen: z.int().optional() }))
      .default([]),
  }),
);

/** What this host is, read anew at each connect, because interfaces come and go. */
export async function readHostFacts(networkNamespace: string | null): Promise<HostFacts> {
  return {
    hostName: hostname(),
    operatingSystem: await readOperatingSystem(),
    kernelRelease: release(),
    cpuCount: cpus().length,
    memoryBytes: totalmem(),
    networkNamespace,
    interfaces: await readInterfaces(networkNamespace),
    dumpcapVersion: await readDumpcapVersion(),
  };
}

async function readOperatingSystem(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? "Linux";
}

async function readInterfaces(networkNamespace: string | null): Promise<HostInterface[]> {
  const args = ["-json", "address", "show"];
  const command = networkNamespace === null ? args : ["-netns", networkNamespace, ...args];
  const { code, stdout, stderr } = await run("ip", command);
  if (code !== 0) {
    throw new NightcapError(
      "CaptureFailed",
      `cannot list the interfaces of ${networkNamespace ?? "this host"}: ${stderr.trim()}`,
    );
  }
  return ipAddressOutput.parse(JSON.parse(stdout)).map((one) => ({
    name: one.ifname,
    index: one.ifindex,
    macAddress: one.address.slice(0, 17),
    up: one.flags.includes("UP"),
    addresses: one.addr_info.flatMap(({ local, prefixlen }) =>
      local === undefined || prefixlen === undefined
        ? []
        : [{ address: local, prefixLength: prefixlen }],
    ),
  }));
}

async function readDumpcapVersion(): Promise<string | null> {
  const result = await run("dumpcap", ["--version"]).catch(() => null);
  return result?.stdout.split("\n")[0]?.slice(0, 200) ?? null;
}
