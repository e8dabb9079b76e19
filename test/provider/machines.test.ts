import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { networkInterfaceType, recordMachine } from "../../src/provider/compute/machines.ts";
import { openState, type State } from "../../src/state/state.ts";

const group = "/subscriptions/S/resourceGroups/nightcap";

let directory: string;
let state: State;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-machines-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true });
});

const hear = (name: string, interfaces: readonly string[]): Promise<void> =>
  recordMachine(state, {
    resourceId: `${group}/providers/Microsoft.Compute/virtualMachines/${name}`,
    hostId: `host-${name}`,
    heardAt: 0,
    location: "local",
    facts: {
      hostName: name,
      operatingSystem: "Debian GNU/Linux 12",
      kernelRelease: "6.1.0",
      cpuCount: 1,
      memoryBytes: 1 << 30,
      networkNamespace: null,
      dumpcapVersion: null,
      interfaces: interfaces.map((interfaceName, index) => ({
        name: interfaceName,
        index,
        macAddress: "02:00:00:00:00:01",
        up: true,
        addresses: [],
      })),
    },
  });

const interfaceNames = async (): Promise<(string | undefined)[]> =>
  (await state.resources.list({ scope: group, type: networkInterfaceType })).map(({ id }) =>
    id.split("/").at(-1),
  );

test("an interface that a host has no more is no resource any more; other hosts keep theirs", async () => {
  await hear("a", ["lo", "eth0", "eth1"]);
  await hear("a-eth1", ["eth0"]);
  expect(await interfaceNames()).toEqual(["a-eth0", "a-eth1", "a-eth1-eth0"]);
  await hear("a", ["lo", "eth0", "eth2"]);
  expect(await interfaceNames()).toEqual(["a-eth0", "a-eth1-eth0", "a-eth2"]);
  await hear("a", []);
  expect(await interfaceNames()).toEqual(["a-eth1-eth0"]);
});
