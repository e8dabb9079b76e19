import { expect, test } from "vitest";
import { createClassifier } from "../../src/traffic/classify/classifier.ts";
import { batchOf } from "./flow-batches.ts";
import { trafficDataOf } from "./traffic-fixtures.ts";

const classify = createClassifier(trafficDataOf());

/** Each worked out by hand from the order of Microsoft's page and the rules of docs/reference/traffic.md. */
const table: readonly (readonly [source: string, destination: string, wanted: string])[] = [
  // Both sides mapped
  ["10.0.1.4", "10.0.2.5", "IntraVNet"],
  ["10.0.1.4", "10.0.9.9", "IntraVNet"],
  ["fd00:1:0:1::4", "10.0.2.5", "IntraVNet"],
  ["::ffff:10.0.1.4", "10.0.2.5", "IntraVNet"],
  ["10.0.1.4", "8.9.9.9", "IntraVNet"],
  ["10.0.1.4", "10.1.0.1", "InterVNet"],
  ["203.0.113.7", "10.0.1.4", "InterVNet"],
  ["10.0.1.4", "10.2.0.1", "S2S"],
  ["192.168.4.4", "10.0.1.4", "S2S"],
  ["10.1.0.4", "172.16.9.9", "S2S"],
  ["10.1.0.4", "100.64.7.9", "S2S"],
  ["10.1.0.4", "198.51.100.9", "S2S"],
  ["192.168.4.4", "172.16.9.9", "S2S"],
  ["192.168.4.4", "172.20.0.9", "S2S"],
  ["172.20.0.9", "10.0.1.4", "P2S"],
  ["172.20.0.9", "172.20.0.10", "P2S"],
  // One side mapped, the other not public
  ["10.0.1.4", "172.17.0.1", "UnknownPrivate"],
  ["fd00:2::1", "10.0.1.4", "UnknownPrivate"],
  ["10.0.1.4", "100.64.8.1", "UnknownPrivate"],
  ["10.0.1.4", "169.254.169.254", "UnknownPrivate"],
  ["10.0.1.4", "fe80::1", "UnknownPrivate"],
  ["10.0.1.4", "127.0.0.1", "UnknownPrivate"],
  ["10.0.1.4", "224.0.0.251", "UnknownPrivate"],
  ["0.0.0.0", "10.0.1.4", "UnknownPrivate"],
  ["10.0.1.4", "255.255.255.255", "UnknownPrivate"],
  ["10.0.1.4", "192.0.2.1", "UnknownPrivate"],
  ["10.0.1.4", "2001:db8::1", "UnknownPrivate"],
  ["192.168.4.4", "172.17.0.1", "UnknownPrivate"],
  // One side mapped, the other public
  ["10.0.1.4", "20.60.4.1", "AzurePublic"],
  ["2603:1020::1", "10.0.1.4", "AzurePublic"],
  ["10.0.1.4", "20.60.4.9", "AzurePublic"],
  ["10.0.1.4", "168.63.129.16", "AzurePublic"],
  ["10.0.1.4", "20.60.5.1", "MaliciousFlow"],
  ["10.0.1.4", "20.60.5.2", "ExternalPublic"],
  ["10.0.1.4", "5.5.5.5", "MaliciousFlow"],
  ["5.5.5.6", "10.0.1.4", "MaliciousFlow"],
  ["2a00:bad::1", "fd00:1::1", "MaliciousFlow"],
  ["192.168.4.4", "5.5.5.5", "MaliciousFlow"],
  ["10.0.1.4", "9.9.9.9", "ExternalPublic"],
  ["10.0.1.4", "1.1.1.1", "ExternalPublic"],
  ["2a00:1450::1", "10.0.1.4", "ExternalPublic"],
  ["172.20.0.9", "1.1.1.1", "ExternalPublic"],
  // Neither
  ["1.1.1.1", "5.5.5.5", "Unknown"],
  ["172.17.0.1", "172.17.0.2", "Unknown"],
  ["fe80::1", "ff02::1", "Unknown"],
  ["20.60.4.1", "172.17.0.1", "Unknown"],
];

test("every pair of sides has the type that the order gives it, in both directions", () => {
  const rows = table.flatMap(([source, destination]) => [
    { source, destination },
    { source: destination, destination: source },
  ]);
  const { verdict, verdicts } = classify(batchOf(...rows));
  const types = Array.from(verdict, (index) => verdicts[index]?.flowType);
  const seen = table.map(([source, destination], index) => [
    `${source} ${destination}`,
    types[2 * index],
    types[2 * index + 1],
  ]);
  expect(seen).toEqual(
    table.map(([source, destination, wanted]) => [`${source} ${destination}`, wanted, wanted]),
  );
});

test("reasons name what decided, and the public side is told", () => {
  const reasons = (...pairs: [string, string][]): string[] => {
    const { verdict, verdicts } = classify(
      batchOf(...pairs.map(([source, destination]) => ({ source, destination }))),
    );
    return Array.from(verdict, (index) => {
      const { reason, publicSide } = verdicts[index] ?? { reason: "", publicSide: "" };
      return `[${publicSide}] ${reason}`;
    });
  };
  expect(
    reasons(
      ["10.0.1.4", "10.0.9.5"],
      ["10.0.1.4", "10.1.0.1"],
      ["192.168.1.1", "10.0.1.4"],
      ["10.0.1.4", "172.16.1.1"],
      ["172.20.0.9", "10.0.1.4"],
      ["10.0.1.4", "172.17.0.1"],
      ["10.0.1.4", "20.60.4.70"],
      ["10.0.1.4", "20.60.4.9"],
      ["5.5.5.5", "10.0.1.4"],
      ["5.5.6.7", "10.0.1.4"],
      ["10.0.1.4", "20.60.5.2"],
      ["10.0.1.4", "9.9.9.9"],
      ["1.1.1.1", "5.5.5.5"],
    ),
  ).toMatchInlineSnapshot(`
    [
      "[] Both addresses are in virtual network sub1/shop/hub: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is in virtual network sub1/shop/hub (10.0.0.0/16).",
      "[] The addresses are in two virtual networks, sub1/shop/hub and sub1/shop/spoke: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is in virtual network sub1/shop/spoke (10.1.0.0/16).",
      "[] An on-premises site takes part: the source is in site Hamburg (192.168.0.0/16) behind a VPN gateway, connection to-hamburg, the destination is in subnet shop/hub/web (10.0.1.0/24).",
      "[] An on-premises site takes part: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is in site Oslo (172.16.0.0/16) behind ExpressRoute, connection circuit1.",
      "[] A point-to-site client takes part: the source is in client pool laptops (172.20.0.0/24), the destination is in subnet shop/hub/web (10.0.1.0/24).",
      "[] The destination is not public and not in the topology: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is a private address (RFC 1918) in no known network.",
      "[destination] The destination is Azure's: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is an Azure public address of service tag Storage.WestEurope (20.60.4.0/24).",
      "[destination] The destination is Azure's: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is an Azure public address of service tag Storage.WestEurope (20.60.4.0/24), and also on threat list first as 20.60.4.9 (Botnet, seen attacking).",
      "[source] The source is on a threat list: the source is on threat list first as 5.5.5.5 (C2, seen attacking, first seen 2026-01-02T00:00:00.000Z), in no Azure range, the destination is in subnet shop/hub/web (10.0.1.0/24).",
      "[source] The source is on a threat list: the source is on threat list first as 5.5.6.0/24 (Botnet, seen attacking, first seen 2026-05-28T20:26:40.000Z), in no Azure range, the destination is in subnet shop/hub/web (10.0.1.0/24).",
      "[destination] The destination is on the Internet: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is a public address of one's own (20.60.5.0/28) and on no threat list.",
      "[destination] The destination is on the Internet: the source is in subnet shop/hub/web (10.0.1.0/24), the destination is a public address in no Azure range and on a threat list, which the allow list overrules.",
      "[both] Neither address is in a known virtual network, site or client pool: the source is a public address in no Azure range and on no threat list, the destination is on threat list first as 5.5.5.5 (C2, seen attacking, first seen 2026-01-02T00:00:00.000Z), in no Azure range.",
    ]
  `);
});

test("each side tells what is known of it", () => {
  const { endpoints } = classify(
    batchOf(
      { source: "10.0.1.4", destination: "20.60.4.70" },
      { source: "192.168.1.1", destination: "20.33.9.1" },
      { source: "5.5.5.5", destination: "20.60.5.200" },
    ),
  );
  const known = endpoints.map((endpoint) =>
    Object.fromEntries(
      Object.entries(endpoint).filter(
        ([, value]) => value !== "" && value !== 0 && value !== null && !Number.isNaN(value),
      ),
    ),
  );
  expect(known).toMatchInlineSnapshot(`
    [
      {
        "address": "10.0.1.4",
        "isPublic": false,
        "networkInterface": "shop/web1-nic",
        "region": "westeurope",
        "scaleSet": "shop/web",
        "subnet": "shop/hub/web",
        "subscription": "sub1",
        "virtualMachine": "shop/web1",
        "virtualNetwork": "sub1/shop/hub",
      },
      {
        "address": "20.60.4.70",
        "isPublic": true,
        "region": "westeurope",
        "serviceTag": "Storage.WestEurope",
      },
      {
        "address": "192.168.1.1",
        "connectionName": "to-hamburg",
        "connectionType": "VpnGateway",
        "isPublic": false,
        "site": "Hamburg",
      },
      {
        "address": "20.33.9.1",
        "isPublic": true,
        "serviceTag": "AzureFrontDoor.Frontend",
      },
      {
        "address": "5.5.5.5",
        "isPublic": true,
        "threat": {
          "description": "seen attacking",
          "entry": "5.5.5.5",
          "firstSeen": "2026-01-02T00:00:00.000Z",
          "list": "first",
          "listVersion": "1",
          "threatType": "C2",
        },
      },
      {
        "address": "20.60.5.200",
        "isPublic": true,
        "region": "westeurope",
        "serviceTag": "AzureCloud.westeurope",
      },
    ]
  `);
});
