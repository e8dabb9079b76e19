// The topology of ARM's resources, as traffic is classed by it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordMachine } from "../../../src/provider/compute/machines.ts";
import { readTopology } from "../../../src/server/flows/topology-snapshot.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { createTopology } from "../../../src/traffic/topology/topology.ts";

const subscription = "/subscriptions/0b1c2d3e-0000-4000-8000-00000000000b";
let directory: string;
let state: State;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-topology-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

const putNetwork = (name: string, prefix: string, subnet: string) =>
  state.resources.put({
    id: `${subscription}/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/${name}`,
    type: "Microsoft.Network/virtualNetworks",
    body: {
      location: "local",
      tags: {},
      properties: {
        resourceGuid: "0b1c2d3e-0000-4000-8000-00000000000d",
        addressSpace: { addressPrefixes: [prefix] },
        subnets: [{ name: "one", properties: { addressPrefixes: [subnet] } }],
      },
    },
  });

test("networks and hosts become a topology, and networks that overlap are scopes of their own", async () => {
  await putNetwork("net", "192.0.2.0/24", "192.0.2.0/28");
  await putNetwork("a", "10.0.0.0/8", "10.0.0.0/24");
  await putNetwork("b", "10.1.0.0/16", "10.1.0.0/24");
  const address = (text: string) => [{ address: text, prefixLength: 24 }];
  await recordMachine(state, {
    resourceId: `${subscription}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web`,
    hostId: "h",
    heardAt: 0,
    location: "local",
    facts: {
      hostName: "web",
      operatingSystem: "",
      kernelRelease: "",
      cpuCount: 1,
      memoryBytes: 1,
      networkNamespace: null,
      dumpcapVersion: null,
      interfaces: [
        {
          name: "eth0",
          index: 2,
          macAddress: "02:00:00:00:00:01",
          up: true,
          addresses: address("192.0.2.4"),
        },
        {
          name: "tun0",
          index: 3,
          macAddress: "0.0.0.0",
          up: true,
          addresses: address("203.0.113.4"),
        },
      ],
    },
  });
  const topology = await readTopology(state, subscription);
  const scopes = Object.fromEntries(
    (topology.virtualNetworks ?? []).map(({ name, scope = "" }) => [name, scope]),
  );
  expect(scopes["net"]).toBe("");
  expect(new Set([scopes["a"], scopes["b"], ""]).size).toBe(3);
  expect(topology.hosts).toMatchObject([
    { name: "web", networkInterface: "web-eth0", virtualNetwork: "net", addresses: ["192.0.2.4"] },
    { name: "web", networkInterface: "web-tun0", virtualNetwork: "", macAddress: "" },
  ]);
  expect(createTopology(topology).scopes).toHaveLength(3);
});
