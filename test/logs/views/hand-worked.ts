import {
  createFlowBatch,
  type FlowBatch,
  type FlowOrigin,
} from "../../../src/flowlog/flow-batch.ts";
import type { KnownEstate } from "../../../src/logs/views/known-estate.ts";
import type {
  ClassifiedFlows,
  FlowType,
  PublicSide,
} from "../../../src/traffic/classified-flows.ts";
import { someOrigin } from "../../flowstore/flow-rows.ts";
import { someEndpoint } from "../../flowstore/some-endpoint.ts";

/** 20 November 2026, 12:00 UTC; the flows lie in the hours from 12 and from 13. */
export const noon = Date.UTC(2026, 10, 20, 12);

const own = { subscription: "00000000-0000-0000-0000-000000000001", virtualNetwork: "rg/net" };
const places = {
  web: someEndpoint({
    ...own,
    subnet: "rg/net/front",
    virtualMachine: "rg/web_0",
    scaleSet: "rg/web",
    region: "westeurope",
  }),
  db: someEndpoint({
    ...own,
    subnet: "rg/net/back",
    virtualMachine: "rg/db",
    region: "westeurope",
  }),
  app: someEndpoint({
    ...own,
    virtualNetwork: "rg2/other",
    subnet: "rg2/other/main",
    virtualMachine: "rg2/app",
    region: "northeurope",
  }),
  site: someEndpoint({ site: "hq", connectionName: "to-hq", connectionType: "VpnGateway" }),
  us: someEndpoint({
    isPublic: true,
    country: "us",
    city: "Des Moines",
    latitude: 41.5,
    longitude: -93.5,
    asn: 64500,
    asOwner: "Example Inc.",
  }),
  azure: someEndpoint({ isPublic: true, region: "westeurope", serviceTag: "Storage.WestEurope" }),
  bad: someEndpoint({
    isPublic: true,
    country: "nl",
    city: "Amsterdam",
    latitude: 52.4,
    longitude: 4.9,
    asn: 64501,
    asOwner: "Bad BV",
    threat: {
      list: "feed",
      listVersion: "7",
      entry: "198.51.100.0/24",
      threatType: "Botnet",
      description: "seen often",
      firstSeen: "2026-01-01T00:00:00Z",
    },
  }),
};
type Place = keyof typeof places;
const placeNames = Object.keys(places) as Place[];

const addresses = {
  web: [10, 0, 0, 5],
  db: [10, 0, 1, 6],
  app: [10, 1, 0, 7],
  site: [192, 168, 1, 9],
  us1: [203, 0, 113, 1],
  us2: [203, 0, 113, 2],
  azure: [20, 60, 0, 1],
  bad: [198, 51, 100, 9],
} as const;
type Address = keyof typeof addresses;
const placeOf = (address: Address): Place => address.replace(/\d$/, "") as Place;

interface Flow {
  readonly minute: number;
  readonly from: Address;
  readonly to: Address;
  readonly port: number;
  readonly direction: "I" | "O";
  readonly rule: string;
  readonly type: FlowType;
  /** Packets and bytes there, packets and bytes back; null: denied. */
  readonly amounts: readonly [number, number, number, number] | null;
}

const flow = (
  minute: number,
  [from, to, port]: readonly [Address, Address, number],
  [direction, rule, type]: readonly ["I" | "O", string, FlowType],
  amounts: Flow["amounts"],
): Flow => ({ minute, from, to, port, direction, rule, type, amounts });

/** Each is a begin and an end, or a denial. */
const flows: readonly Flow[] = [
  flow(1, ["web", "us1", 443], ["O", "AllowOut", "ExternalPublic"], [10, 1_000, 20, 3_000]),
  flow(2, ["web", "us2", 443], ["O", "AllowOut", "ExternalPublic"], [1, 100, 2, 300]),
  flow(3, ["bad", "web", 22], ["I", "DenyAll", "MaliciousFlow"], null),
  flow(4, ["bad", "web", 22], ["I", "DenyAll", "MaliciousFlow"], null),
  flow(5, ["bad", "web", 443], ["I", "AllowWeb", "MaliciousFlow"], [5, 500, 5, 700]),
  // Recorded at both ends; the source's side saw more.
  flow(6, ["web", "db", 1433], ["O", "AllowVnetOut", "IntraVNet"], [100, 10_000, 90, 20_000]),
  flow(6, ["web", "db", 1433], ["I", "AllowVnetIn", "IntraVNet"], [100, 10_000, 90, 19_000]),
  flow(7, ["web", "app", 8080], ["O", "AllowOut", "InterVNet"], [4, 400, 4, 600]),
  flow(8, ["web", "azure", 443], ["O", "AllowOut", "AzurePublic"], [7, 700, 7, 900]),
  flow(9, ["site", "db", 1433], ["I", "AllowVnetIn", "S2S"], [30, 3_000, 30, 6_000]),
  flow(61, ["web", "us1", 443], ["O", "AllowOut", "ExternalPublic"], [2, 200, 2, 400]),
  flow(62, ["web", "us1", 25], ["O", "DenyMail", "ExternalPublic"], null),
];

const verdicts = [...new Set(flows.map(({ type }) => type))];
const rules = [...new Set(flows.map(({ rule }) => rule))];

interface Tuple extends Flow {
  readonly state: 0 | 2 | 3;
}

const tuplesOf = (each: Flow): Tuple[] =>
  each.amounts === null
    ? [{ ...each, state: 3 }]
    : [
        { ...each, state: 0, amounts: null },
        { ...each, state: 2 },
      ];

export function handWorkedFlows(): { batch: FlowBatch; classes: ClassifiedFlows } {
  const tuples = flows.flatMap(tuplesOf);
  const batch = createFlowBatch(tuples.length);
  batch.length = tuples.length;
  batch.origins.push(...rules.map((rule): FlowOrigin => ({ ...someOrigin, rule })));
  for (const [row, tuple] of tuples.entries()) writeTuple(batch, row, tuple);
  const index = (of: (tuple: Tuple) => number): Uint32Array => Uint32Array.from(tuples, of);
  return {
    batch,
    classes: {
      source: index(({ from }) => placeNames.indexOf(placeOf(from))),
      destination: index(({ to }) => placeNames.indexOf(placeOf(to))),
      verdict: index(({ type }) => verdicts.indexOf(type)),
      l7Protocol: index(({ port }) => (port === 443 ? 1 : 0)),
      endpoints: Object.values(places),
      verdicts: verdicts.map((flowType) => ({
        flowType,
        reason: "",
        publicSide: sideOf(flowType),
      })),
      l7Protocols: ["", "https"],
      dataVersion: "",
    },
  };
}

const sideOf = (type: FlowType): PublicSide =>
  ["ExternalPublic", "AzurePublic"].includes(type)
    ? "destination"
    : type === "MaliciousFlow"
      ? "source"
      : "";

const wordOf = (address: Address): number =>
  addresses[address].reduce<number>((word, byte) => word * 256 + byte, 0);

function writeTuple(batch: FlowBatch, row: number, tuple: Tuple): void {
  batch.time[row] = noon + tuple.minute * 60_000 + tuple.state;
  batch.source.set([0, 0, 0xffff, wordOf(tuple.from)], row * 4);
  batch.destination.set([0, 0, 0xffff, wordOf(tuple.to)], row * 4);
  batch.sourcePort[row] = 40_000 + tuple.minute;
  batch.destinationPort[row] = tuple.port;
  batch.protocol[row] = 6;
  batch.direction[row] = tuple.direction === "I" ? 0 : 1;
  batch.state[row] = tuple.state;
  batch.origin[row] = rules.indexOf(tuple.rule);
  const [packetsTo, bytesTo, packetsFrom, bytesFrom] = tuple.amounts ?? [0, 0, 0, 0];
  batch.packetsToDestination[row] = packetsTo;
  batch.bytesToDestination[row] = bytesTo;
  batch.packetsToSource[row] = packetsFrom;
  batch.bytesToSource[row] = bytesFrom;
}

/** As a resource has it; the records have it in other letters. */
const group = someOrigin.aclId.toUpperCase();

/** What the resources tell. */
export const known: KnownEstate = {
  rules: [
    ...["AllowOut", "DenyAll", "AllowRdp"].map((rule) => ({ group, rule })),
    { group: `${group}-UNUSED`, rule: "AllowOut" },
  ],
  subnets: [
    { subnet: "rg/net/front", region: "westeurope" },
    { subnet: "rg/net/empty", region: "westeurope" },
    { subnet: "rg3/silent/a", region: "eastus" },
  ],
  machines: [
    { machine: "rg/web_0", scaleSet: "rg/web" },
    { machine: "rg/db", scaleSet: "" },
  ],
};
