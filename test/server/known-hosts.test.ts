import { afterAll, beforeAll, expect, test } from "vitest";
import { join } from "node:path";
import { type MachineRecord, machineRecords } from "../../src/provider/compute/machines.ts";
import { createKnownHosts } from "../../src/server/known-hosts.ts";
import { openState, type State } from "../../src/state/state.ts";
import {
  makeDirectory,
  makeTestClock,
  removeDirectory,
  type TestClock,
} from "../provider/control-plane.ts";

const idOf = (name: string) =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/${name}`;
const record = (name: string, hostName: string, addresses: string[]): MachineRecord => ({
  resourceId: idOf(name),
  hostId: name,
  heardAt: 0,
  facts: {
    hostName,
    operatingSystem: "",
    kernelRelease: "",
    cpuCount: 1,
    memoryBytes: 0,
    networkNamespace: null,
    dumpcapVersion: null,
    interfaces: [
      {
        name: "eth0",
        index: 1,
        macAddress: "",
        up: true,
        addresses: addresses.map((address) => ({ address, prefixLength: 24 })),
      },
    ],
  },
});

let directory: string;
let state: State;
let clock: TestClock;
const put = async (machine: MachineRecord) =>
  void (await machineRecords(state).put(machine.resourceId.toLowerCase(), machine));

beforeAll(async () => {
  directory = await makeDirectory();
  state = await openState({ kind: "sqlite", path: join(directory, "hosts.db") });
  clock = makeTestClock();
  await put(
    record("vm-1", "web-1.example.com", ["192.0.2.4", "2001:db8::4", "172.17.0.1", "127.0.0.1"]),
  );
  await put(record("vm-2", "db-1", ["192.0.2.5", "172.17.0.1", "fe80::1"]));
  await put({ ...record("vm-3", "", []), facts: null });
});
afterAll(async () => {
  await state.close();
  await removeDirectory(directory);
});

const aliases = {
  "edge.example.net": "DB-1",
  "10.9.9.9": "vm-1",
  loop: "loop",
  direct: idOf("vm-3"),
};
const find = (name: string) => createKnownHosts({ state, aliases, clock }).find(name);

test.each([
  ["VM-1", "vm-1"],
  ["web-1.example.com", "vm-1"],
  ["web-1.example.com.", "vm-1"],
  ["web-1", "vm-1"],
  ["db-1", "vm-2"],
  ["db-1.any.domain", "vm-2"],
  ["vm-3", "vm-3"],
  ["192.0.2.4", "vm-1"],
  ["::ffff:192.0.2.5", "vm-2"],
  ["2001:DB8:0:0::4", "vm-1"],
  ["edge.example.net", "vm-2"],
  ["10.9.9.9", "vm-1"],
  ["direct", "vm-3"],
])("%s is %s", async (name, machine) => {
  expect(await find(name)).toEqual({ kind: "found", resourceId: idOf(machine) });
});

test.each([
  "web-1.other.org",
  "127.0.0.1",
  "fe80::1",
  "localhost",
  "192.0.2",
  "",
  "loop",
  "constructor",
])("%j is nobody", async (name) => {
  expect(await find(name)).toEqual({ kind: "unknown" });
});

test("an address of two hosts is neither's", async () => {
  expect(await find("172.17.0.1")).toEqual({ kind: "ambiguous", hostCount: 2 });
});

test("a host that joins is known two seconds later", async () => {
  const hosts = createKnownHosts({ state, aliases: {}, clock });
  expect((await hosts.find("new-1")).kind).toBe("unknown");
  await put(record("vm-4", "new-1", []));
  expect((await hosts.find("new-1")).kind).toBe("unknown");
  clock.advance(2_001);
  expect((await hosts.find("new-1")).kind).toBe("found");
});
