import type { KnownEstate } from "./known-estate.ts";

/** What the values of a view count. */
export const viewUnits = ["flows", "bytes", "packets"] as const;
export type ViewUnit = (typeof viewUnits)[number];

/** Conditions on flows, each with the values of which one must hold; left out: none. */
export interface ViewFilters {
  readonly subscription?: readonly string[];
  readonly resourceGroup?: readonly string[];
  /** Of one's own side. */
  readonly region?: readonly string[];
  /** "rg/network" */
  readonly virtualNetwork?: readonly string[];
  /** "rg/network/subnet" */
  readonly subnet?: readonly string[];
  /** "rg/name" */
  readonly virtualMachine?: readonly string[];
  readonly ip?: readonly string[];
  readonly flowType?: readonly string[];
  readonly rule?: readonly string[];
  readonly port?: readonly number[];
  /** The service that the port is known for. */
  readonly service?: readonly string[];
  readonly country?: readonly string[];
  /** Of an address that is Azure's. */
  readonly azureRegion?: readonly string[];
  /** A gateway's connection. */
  readonly connection?: readonly string[];
  /** What the flow log is of. */
  readonly targetType?: readonly string[];
  readonly status?: readonly string[];
  readonly direction?: readonly string[];
}

/** A question to a view, checked: intervals of records that overlap `startMs` to `endMs` are counted whole. */
export interface ViewRequest {
  readonly startMs: number;
  readonly endMs: number;
  readonly unit: ViewUnit;
  readonly binMinutes: number;
  readonly top: number;
  readonly filters: ViewFilters;
}

/** Text of a query that is KQL already. */
export type Kql = string;

/** What a view's KQL is written with. */
export interface ViewText {
  readonly request: ViewRequest;
  readonly known: KnownEstate;
  /** The column that the view sorts by: Flows, Bytes or Packets. */
  readonly unit: "Flows" | "Bytes" | "Packets";
}

/** From a row to what lies behind it: the view to open, and which column becomes which filter. */
export interface DrillDown {
  readonly view: string;
  readonly filters: Readonly<Partial<Record<keyof ViewFilters, string>>>;
}

/**
 * What a view reads: each flow once; all records, of which two may be of one flow; flows by public address; what
 * is known of public addresses; or tuples, each with the reason of its flow type.
 */
export type ViewSource = "flows" | "records" | "addresses" | "details" | "tuples";

/** One question of the portal, as a query. */
export interface FlowView {
  readonly name: string;
  readonly description: string;
  readonly reads: ViewSource;
  /** Whether `top` cuts it off, so that there may be more rows. */
  readonly isCut: boolean;
  /** Filters without which it gives nothing of use. */
  readonly needs?: readonly (keyof ViewFilters)[];
  /** The query behind `let flows = ...;`. */
  query(text: ViewText): Kql;
  readonly drillDown: readonly DrillDown[];
}
