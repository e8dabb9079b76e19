import type { DocumentTable } from "../common/documents.ts";

/** What survives a restart. One file in this folder implements it for each backend. */
export interface State {
  /** ARM resources, found by id in any case. */
  readonly resources: ResourceTable;
  /** A named set of JSON documents: alert states, deliveries, sessions, jobs, agents. */
  documents<Body extends object>(collection: string): DocumentTable<Body>;
  /**
   * Runs `work` with a State whose writes take effect together, or not at all when it throws.
   * Keep it short and wait for nothing else inside: writers queue behind it.
   */
  transact<Result>(work: (state: State) => Promise<Result>): Promise<Result>;
  /** Answers when the store can read; throws `ServiceUnavailable` when it cannot. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** One ARM resource as stored. `id` keeps the case of its first write; look-ups ignore case. */
export interface StoredResource {
  id: string;
  /** As in the id: `Microsoft.Network/networkWatchers/packetCaptures`. */
  type: string;
  /** The whole body as the client sees it, without `id`, `name`, `type` and `etag`. */
  body: Record<string, unknown>;
  /** Quoted as HTTP wants it: `W/"..."`. Changes with every write. */
  etag: string;
  createdAt: number;
  changedAt: number;
}

export interface ResourceTable {
  get(id: string): Promise<StoredResource | null>;
  /**
   * Resources below `scope` (an id prefix, any case, whole segments) of `type`, or of all types but
   * `exceptTypes`, in id order.
   */
  list(query: {
    scope: string;
    type?: string;
    exceptTypes?: readonly string[];
    after?: string;
    limit?: number;
  }): Promise<StoredResource[]>;
  count(query: { scope: string; type?: string }): Promise<number>;
  /**
   * Creates or replaces. With `ifMatch`: only when the stored etag is that; with `ifNoneMatch`: only
   * when there is none. Throws `PreconditionFailed` otherwise.
   */
  put(
    resource: Pick<StoredResource, "id" | "type" | "body">,
    condition?: { ifMatch?: string; ifNoneMatch?: true },
  ): Promise<StoredResource & { created: boolean }>;
  /** True when there was one. */
  delete(id: string): Promise<boolean>;
}

export type StateSettings = { kind: "sqlite"; path: string };

/** Opens the configured backend. The import is dynamic so that a process loads only what it uses. */
export async function openState(settings: StateSettings): Promise<State> {
  return (await import("./sqlite.ts")).openSqliteState(settings.path);
}
