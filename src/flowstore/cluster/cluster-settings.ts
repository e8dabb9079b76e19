import type { EngineLayout } from "../engine.ts";
import { type InsertRules, singleServerRules } from "../insert-native.ts";
import type { FlowStoreSettings } from "../settings.ts";

type Settings = Readonly<Record<string, string | number>>;

const quorumMillisecondsMax = 60_000;
/** A server that takes the connection and then says nothing is one that is away: one that works tells how far it is ten times a second. */
const silenceSecondsMax = 10;

/**
 * Settings of every statement on a cluster. Inserts are on the shards when they are acknowledged. A table
 * inside IN or at the right of a join is read from all shards, whichever asks; the SQL of `query` has a
 * subquery at the left of each join, so that joins themselves are made by the server that was asked.
 */
export function clusterSettings({ cluster }: EngineLayout): Settings {
  if (cluster === null) return {};
  return {
    distributed_foreground_insert: 1,
    distributed_product_mode: "global",
    // Else each shard would write what it read into one of its replicas, past the others.
    parallel_distributed_insert_select: 0,
    // Sums that are kept must not lack a shard. Who may give a part asks for it, and says so.
    skip_unavailable_shards: 0,
    receive_timeout: silenceSecondsMax,
    send_timeout: silenceSecondsMax,
    // Each replica once: it is the caller who asks again, and then another server.
    connections_with_failover_max_tries: 1,
  };
}

/**
 * What an acknowledged insert means. With Keeper: it is on as many replicas of each shard as the quorum
 * says, and Keeper brings it to the rest. Without: it is on all replicas; where one does not answer, it
 * lies in the queue on the disk of the server that was asked, which delivers it when that replica is back.
 * The token travels with it, so that a replica which has the rows already takes none of them.
 */
export function clusterInsertRules(
  { cluster, replicated }: EngineLayout,
  { insertQuorum }: Pick<FlowStoreSettings, "insertQuorum">,
): InsertRules {
  if (cluster === null && !replicated) return singleServerRules;
  if (!replicated) {
    return {
      settings: { distributed_background_insert_timeout: silenceSecondsMax },
      settingsWithoutReplica: { distributed_foreground_insert: 0 },
    };
  }
  const settings = {
    insert_quorum: insertQuorum,
    insert_quorum_parallel: 1,
    insert_quorum_timeout: quorumMillisecondsMax,
  };
  // A quorum that is not reached is waited for.
  return { settings, settingsWithoutReplica: settings };
}
