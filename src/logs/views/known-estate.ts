import { kqlString } from "./kql-text.ts";

/** What there is, whether it had flows or not: told by the resources of the control plane. */
export interface KnownEstate {
  readonly rules: readonly KnownRule[];
  readonly subnets: readonly KnownSubnet[];
  readonly machines: readonly KnownMachine[];
}

export interface KnownRule {
  /** The group's id as it stands in records. */
  readonly group: string;
  readonly rule: string;
}

export interface KnownSubnet {
  /** "rg/network/subnet" */
  readonly subnet: string;
  readonly region: string;
}

export interface KnownMachine {
  /** "rg/name" */
  readonly machine: string;
  readonly scaleSet: string;
}

export const nothingKnown: KnownEstate = { rules: [], subnets: [], machines: [] };

/** Rows of one kind that a query carries with it; what is over is left out. */
const knownRowsMax = 1_000;

/** Rows as a table of KQL; it has at least one row, a blank one, as a table of none has no type to be read by. */
function datatable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const filled = rows.length > 0 ? rows.slice(0, knownRowsMax) : [columns.map(() => "")];
  const values = filled.map((row) => row.map(kqlString).join(", ")).join(",\n  ");
  return `datatable(${columns.map((name) => `${name}:string`).join(", ")}) [\n  ${values}\n]`;
}

export const knownRules = ({ rules }: KnownEstate): string =>
  datatable(
    ["AclGroup", "AclRule"],
    rules.map(({ group, rule }) => [group, rule]),
  );

export const knownSubnets = ({ subnets }: KnownEstate): string =>
  datatable(
    ["Subnet", "Region"],
    subnets.map(({ subnet, region }) => [subnet, region]),
  );

export const knownMachines = ({ machines }: KnownEstate): string =>
  datatable(
    ["Vm", "ScaleSet"],
    machines
      .filter(({ scaleSet }) => scaleSet !== "")
      .map(({ machine, scaleSet }) => [machine, scaleSet]),
  );
