import type { ClickHouseClient } from "@clickhouse/client";
import type { Closable } from "../common/lifecycle.ts";
import type { FlowStoreSettings } from "./settings.ts";

/** A server of a cluster, as the others call it. */
export interface EngineNode {
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
  /** Of ClickHouse's native protocol, which servers speak among themselves. */
  readonly port: number;
}

/** How tables are made on this engine. */
export interface EngineLayout {
  /** The cluster's name in the servers' settings; null on one server. */
  readonly cluster: string | null;
  /** Whether the servers have Keeper, so that tables are replicated and statements handed on. */
  readonly replicated: boolean;
  /** The cluster's servers, ordered by shard and replica. */
  readonly nodes: readonly EngineNode[];
}

export const singleServer: EngineLayout = { cluster: null, replicated: false, nodes: [] };

/** A statement with its values; text never becomes part of SQL by concatenation. */
export interface EngineQuery {
  readonly sql: string;
  /** Values of `{name:Type}`. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
}

/** ClickHouse, in a process of this host or as a server: the same statements, the same answers. */
export interface FlowEngine extends Closable {
  readonly kind: "embedded" | "cluster";
  readonly database: string;
  readonly layout: EngineLayout;
  /** Whether answers may lack the rows of shards that are away. */
  readonly partialAnswers: boolean;
  /**
   * The servers on which a statement about tables is made, each as an engine of its own: all of a cluster
   * without Keeper, ordered by shard and replica. Elsewhere this engine alone.
   */
  readonly servers: readonly FlowEngine[];
  /** The client itself, for what the calls below do not offer; its failures are not translated. */
  readonly client: ClickHouseClient;
  /** Rows as objects; whole numbers are exact up to 2^53, beyond it ask for `toString`. */
  rows<Row>(query: EngineQuery): Promise<Row[]>;
  /** The answer in any format of ClickHouse, piece by piece as it is made. */
  stream(query: EngineQuery, format: string): Promise<AsyncIterable<Uint8Array>>;
  /** A statement without an answer. */
  command(query: EngineQuery): Promise<void>;
  /** Rows in ClickHouse's Native format; the same `token` again inserts nothing. */
  insertNative(
    table: string,
    columns: readonly string[],
    rows: Uint8Array,
    options: { readonly token: string; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** The same with rows as lines of JSON. */
  readonly insertLines: FlowEngine["insertNative"];
  /** Ends the embedded engine's process; the next call starts it again. Nothing on a cluster. */
  stop(): Promise<void>;
}

/**
 * Opens the engine that the settings name, and brings its tables up to date. The client and the engine
 * are loaded only here, so that a process without flows pays nothing for them.
 */
export async function openFlowEngine(settings: FlowStoreSettings): Promise<FlowEngine> {
  const { connectEngine } = await import("./connect.ts");
  const { migrate } = await import("./schema/migrate.ts");
  const engine = await connectEngine(settings);
  try {
    await migrate(engine, settings);
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}
