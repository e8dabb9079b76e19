import { z } from "zod";
import { requireProgram } from "../capture/programs.ts";
import { NightcapError } from "../common/errors.ts";
import { runInNamespace } from "../diagnosis/namespace-run.ts";

const millisecondsPerSecond = 1_000;
const reasonLengthMax = 500;

/** An element of one of our sets, as the kernel has it now. */
export interface KernelElement {
  blockId: string;
  remainingMilliseconds: number;
  packets: number;
  bytes: number;
}

export interface NftTable {
  /** Null: the table is not there. An id is there once, both directions added up. */
  read(): Promise<KernelElement[] | null>;
  /** One transaction: all of it or nothing. */
  load(script: string): Promise<void>;
  /** Whether the kernel would take it; changes nothing. Throws `BlockFailed` with nft's words. */
  check(script: string): Promise<void>;
}

export function openNftTable(networkNamespace: string | null, name: string): NftTable {
  const nft = async (args: readonly string[], input = "") =>
    runInNamespace(networkNamespace, [await requireProgram("nft"), ...args], { input });
  const feed = async (args: readonly string[], script: string): Promise<void> => {
    const { code, stderr } = await nft([...args, "-f", "-"], script);
    if (code !== 0) throw failed(stderr);
  };
  return {
    async read() {
      const { code, stdout, stderr } = await nft(["-j", "list", "table", "inet", name]);
      if (code === 0) return parseTable(stdout);
      if (/No such file or directory/.test(stderr)) return null;
      throw failed(stderr);
    },
    load: (script) => feed([], script),
    check: (script) => feed(["-c"], script),
  };
}

const failed = (stderr: string): NightcapError =>
  new NightcapError("BlockFailed", `nft: ${stderr.trim().slice(0, reasonLengthMax)}`);

const element = z.object({
  elem: z.object({
    expires: z.number(),
    comment: z.string(),
    counter: z.object({ packets: z.number(), bytes: z.number() }),
  }),
});

const listing = z.object({
  nftables: z.array(
    z.object({ set: z.object({ elem: z.array(z.unknown()).optional() }).optional() }),
  ),
});

/** Of `nft -j list table` (libnftables-json(5)); elements without a comment are not blocks. */
export function parseTable(json: string): KernelElement[] {
  const found = new Map<string, KernelElement>();
  for (const { set } of listing.parse(JSON.parse(json)).nftables) {
    for (const each of set?.elem ?? []) {
      const parsed = element.safeParse(each);
      if (!parsed.success) continue;
      const { comment, expires, counter } = parsed.data.elem;
      const before = found.get(comment);
      found.set(comment, {
        blockId: comment,
        remainingMilliseconds: expires * millisecondsPerSecond,
        packets: counter.packets + (before?.packets ?? 0),
        bytes: counter.bytes + (before?.bytes ?? 0),
      });
    }
  }
  return [...found.values()];
}
