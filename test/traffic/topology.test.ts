import { expect, test } from "vitest";
import { createClassifier } from "../../src/traffic/classify/classifier.ts";
import { createTopology } from "../../src/traffic/topology/topology.ts";
import type { TopologyInput } from "../../src/traffic/topology/topology-settings.ts";
import { batchOf } from "./flow-batches.ts";
import { topology, trafficDataOf } from "./traffic-fixtures.ts";

const network = (name: string, prefixes: string[], more: object = {}): object => ({
  name,
  prefixes,
  ...more,
});

test.each<[string, object, string]>([
  [
    "overlapping networks",
    { virtualNetworks: [network("a", ["10.0.0.0/8"]), network("b", ["10.1.0.0/16"])] },
    "virtual networks a (10.0.0.0/8) and b (10.1.0.0/16) overlap",
  ],
  [
    "equal networks",
    { virtualNetworks: [network("a", ["fd00::/48"]), network("b", ["fd00::/48"])] },
    "overlap",
  ],
  [
    "a subnet outside",
    {
      virtualNetworks: [
        network("a", ["10.0.0.0/16"], { subnets: [{ name: "s", prefixes: ["10.1.0.0/24"] }] }),
      ],
    },
    "subnet s (10.1.0.0/24) is outside",
  ],
  [
    "a subnet wider than its network",
    {
      virtualNetworks: [
        network("a", ["10.0.0.0/16"], { subnets: [{ name: "s", prefixes: ["10.0.0.0/8"] }] }),
      ],
    },
    "is outside",
  ],
  [
    "two sites with one prefix",
    { sites: [network("x", ["10.0.0.0/8"]), network("y", ["10.0.0.0/8"])] },
    "one prefix is in two places",
  ],
  [
    "an unknown gateway",
    { sites: [network("x", ["10.0.0.0/8"], { gateway: "g" })] },
    "names the gateway g",
  ],
  [
    "an unknown network",
    { hosts: [{ name: "h", virtualNetwork: "v", addresses: [] }] },
    "names the virtual network v",
  ],
  ["bits behind the length", { sites: [network("x", ["10.0.0.1/8"])] }, "10.0.0.0/8 is meant"],
  ["no address", { sites: [network("x", ["ten"])] }, "not an address or prefix"],
  ["an unknown key", { networks: [] }, "networks"],
])("%s: refused, and named", (_, input, words) => {
  expect(() => createTopology(input as TopologyInput)).toThrow(words);
});

test("networks of different scopes may overlap: the logged interface or network tells which is meant", () => {
  const scoped = createTopology({
    virtualNetworks: [
      { resourceGroup: "g", name: "a", prefixes: ["10.0.0.0/16"] },
      { resourceGroup: "g", name: "b", scope: "lab", prefixes: ["10.0.0.0/16"] },
      { resourceGroup: "g", name: "c", prefixes: ["10.5.0.0/16"] },
    ],
    hosts: [
      {
        resourceGroup: "g",
        name: "h",
        macAddress: "00:0d:3a:00:00:02",
        virtualNetwork: "b",
        addresses: ["10.0.0.4"],
      },
    ],
  });
  const flow = { source: "10.0.0.4", destination: "10.5.0.1" };
  const { source, endpoints } = createClassifier(trafficDataOf({ topology: scoped }))(
    batchOf(
      flow,
      { ...flow, macAddress: "000D3A000002" },
      {
        ...flow,
        targetId:
          "/subscriptions/s/resourceGroups/G/providers/Microsoft.Network/virtualNetworks/B/subnets/x",
      },
      {
        ...flow,
        targetId: "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/a",
      },
    ),
  );
  expect(
    Array.from(source, (index) => [
      endpoints[index]?.virtualNetwork,
      endpoints[index]?.virtualMachine,
    ]),
  ).toEqual([
    ["g/a", ""],
    ["g/b", "g/h"],
    ["g/b", "g/h"],
    ["g/a", ""],
  ]);
});

test("of parts with the same name the last one counts", () => {
  const merged = createTopology(topology, {
    virtualNetworks: [
      { subscription: "sub1", resourceGroup: "SHOP", name: "hub", prefixes: ["10.9.0.0/16"] },
    ],
  });
  expect(merged.settings.virtualNetworks.map(({ name, prefixes }) => [name, prefixes[0]])).toEqual([
    ["hub", "10.9.0.0/16"],
    ["spoke", "10.1.0.0/16"],
  ]);
});

test("each address is once in a batch, also when everything remembered was thrown away between", () => {
  const classify = createClassifier(trafficDataOf(), { rememberedCountMax: 1 });
  const rows = Array.from({ length: 3_000 }, (_, index) => ({
    source: `5.5.${index >> 8}.${index & 255}`,
    destination: "10.0.1.4",
  }));
  for (let round = 0; round < 2; round++) {
    const { endpoints, source } = classify(batchOf(...rows, ...rows));
    expect(endpoints).toHaveLength(3_001);
    expect(Array.from(source, (index) => endpoints[index]?.address)).toEqual(
      [...rows, ...rows].map((row) => row.source),
    );
  }
});

test("services have IANA's names by protocol and port", () => {
  const classify = createClassifier(trafficDataOf());
  const ports = [
    [6, 443],
    [6, 80],
    [17, 53],
    [6, 22],
    [1, 22],
    [6, 49_999],
    [6, 3_389],
    [132, 5_060],
  ] as const;
  const { l7Protocol, l7Protocols } = classify(
    batchOf(
      ...ports.map(([protocol, destinationPort]) => ({
        source: "1.1.1.1",
        destination: "1.1.1.2",
        protocol,
        destinationPort,
      })),
    ),
  );
  expect(Array.from(l7Protocol, (index) => l7Protocols[index])).toEqual([
    "https",
    "http",
    "domain",
    "ssh",
    "",
    "",
    "ms-wbt-server",
    "sip",
  ]);
});
