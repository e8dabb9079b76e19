// Rows of `flow` that the engine makes itself, for the bench of the views: a day of 200 hosts in 8 subnets of 3 networks
// that talk with each other (recorded at both ends), with 5,000 external addresses in 30 countries, with Azure, with a
// site, and with 200 addresses on a threat list. Each flow is a begin, a continue and an end, or a denial.
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertTarget } from "../../src/flowstore/schema/arrivals.ts";

export const dayStartMs = Date.UTC(2026, 10, 20);
export const daySeconds = 86_400;
const rowsAnInsert = 2_000_000;

const text = (...parts: readonly string[]): string => `concat(${parts.join(", ")})`;
const string = (expression: string): string => `toString(${expression})`;

/** A number from 0 to `end`, small ones more often. */
const skewed = (seed: string, salt: number, end: number): string =>
  `toUInt32(pow(cityHash64(${seed}, ${salt}) / 18446744073709551616., 2.5) * ${end})`;
const even = (seed: string, salt: number, end: number): string =>
  `toUInt32(cityHash64(${seed}, ${salt}) % ${end})`;

const hostWord = (host: string): string =>
  text(
    `'{"virtualNetwork":"rg/net'`,
    string(`${host} % 8 % 3`),
    `'","subnet":"rg/net'`,
    string(`${host} % 8 % 3`),
    `'/sub'`,
    string(`${host} % 8`),
    `'","virtualMachine":"rg/vm'`,
    string(host),
    `'","subscription":"00000000-0000-0000-0000-000000000001","region":"westeurope"}'`,
  );
const country = `char(97 + peer % 30 % 6, 97 + intDiv(peer % 30, 6))`;
const region = `concat('region', toString(peer % 10))`;
const siteWord = `'{"site":"hq","connectionName":"to-hq","connectionType":"VpnGateway"}'`;
const publicWord = text(
  `'{"country":"'`,
  country,
  `'","city":"City '`,
  string("peer % 300"),
  `'","latitude":'`,
  string("peer % 120 - 60.5"),
  `',"longitude":'`,
  string("peer % 300 - 150.5"),
  `',"asn":'`,
  string("64000 + peer % 500"),
  `',"asOwner":"Owner '`,
  string("peer % 500"),
  `'"'`,
  `if(type = 'MaliciousFlow', ',"threatList":"feed","threatEntry":"198.51.100.0/24","threatType":"Botnet"', '')`,
  `',"isPublic":1}'`,
);
const azureWord = text(`'{"isPublic":1,"region":"'`, region, `'","serviceTag":"Storage"}'`);
const peerPlace = `multiIf(type IN ('IntraVNet', 'InterVNet'), ${hostWord("other")}, type = 'S2S', ${siteWord},
  type = 'AzurePublic', ${azureWord}, ${publicWord})`;
const peerArea = `multiIf(type IN ('IntraVNet', 'InterVNet'), ${hostWord("other")}, type = 'S2S', ${siteWord},
  type = 'AzurePublic', ${text(`'{"blank":1,"region":"'`, region, `'","serviceTag":"Storage"}'`)},
  type = 'MaliciousFlow', ${text(`'{"country":"'`, country, `'","threatType":"Botnet"}'`)},
  ${text(`'{"blank":1,"country":"'`, country, `'"}'`)})`;
const address = (base: number, host: string): string =>
  `toIPv6(concat('::ffff:', IPv4NumToString(toUInt32(${base} + ${host}))))`;
const peerAddress = `multiIf(type IN ('IntraVNet', 'InterVNet'), ${address(0x0a000000, "other")},
  type = 'S2S', ${address(0xc0a80100, "peer % 50")}, type = 'AzurePublic', ${address(0x143c0000, "peer")},
  type = 'MaliciousFlow', ${address(0xc6336400, "peer % 200")}, ${address(0xcb007100, "peer * 977")})`;
const originWord = text(
  `'{"version":4,"flowLogId":"/SUBSCRIPTIONS/A/FLOWLOGS/F","targetId":"/subscriptions/a/virtualNetworks/v","macAddress":"0022480'`,
  string("10000 + logged"),
  `'","aclId":"/subscriptions/a/resourceGroups/g/providers/Microsoft.Network/networkSecurityGroups/n'`,
  string("logged % 7"),
  `'","rule":"Rule'`,
  string("multiIf(port = 443, 0, port = 80, 1, port = 53, 2, port < 1024, 3, port < 2000, 4, 5)"),
  `if(denied, 'Deny', 'Allow')`,
  `'"}'`,
);

/** One row for each number; a pair of flows in a row is one flow of two hosts, seen from both. */
const select = (rowCount: number, first: number, count: number, spanMs: number): string => `
  WITH intDiv(number, 3) AS flow, intDiv(flow, 2) AS pair, number % 3 AS step,
    cityHash64(pair, 1) % 100 AS kind, kind < 24 AS isInternal, if(isInternal, pair, flow) AS seed,
    ${skewed("seed", 2, 200)} AS host, (host + 1 + ${even("seed", 3, 20)} * 9) % 200 AS other,
    ${skewed("seed", 4, 5_000)} AS peer,
    multiIf(isInternal, if(host % 8 % 3 = other % 8 % 3, 'IntraVNet', 'InterVNet'), kind < 30, 'S2S', kind < 40, 'AzurePublic',
      kind < 42, 'MaliciousFlow', 'ExternalPublic') AS type,
    ${even("seed", 5, 1_000)} AS service,
    multiIf(service < 550, 443, service < 700, 80, service < 820, 53, service < 960, 20 + service % 23 * 150, 1024 + ${even("seed", 6, 60_000)}) AS port,
    if(isInternal, flow % 2 = 1, type = 'MaliciousFlow' OR kind % 8 = 0) AS outward,
    if(isInternal, toUInt8(flow % 2), toUInt8(NOT outward)) AS way,
    cityHash64(seed, 7) % 20 = 0 AS denied, if(isInternal AND way = 0, other, host) AS logged,
    isInternal OR way = 1 AS fromHost
  SELECT fromUnixTimestamp64Milli(toInt64(${dayStartMs + daySeconds * 1_000 - spanMs} + least(${spanMs - 1_000}, intDiv(number * ${spanMs}, ${rowCount}) + step * 9000)), 'UTC') AS time,
    if(fromHost, ${address(0x0a000000, "host")}, ${peerAddress}) AS source,
    if(fromHost, ${peerAddress}, ${address(0x0a000000, "host")}) AS destination,
    1024 + cityHash64(flow, 8) % 60000 AS sourcePort, port AS destinationPort, if(port = 53, 17, 6) AS protocol, way AS direction,
    if(denied, 3, step) AS state, if(denied OR step = 0, 0, number % 97) AS packetsToDestination,
    packetsToDestination * 700 AS bytesToDestination, packetsToDestination AS packetsToSource, packetsToDestination * 900 AS bytesToSource,
    ${originWord} AS origin,
    if(fromHost, ${hostWord("host")}, ${peerPlace}) AS sourcePlace, if(fromHost, ${peerPlace}, ${hostWord("host")}) AS destinationPlace,
    if(fromHost, ${hostWord("host")}, ${peerArea}) AS sourceArea, if(fromHost, ${peerArea}, ${hostWord("host")}) AS destinationArea,
    type AS flowType, multiIf(port = 443, 'https', port = 80, 'http', port = 53, 'domain', '') AS l7Protocol,
    toDateTime(time) + 2 AS ingested
  FROM numbers(${first}, ${count})`;

const columns = `time, source, destination, sourcePort, destinationPort, protocol, direction, state, packetsToDestination,
  bytesToDestination, packetsToSource, bytesToSource, origin, sourcePlace, destinationPlace, sourceArea, destinationArea,
  flowType, l7Protocol, ingested`;

export interface MakeRowsOptions {
  /** Which end with the day. */
  readonly days?: number;
  /** 1: the interval's roll-ups are not filled. */
  readonly isRolledLater?: 0 | 1;
}

/** Fills `flow` and all that hangs on it. */
export async function makeRows(
  engine: FlowEngine,
  rowCount: number,
  { days = 1, isRolledLater = 0 }: MakeRowsOptions = {},
): Promise<void> {
  for (let first = 0; first < rowCount; first += rowsAnInsert) {
    const count = Math.min(rowsAnInsert, rowCount - first);
    await engine.command({
      sql: `INSERT INTO ${isRolledLater ? "flow" : insertTarget(engine.layout)} (${columns}, isRolledLater) SELECT *, ${isRolledLater} FROM (${select(rowCount, first, count, days * daySeconds * 1_000)})`,
      settings: { optimize_on_insert: 0, parallel_view_processing: 1 },
    });
  }
}
