import { createHash } from "node:crypto";
import { chmod, lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { NightcapError } from "../../common/errors.ts";
import { secretDirectoryMode } from "../../common/files.ts";

// A Unix socket's path is at most 107 bytes (unix(7), sun_path).
const socketPathBytesMax = 107;

/**
 * The socket of the engine over `directory`: in the directory itself, or, where that path is too long
 * for a socket, in a folder of this user's own under the system's temporary folder.
 */
export function engineSocketPath(directory: string): string {
  const own = join(resolve(directory), "run", "engine.sock");
  if (Buffer.byteLength(own) <= socketPathBytesMax) return own;
  const name = createHash("sha256").update(resolve(directory)).digest("hex").slice(0, 16);
  return join(tmpdir(), `nightcap-engine-${process.getuid?.() ?? 0}`, `${name}.sock`);
}

/** Makes the socket's folder, and refuses one that another user could have laid out. */
export async function prepareSocketFolder(socketPath: string): Promise<void> {
  const folder = dirname(socketPath);
  await mkdir(folder, { recursive: true, mode: secretDirectoryMode });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new NightcapError("SettingsInvalid", `${folder} belongs to another user`);
  }
  await chmod(folder, secretDirectoryMode);
}
