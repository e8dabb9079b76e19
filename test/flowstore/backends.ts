import { skipCluster } from "../cluster/stand-in.ts";
import { openSomeCluster } from "../cluster/some-cluster.ts";
import { openSomeEngine, type SomeEngine } from "./some-engine.ts";

interface Backend {
  readonly kind: "embedded" | "cluster";
  /** Why it cannot be tested here. */
  readonly missing: string | null;
  readonly open: (settings?: Record<string, unknown>) => Promise<SomeEngine>;
}

/** What must behave alike: the engine of this host, and two servers, each a shard. */
export const backends: readonly Backend[] = [
  { kind: "embedded", missing: null, open: openSomeEngine },
  { kind: "cluster", missing: skipCluster(), open: openSomeCluster },
];
