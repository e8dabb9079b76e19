import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { createHosts } from "../../../src/server/hosts/hosts.ts";
import { openState } from "../../../src/state/state.ts";

test("a host that names its own region is there, with its interfaces and a watcher of that region", async () => {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-hosts-"));
  const state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  const subscription = "/subscriptions/0b1c2d3e-0000-4000-8000-00000000000b";
  const hosts = createHosts({
    state,
    subscription,
    resourceGroup: "g",
    location: "local",
    clock: systemClock,
  });
  const resourceId = hosts.resourceIdOf("web-1");
  await state.documents("hosts").put("host-1", { hostId: "host-1", resourceId });
  const facts = {
    hostName: "web-1",
    operatingSystem: "Linux",
    kernelRelease: "6.1",
    cpuCount: 1,
    memoryBytes: 1,
    networkNamespace: null,
    dumpcapVersion: null,
    interfaces: [
      { name: "eth0", index: 2, macAddress: "02:00:00:00:00:01", up: true, addresses: [] },
    ],
  };
  const locations = async () => {
    const all = await state.resources.list({ scope: subscription });
    return all
      .filter(({ type }) => !type.endsWith("resourceGroups"))
      .map(({ id, body }) => `${id.slice(id.lastIndexOf("/") + 1)} ${String(body["location"])}`);
  };
  await hosts.heard("host-1", { ...facts, location: "branch-2" });
  expect(await locations()).toEqual([
    "web-1 branch-2",
    "web-1-eth0 branch-2",
    "NetworkWatcher_branch-2 branch-2",
  ]);
  await hosts.heard("host-1", facts);
  expect(await locations()).toEqual([
    "web-1 local",
    "web-1-eth0 local",
    "NetworkWatcher_branch-2 branch-2",
    "NetworkWatcher_local local",
  ]);
  await state.close();
  await rm(directory, { recursive: true });
});
