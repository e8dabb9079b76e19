/** What the topology says of a prefix: a subnet, a network outside its subnets, a site or a pool. */
export interface Place {
  readonly kind: "virtualNetwork" | "site" | "clientPool";
  readonly prefix: string;
  readonly scope: string;
  /** "sub/rg/vnet". */
  readonly virtualNetwork: string;
  /** "rg/vnet/subnet". */
  readonly subnet: string;
  readonly subscription: string;
  readonly region: string;
  readonly site: string;
  readonly clientPool: string;
  readonly connectionType: string;
  readonly connectionName: string;
}

const nowhere = {
  virtualNetwork: "",
  subnet: "",
  subscription: "",
  region: "",
  site: "",
  clientPool: "",
  connectionType: "",
  connectionName: "",
};

export function placeOf(
  kind: Place["kind"],
  prefix: string,
  known: Partial<Omit<Place, "kind" | "prefix">>,
): Place {
  return { kind, prefix, scope: "", ...nowhere, ...known };
}

/** The place in words, for a reason. */
export function describePlace(place: Place): string {
  switch (place.kind) {
    case "virtualNetwork":
      return place.subnet === ""
        ? `in virtual network ${place.virtualNetwork} (${place.prefix})`
        : `in subnet ${place.subnet} (${place.prefix})`;
    case "site":
      return `in site ${place.site} (${place.prefix}) behind ${describeConnection(place)}`;
    case "clientPool":
      return `in client pool ${place.clientPool} (${place.prefix})`;
  }
}

function describeConnection({ connectionType, connectionName }: Place): string {
  const kind = connectionType === "ExpressRoute" ? "ExpressRoute" : "a VPN gateway";
  return connectionName === "" ? kind : `${kind}, connection ${connectionName}`;
}
