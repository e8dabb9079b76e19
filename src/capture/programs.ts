import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { NightcapError } from "../common/errors.ts";

/** Debian package that holds each program; a missing one is named in the error. */
const packages = {
  dumpcap: "wireshark-common",
  nsenter: "util-linux",
  setpriv: "util-linux",
  ip: "iproute2",
  nft: "nftables",
  ping: "iputils-ping",
} as const;

export type Program = keyof typeof packages;

/** Looked into besides PATH, which on Debian lacks the sbin directories for ordinary users. */
const extraDirectories = ["/usr/bin", "/usr/sbin", "/sbin", "/bin"];

/** The program's full path, or null when it is not installed. */
export async function findProgram(name: Program): Promise<string | null> {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), ...extraDirectories];
  for (const directory of directories) {
    if (directory === "") continue;
    const path = join(directory, name);
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return null;
}

/** The program's full path; throws `ToolMissing` that says how to get it. */
export async function requireProgram(name: Program): Promise<string> {
  const path = await findProgram(name);
  if (path !== null) return path;
  throw new NightcapError(
    "ToolMissing",
    `${name} is not installed; get it with: apt-get install ${packages[name]}`,
  );
}
