import { NightcapError } from "../common/errors.ts";
import type { LogAnswer } from "./log-query.ts";

/** For those to whom a part is worse than nothing: a shard that is away may have what they look for. */
export function assertNoShardMissing({ missingShards }: LogAnswer): void {
  if (missingShards.length === 0) return;
  throw new NightcapError(
    "ServiceUnavailable",
    `no server of ${shardNames(missingShards)} answers`,
  );
}

/** Shards of a cluster in a sentence: "shard 2", "shards 1 and 3". */
export function shardNames(shards: readonly number[]): string {
  const last = shards.at(-1) ?? 0;
  if (shards.length < 2) return `shard ${last}`;
  return `shards ${shards.slice(0, -1).join(", ")} and ${last}`;
}
