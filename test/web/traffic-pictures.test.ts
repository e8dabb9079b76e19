import { expect, test } from "vitest";
import type { Cell, FlowAnswer } from "../../src/web/api/flow-views.ts";
import { arcsOf, nowhere, placesOf } from "../../src/web/pages/traffic/map-places.ts";
import { reasonFilters } from "../../src/web/pages/traffic/reason-filters.ts";
import { edgeChanges, nodeChanges } from "../../src/web/pages/traffic/topology-filters.ts";
import { nodesMax, topologyGraph } from "../../src/web/pages/traffic/topology-graph.ts";
import { trendOf } from "../../src/web/pages/traffic/trend-series.ts";

const answerOf = (names: string, rows: Cell[][]): FlowAnswer => ({
  view: "any",
  timespan: "2026-11-21T00:00:00.000Z/2026-11-22T00:00:00.000Z",
  unit: "flows",
  columns: names.split(" ").map((name) => ({ name, type: "string" })),
  rows,
  total: null,
  kql: "",
  addingUp: 0,
  tookMilliseconds: 0,
  drillDown: [],
});

const edgeColumns =
  "Source SourceKind Target TargetKind Total AllowedInbound AllowedOutbound Malicious";

test("the graph has a node for each end, marks what is malicious and what is blocked", () => {
  const { nodes, edges, leftOutCount } = topologyGraph(
    answerOf(edgeColumns, [
      ["a/net/front", "Subnet", "a/net/back", "Subnet", 5, 0, 5, 0],
      ["Malicious", "Malicious", "a/net/front", "Subnet", 3, 0, 0, 3],
    ]),
  );
  expect(nodes.map(({ key, amount, hasMalicious }) => [key, amount, hasMalicious])).toEqual([
    ["Subnet a/net/front", 8, true],
    ["Subnet a/net/back", 5, false],
    ["Malicious Malicious", 3, true],
  ]);
  expect(edges.map(({ isMalicious, isBlocked }) => [isMalicious, isBlocked])).toEqual([
    [false, false],
    [true, true],
  ]);
  expect(leftOutCount).toBe(0);
  expect(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(3);
});

test("no more nodes are drawn than can be read, and the others are counted", () => {
  const rows = Array.from({ length: 200 }, (_, at): Cell[] => [
    `host-${at}`,
    "VirtualMachine",
    "Internet",
    "Internet",
    200 - at,
    0,
    1,
    0,
  ]);
  const { nodes, edges, leftOutCount } = topologyGraph(answerOf(edgeColumns, rows));
  expect([nodes.length, edges.length, leftOutCount]).toEqual([nodesMax, nodesMax - 1, 141]);
  expect(nodes.map(({ name }) => name)).toContain("host-0");
});

const front = { name: "a/net/front", kind: "Subnet" };
const own = { name: "", kind: "Own" };

test.each([
  ["subnet", front, { subnet: "a/net/front", part: "topology", level: "host" }],
  [
    "host",
    { name: "a/web", kind: "VirtualMachine" },
    { virtualMachine: "a/web", part: "overview", level: null },
  ],
  [
    "subnet",
    { name: "Azure westeurope", kind: "Azure" },
    { flowType: "AzurePublic", azureRegion: "westeurope", part: "topology", level: "subnet" },
  ],
  [
    "subnet",
    { name: "S2S to-hq", kind: "Gateway" },
    { flowType: "S2S", connection: "to-hq", part: "topology", level: "subnet" },
  ],
  ["region", own, { part: "topology", level: "virtual-network" }],
])("a node of level %s: %j", (level, node, changes) => {
  expect(nodeChanges(level, node)).toEqual(changes);
});

test("an edge is its two ends, of which one may be outside", () => {
  const back = { name: "a/net/back", kind: "Subnet" };
  const internet = { name: "Internet", kind: "Internet" };
  const shown = { part: "overview", level: null };
  expect(edgeChanges("subnet", front, back)).toEqual({
    subnet: "a/net/front->a/net/back",
    ...shown,
  });
  expect(edgeChanges("subnet", internet, front)).toEqual({
    subnet: "->a/net/front",
    flowType: "ExternalPublic",
    ...shown,
  });
  expect(edgeChanges("subnet", own, internet)).toEqual({ flowType: "ExternalPublic", ...shown });
});

test("a region is where Azure says, a country where its addresses are, and arcs begin at one's own", () => {
  const places = placesOf(
    answerOf("Place Kind HasLocation Longitude Latitude Total Malicious", [
      ["au", "Country", true, 151, -33, 4, 0],
      ["westeurope", "AzureRegion", false, 0, 0, 1, 0],
      ["zz", "Country", false, 0, 0, 1, 0],
    ]),
  );
  expect(places.map(({ place, at }) => [place, at])).toEqual([
    ["au", [151, -33]],
    ["westeurope", [4.9, 52.4]],
  ]);
  const arcs = arcsOf(
    answerOf("OwnRegion FlowDirection Place Kind Total Malicious", [
      ["northeurope", "Outbound", "au", "Country", 3, 0],
      ["cellar", "Inbound", "au", "Country", 1, 1],
      ["cellar", "Inbound", "zz", "Country", 1, 1],
    ]),
    places,
  );
  expect(arcs.map(({ from, to, isMalicious }) => [from, to, isMalicious])).toEqual([
    [[-6.3, 53.3], [151, -33], false],
    [[151, -33], nowhere, true],
  ]);
});

test("a trend has a line for each value, and nothing where it has no row", () => {
  const answer = answerOf("Time DestPort Flows", [
    ["2026-11-21T01:00:00Z", 443, 2],
    ["2026-11-21T02:00:00Z", 443, 3],
    ["2026-11-21T02:00:00Z", 22, 1],
  ]);
  const amounts = trendOf(answer, ["DestPort"], "Flows").map(({ name, points }) => [
    name,
    points.map(([, amount]) => amount),
  ]);
  expect(amounts).toEqual([
    ["443", [2, 3]],
    ["22", [0, 1]],
  ]);
});

test.each([
  [{ FlowType: "ExternalPublic", SrcIp: "10.0.0.4", DestIp: "", Country: "au" }, "10.0.0.4->"],
  [{ FlowType: "IntraVNet", SrcIp: "10.0.0.4", DestIp: "10.0.1.5" }, "10.0.0.4->10.0.1.5"],
  [{ Ip: "193.0.6.139", LocalIp: "10.0.0.4" }, "193.0.6.139"],
  [{ LocalIp: "10.0.0.4", LocalVm: "a/web" }, "10.0.0.4"],
])("the tuples behind %j are found by %s", (record, ip) => {
  expect(reasonFilters("any", record, { port: "443" })).toMatchObject({ ip, port: "443" });
});

test("allowed malicious is what it says, whatever the page asks for", () => {
  const filters = reasonFilters("AllowedMalicious", { Subnet: "s" }, { status: "Denied" });
  expect(filters).toEqual({ subnet: "s", flowType: "MaliciousFlow", status: "Allowed" });
});
