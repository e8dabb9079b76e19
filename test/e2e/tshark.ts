// tshark's answers, as the judge of ours.
import { run } from "../../src/common/run.ts";
import type { ProtocolNode } from "../../src/inspection/inspection.ts";

const outputBytesMax = 256 << 20;

async function tshark(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run("tshark", ["-n", "-2", ...args], {
    outputBytesMax,
    timeoutMilliseconds: 120_000,
  });
  if (code !== 0) throw new Error(`tshark ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** One row a packet, of the fields asked for. */
export async function tsharkFields(path: string, fields: readonly string[]): Promise<string[][]> {
  const columns = fields.flatMap((field) => ["-e", field]);
  const text = await tshark(["-r", path, "-T", "fields", ...columns]);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}

/** The protocol hierarchy as paths, `eth/ip/tcp` to frames and bytes. */
export async function tsharkHierarchy(path: string): Promise<Record<string, [number, number]>> {
  const text = await tshark(["-r", path, "-q", "-z", "io,phs"]);
  const found: Record<string, [number, number]> = {};
  const above: string[] = [];
  for (const line of text.split("\n")) {
    const match = /^( *)(\S+) +frames:(\d+) bytes:(\d+)/.exec(line);
    if (!match) continue;
    const [, indent = "", protocol = "", frames, bytes] = match;
    above.length = indent.length / 2;
    above.push(protocol);
    if (protocol !== "frame") found[above.join("/")] = [Number(frames), Number(bytes)];
  }
  return found;
}

/** Ours in the same shape. */
export function flattenHierarchy(
  nodes: readonly ProtocolNode[],
  above: readonly string[] = [],
): Record<string, [number, number]> {
  return Object.assign(
    {},
    ...nodes.map(({ protocol, frames, bytes, children }) => {
      const path = [...above, protocol];
      return { [path.join("/")]: [frames, bytes], ...flattenHierarchy(children, path) };
    }),
  ) as Record<string, [number, number]>;
}
