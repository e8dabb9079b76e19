import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { NightcapError } from "../../common/errors.ts";

const passwordSizeBytesMax = 1_024;

/**
 * A password from a file, from what is piped in, or typed without being shown; never from the command
 * line, where every user of the host could read it.
 */
export async function readPassword(file: string | undefined): Promise<string> {
  if (file === undefined && process.stdin.isTTY) return typeTwice();
  const bytes = file === undefined ? await buffer(process.stdin) : await readBytes(file);
  // A longer one is refused by the control plane in its own words; this is for what is no password at all.
  if (bytes.length > 2 * passwordSizeBytesMax) {
    throw new NightcapError("InvalidParameter", "the password is longer than 1024 bytes");
  }
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, "");
}

const readBytes = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((cause: unknown) => {
    throw new NightcapError("SecretUnreadable", `cannot read ${path}`, { cause });
  });

async function typeTwice(): Promise<string> {
  const first = await typeHidden("New password: ");
  if ((await typeHidden("Once more: ")) === first) return first;
  throw new NightcapError("InvalidParameter", "the two passwords are not the same");
}

/** Reads a line from the terminal, which shows nothing of it. */
async function typeHidden(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(prompt);
  stdin.setRawMode(true);
  let typed = "";
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      for (const key of String(chunk)) {
        if (key === "\r" || key === "\n" || key === "\u0004") return typed;
        if (key === "\u0003") throw new NightcapError("InvalidParameter", "no password was typed");
        typed = key === "\u007f" ? Array.from(typed).slice(0, -1).join("") : typed + key;
      }
    }
    return typed;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write("\n");
  }
}
