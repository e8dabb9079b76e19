import { ClickHouseError } from "@clickhouse/client";
import { describeError, NightcapError } from "../common/errors.ts";
import type { EngineLayout, EngineNode } from "./engine.ts";

const systemCode = (error: unknown): string =>
  (error as NodeJS.ErrnoException | undefined)?.code ?? "";

const nobodyCodes = new Set(["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH"]);

/** Nothing of the call has begun, so that it may be made again whatever it is. */
export const nobodyListened = (error: unknown): boolean => nobodyCodes.has(systemCode(error));

export const wentAway = (error: unknown): boolean =>
  nobodyListened(error) ||
  ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(systemCode(error)) ||
  /socket hang up/.test(describeError(error));

/** ClickHouse: end of file in a connection, name unknown, connection timed out, network, all tries failed. */
const lostServerCodes = new Set(["32", "198", "209", "210", "279"]);

/** The server that was asked is there; another one, which it needs, is not. */
export const lacksServer = (error: unknown): boolean =>
  error instanceof ClickHouseError && lostServerCodes.has(error.code);

/** The project's errors, for callers that branch on codes. ClickHouse's own are left as they are. */
export function translateFailure(error: unknown, layout: EngineLayout): unknown {
  if (wentAway(error)) {
    return new NightcapError("ServiceUnavailable", "the flow engine went away", { cause: error });
  }
  if (layout.cluster === null || !lacksServer(error)) return error;
  const message = `the cluster "${layout.cluster}" does not answer whole: ${describeLost(error, layout)}`;
  return new NightcapError("ServiceUnavailable", message, { cause: error });
}

/** Which servers the message names, by shard; a shard is missing when all of its servers are named. */
function describeLost(error: unknown, { nodes }: EngineLayout): string {
  const text = describeError(error);
  const lost = nodes.filter(({ host, port }) => text.includes(`${host}:${port}`));
  if (lost.length === 0) return "a server was lost in the middle of the answer";
  const shards = [...new Set(lost.map(({ shard }) => shard))];
  return shards.map((shard) => describeShard(shard, lost, nodes)).join("; ");
}

function describeShard(
  shard: number,
  lost: readonly EngineNode[],
  nodes: readonly EngineNode[],
): string {
  const here = lost.filter((node) => node.shard === shard);
  const names = here.map(({ host, port }) => `${host}:${port}`).join(", ");
  const isWhole = here.length === nodes.filter((node) => node.shard === shard).length;
  return isWhole ? `shard ${shard} is missing (${names})` : `shard ${shard} lacks ${names}`;
}
