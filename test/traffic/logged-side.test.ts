// Flow logs read without a topology: the record says itself which side is one's own. Each row is worked out by hand from
// docs/reference/traffic.md; the shapes of target ids are those of Azure's published records.
import { expect, test } from "vitest";
import { createClassifier } from "../../src/traffic/classify/classifier.ts";
import type { Endpoint } from "../../src/traffic/classified-flows.ts";
import { loggedSideOf } from "../../src/traffic/topology/logged-side.ts";
import { createTopology } from "../../src/traffic/topology/topology.ts";
import { batchOf, type Row } from "./flow-batches.ts";
import { trafficDataOf } from "./traffic-fixtures.ts";

const group =
  "/subscriptions/af15e575-f948-49ac-bce0-252d028e9379/resourceGroups/Shop/providers/Microsoft.Network";
const network = `${group}/virtualNetworks/net`;
const security =
  "/SUBSCRIPTIONS/S/RESOURCEGROUPS/SHOP/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB";

const withoutTopology = trafficDataOf({ topology: createTopology({}) });

function typesOf(data: typeof withoutTopology, ...rows: readonly Row[]): string[] {
  const { verdict, verdicts } = createClassifier(data)(batchOf(...rows));
  return Array.from(verdict, (index) => verdicts[index]?.flowType ?? "");
}

test.each([
  // Outbound: the source is logged.
  ["O", "10.9.0.4", "1.1.1.1", "ExternalPublic"],
  ["O", "10.9.0.4", "20.60.4.1", "AzurePublic"],
  ["O", "10.9.0.4", "168.63.129.16", "AzurePublic"],
  ["O", "10.9.0.4", "5.5.5.5", "MaliciousFlow"],
  ["O", "10.9.0.4", "10.9.0.5", "UnknownPrivate"],
  ["O", "10.9.0.4", "169.254.169.254", "UnknownPrivate"],
  // Inbound: the destination is.
  ["I", "1.1.1.1", "10.9.0.4", "ExternalPublic"],
  ["I", "20.60.4.1", "10.9.0.4", "AzurePublic"],
  ["I", "5.5.6.7", "10.9.0.4", "MaliciousFlow"],
  ["I", "192.168.1.1", "10.9.0.4", "UnknownPrivate"],
  ["I", "2a00:bad::1", "fd00:9::4", "MaliciousFlow"],
  // A public address that is logged is one's own, as Azure logs some that are.
  ["O", "8.9.9.9", "1.1.1.1", "ExternalPublic"],
  ["I", "1.1.1.1", "8.9.9.9", "ExternalPublic"],
] as const)("%s %s -> %s is %s without a topology", (direction, source, destination, wanted) => {
  const row = { direction, source, destination };
  expect(
    typesOf(
      withoutTopology,
      { ...row, targetId: network },
      { ...row, targetId: `${network}/subnets/front` },
      { ...row, targetId: `${group}/networkInterfaces/nic` },
      { ...row, targetId: security },
      { ...row, targetId: "something else" },
    ),
  ).toEqual(Array.from({ length: 5 }, () => wanted));
});

test("it can be switched off, and a record without a target says nothing", () => {
  const row = { direction: "O", source: "10.9.0.4", destination: "1.1.1.1" } as const;
  expect(typesOf(withoutTopology, row)).toEqual(["Unknown"]);
  const off = { ...withoutTopology, mapLoggedSide: false };
  expect(typesOf(off, { ...row, targetId: network })).toEqual(["Unknown"]);
});

test("what the topology knows goes before what the flow log says", () => {
  const hub =
    "/subscriptions/sub1/resourceGroups/SHOP/providers/Microsoft.Network/virtualNetworks/Hub";
  const nic = `${group}/networkInterfaces/nic`;
  expect(
    typesOf(
      trafficDataOf(),
      // In the topology's networks, whichever network the log is of.
      { direction: "O", source: "10.0.1.4", destination: "10.0.2.5", targetId: network },
      { direction: "O", source: "10.1.0.4", destination: "10.0.2.5", targetId: nic },
      // The site's own prefix has it.
      { direction: "O", source: "192.168.4.4", destination: "10.0.2.5", targetId: network },
      // In no prefix, but the log names the network: the same one, and another one.
      { direction: "O", source: "172.17.0.4", destination: "10.0.2.5", targetId: hub },
      { direction: "I", source: "10.0.2.5", destination: "172.17.0.4", targetId: network },
      // An interface in nobody knows which network; behind it a site, a pool and the Internet.
      { direction: "O", source: "172.17.0.4", destination: "10.0.2.5", targetId: nic },
      { direction: "I", source: "10.0.2.5", destination: "8.1.1.1", targetId: nic },
      { direction: "O", source: "172.17.0.4", destination: "192.168.4.4", targetId: nic },
      { direction: "O", source: "172.17.0.4", destination: "172.20.0.9", targetId: nic },
      { direction: "O", source: "172.17.0.4", destination: "1.1.1.1", targetId: nic },
    ),
  ).toEqual([
    "IntraVNet",
    "InterVNet",
    "S2S",
    "IntraVNet",
    "InterVNet",
    "UnknownPrivate",
    "ExternalPublic",
    "S2S",
    "P2S",
    "ExternalPublic",
  ]);
});

test("the reason says that the flow log named the side, and only the other one is public", () => {
  const { verdict, verdicts } = createClassifier(withoutTopology)(
    batchOf(
      { direction: "O", source: "10.9.0.4", destination: "1.1.1.1", targetId: network },
      { direction: "I", source: "1.1.1.1", destination: "10.9.0.4", targetId: security },
      { direction: "O", source: "8.9.9.9", destination: "1.1.1.1", targetId: network },
    ),
  );
  const logged =
    "the side that the flow log of virtual network af15e575-f948-49ac-bce0-252d028e9379/Shop/net logs";
  const peer = "a public address in no Azure range and on no threat list";
  expect(Array.from(verdict, (index) => verdicts[index])).toEqual([
    {
      flowType: "ExternalPublic",
      publicSide: "destination",
      reason: `The destination is on the Internet: the source is ${logged}, the destination is ${peer}.`,
    },
    {
      flowType: "ExternalPublic",
      publicSide: "source",
      reason: `The source is on the Internet: the source is ${peer}, the destination is the side that the flow log of network security group SHOP/WEB logs.`,
    },
    expect.objectContaining({ publicSide: "destination" }),
  ]);
});

test("the logged side has the names that its target has", () => {
  const subnet = `${network}/subnets/front`;
  const nic = `${group}/networkInterfaces/nic`;
  const row = { direction: "O", source: "10.9.0.4", destination: "1.1.1.1" } as const;
  const { source, endpoints } = createClassifier(withoutTopology)(
    batchOf(
      { ...row, targetId: network },
      { ...row, targetId: subnet },
      { ...row, targetId: nic },
      { ...row, targetId: security },
    ),
  );
  const named = ({ virtualNetwork, subnet: within, networkInterface, subscription }: Endpoint) =>
    [virtualNetwork, within, networkInterface, subscription].join("|");
  const subscription = "af15e575-f948-49ac-bce0-252d028e9379";
  expect(
    Array.from(source, (index) => endpoints[index]).map((each) => each && named(each)),
  ).toEqual([
    `${subscription}/Shop/net|||${subscription}`,
    `${subscription}/Shop/net|Shop/net/front||${subscription}`,
    `||Shop/nic|${subscription}`,
    "|||S",
  ]);
});

test("so many targets that not all are kept apart cost nothing but their names", () => {
  const rows = Array.from({ length: 3_000 }, (_, index) => ({
    direction: "O" as const,
    source: "10.9.0.4",
    destination: "1.1.1.1",
    targetId: `${group}/networkInterfaces/nic${index}`,
  }));
  const classify = createClassifier(withoutTopology);
  const typesIn = (from: number): Set<string | undefined> => {
    const { verdict, verdicts } = classify(batchOf(...rows.slice(from, from + 1_000)));
    return new Set(Array.from(verdict, (index) => verdicts[index]?.flowType));
  };
  for (const from of [0, 1_000, 2_000, 0])
    expect(typesIn(from)).toEqual(new Set(["ExternalPublic"]));
  const { endpoints } = classify(batchOf(...rows));
  expect(endpoints.length).toBeLessThan(1_100);
});

test("a target that is no id of Azure's, or one without end, is told apart", () => {
  expect(loggedSideOf("")).toBe(null);
  expect(loggedSideOf(`/subscriptions/${"x".repeat(3_000)}`)).toBe(null);
  expect(loggedSideOf("/subscriptions/s/resourceGroups/g")).toMatchObject({ subscription: "" });
  expect(loggedSideOf(`${group}/applicationGateways/gw`)).toMatchObject({
    subscription: "af15e575-f948-49ac-bce0-252d028e9379",
    target: "Shop/gw",
  });
});
