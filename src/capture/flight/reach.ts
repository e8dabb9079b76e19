import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { PacketCursor } from "../../inspection/tools/packet-cursor.ts";
import type { HoldFacts } from "./holds.ts";
import type { RingFile } from "./ring-file.ts";

/** A ring from which nothing was deleted covers all since its recorder began, packets or not. */
export function coveredFrom(
  { recording }: Pick<HoldFacts["interfaces"][number], "recording">,
  files: readonly RingFile[],
  oldestPacket: number | null,
  windowFrom: number,
): number | null {
  const [oldest] = files;
  const isWhole = recording && oldest && oldest.run === recording.run && oldest.number === 1;
  const from = isWhole ? recording.startedAt : (oldestPacket ?? recording?.startedAt ?? null);
  return from === null ? null : Math.max(from, windowFrom);
}

export const earliest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** Milliseconds since the epoch of the first packet there is. */
export async function oldestPacketTime(
  files: readonly RingFile[],
  signal: AbortSignal,
): Promise<number | null> {
  for (const { path } of files) {
    const found = await stat(path).catch(() => null);
    if (!found || found.size === 0) continue;
    const cursor = new PacketCursor(createReadStream(path), { signal });
    try {
      if (cursor.next() || (await cursor.fill())) {
        const { seconds, nanoseconds } = cursor.packet;
        return seconds * 1_000 + nanoseconds / 1e6;
      }
    } catch {
      signal.throwIfAborted(); // one without a header has no packet either
    } finally {
      await cursor.close();
    }
  }
  return null;
}
