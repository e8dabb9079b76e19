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

/** As the system says it, and as ClickHouse does, which keeps room for what it is about to write. */
const isDiskFull = (error: unknown): boolean =>
  /no space left on device|cannot reserve .*not enough space/i.test(describeError(error));

/** The project's errors, for callers that branch on codes. ClickHouse's own are left as they are. */
export function translateFailure(error: unknown): unknown {
  if (isDiskFull(error)) {
    const message =
      "the disk that the table of flows is on is full: make room, and do the same again";
    return new NightcapError("ServiceUnavailable", message, { cause: error });
  }
  if (!wentAway(error)) return error;
  return new NightcapError("ServiceUnavailable", "the flow engine went away", { cause: error });
}

/** A cluster that is not whole, in words; `missing` are the shards of which no replica answers. */
export function incompleteCluster(
  error: unknown,
  { cluster, nodes }: EngineLayout,
  missing: readonly number[],
): NightcapError {
  const text = describeError(error);
  const gone = nodes.filter(({ host, port }) => text.includes(`${host}:${port}`));
  const reason =
    missing.length > 0
      ? missing.map((shard) => `shard ${shard} is missing (${namesOf(nodes, shard)})`).join(", ")
      : `a server went away (${gone.map(nameOf).join(", ") || "in the middle of an answer"})`;
  const message = `the cluster "${cluster}" does not answer whole: ${reason}`;
  return new NightcapError("ServiceUnavailable", message, { cause: error });
}

const nameOf = ({ host, port }: EngineNode): string => `${host}:${port}`;

const namesOf = (nodes: readonly EngineNode[], shard: number): string =>
  nodes
    .filter((node) => node.shard === shard)
    .map(nameOf)
    .join(", ");
