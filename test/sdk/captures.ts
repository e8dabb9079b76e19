import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { PacketCapture, PacketCaptureQueryStatusResult } from "@azure/arm-network";
import { all, type Check, refusalOf } from "./check.ts";
import type { Clients } from "./clients.ts";

const group = "NetworkWatcherRG";
const watcher = "NetworkWatcher_local";
const polling = { updateIntervalInMs: 200 };
const endTimeoutMilliseconds = 30_000;

export const storageIdOf = ({ target }: Clients): string =>
  `/subscriptions/${target.subscriptionId}/resourceGroups/nightcap/providers/Microsoft.Storage/storageAccounts/nightcapstore`;

const create = ({ network }: Clients, name: string, request: PacketCapture) =>
  network.packetCaptures.beginCreateAndWait(group, watcher, name, request, polling);

const remove = ({ network }: Clients, name: string): Promise<void> =>
  network.packetCaptures.beginDeleteAndWait(group, watcher, name, polling);

async function statusWhen(
  { network }: Clients,
  name: string,
  isWanted: (status: string | undefined) => boolean,
): Promise<PacketCaptureQueryStatusResult> {
  const deadline = Date.now() + endTimeoutMilliseconds;
  for (;;) {
    const status = await network.packetCaptures.beginGetStatusAndWait(
      group,
      watcher,
      name,
      polling,
    );
    if (isWanted(status.packetCaptureStatus)) return status;
    assert.ok(Date.now() < deadline, `capture ${name} stays ${JSON.stringify(status)}`);
    await sleep(100);
  }
}

const statusWhenEnded = (clients: Clients, name: string): Promise<PacketCaptureQueryStatusResult> =>
  statusWhen(clients, name, (status) => status !== "NotStarted" && status !== "Running");

/** A capture that is stopped before its host has begun leaves no file. */
const untilRuns = (clients: Clients, name: string): Promise<PacketCaptureQueryStatusResult> =>
  statusWhen(clients, name, (status) => status === "Running");

/** The size of a file that a host leaves a moment after it has stopped. */
async function sizeOf(path: string): Promise<number> {
  const deadline = Date.now() + endTimeoutMilliseconds;
  for (;;) {
    const found = await stat(path).catch(() => null);
    if (found) return found.size;
    assert.ok(Date.now() < deadline, `there is no file ${path}`);
    await sleep(50);
  }
}

/** arm-network: watchers, and packet captures through their whole life. */
export const captureChecks: readonly Check[] = [
  {
    name: "arm-network: the region's watcher, in all lists, with tags",
    async run({ network: { networkWatchers } }) {
      for (const list of [networkWatchers.listAll(), networkWatchers.list(group)]) {
        assert.deepEqual(
          (await all(list)).map(({ name }) => name),
          [watcher],
        );
      }
      await networkWatchers.updateTags(group, watcher, { tags: { team: "net" } });
      const found = await networkWatchers.get(group, watcher);
      assert.deepEqual(found.tags, { team: "net" });
      assert.equal(found.provisioningState, "Succeeded");
    },
  },
  {
    name: "arm-network: a capture into storage ends with its time",
    async run(clients) {
      const made = await create(clients, "sdk-stored", {
        target: clients.target.machineId,
        timeLimitInSeconds: 1,
        storageLocation: { storageId: storageIdOf(clients) },
      });
      assert.equal(made.provisioningState, "Succeeded");
      assert.equal(made.totalBytesPerSession, 1_073_741_824);
      assert.match(made.storageLocation?.storagePath ?? "", /packetcapture_[\d_]+\.cap$/);
      const { packetCaptureStatus, stopReason, packetCaptureError, captureStartTime } =
        await statusWhenEnded(clients, "sdk-stored");
      assert.equal(packetCaptureStatus, "Stopped");
      assert.equal(stopReason, "TimeExceeded");
      assert.deepEqual(packetCaptureError, []);
      assert.ok(captureStartTime instanceof Date);
    },
  },
  {
    name: "arm-network: a filtered capture into a file, stopped by hand",
    async run(clients) {
      const { target, network } = clients;
      const filePath = `${target.fileRoot}/sdk.cap`;
      const made = await create(clients, "sdk-local", {
        target: target.machineId,
        bytesToCapturePerPacket: 128,
        filters: [{ protocol: "TCP", remotePort: "80;443" }],
        storageLocation: { filePath },
      });
      assert.deepEqual(made.filters, [{ protocol: "TCP", remotePort: "80;443" }]);
      await untilRuns(clients, "sdk-local");
      await sleep(300); // for packets
      const { packetCaptures } = network;
      await packetCaptures.beginStopAndWait(group, watcher, "sdk-local", polling);
      const { stopReason, packetCaptureError } = await statusWhenEnded(clients, "sdk-local");
      assert.deepEqual([stopReason, packetCaptureError], ["Manual", []]);
      assert.ok((await sizeOf(filePath)) > 100);
      // Stopping a stopped one is no error.
      await packetCaptures.beginStopAndWait(group, watcher, "sdk-local", polling);
    },
  },
  {
    name: "arm-network: list, get in any case, and delete",
    async run(clients) {
      const { packetCaptures } = clients.network;
      const names = (await all(packetCaptures.list(group, watcher))).map(({ name }) => name);
      assert.deepEqual(new Set(names), new Set(["sdk-local", "sdk-stored"]));
      const found = await packetCaptures.get(
        group.toUpperCase(),
        watcher.toLowerCase(),
        "SDK-LOCAL",
      );
      assert.equal(found.name, "sdk-local");
      await remove(clients, "sdk-local");
      const gone = packetCaptures.get(group, watcher, "sdk-local");
      assert.deepEqual(await refusalOf(gone), { status: 404, code: "ResourceNotFound" });
      await remove(clients, "sdk-local");
    },
  },
  {
    name: "arm-network: a flow log through its life",
    async run(clients) {
      const { flowLogs, networkInterfaces, networkWatchers } = clients.network;
      const [first] = await all(networkInterfaces.listAll());
      const request = {
        location: "local",
        targetResourceId: first?.id ?? "",
        storageId: storageIdOf(clients),
        enabled: true,
      };
      const made = await flowLogs.beginCreateOrUpdateAndWait(
        group,
        watcher,
        "sdk",
        request,
        polling,
      );
      assert.equal(made.provisioningState, "Succeeded");
      assert.deepEqual(made.retentionPolicy, { days: 0, enabled: false });
      const tagged = await flowLogs.updateTags(group, watcher, "sdk", { tags: { team: "net" } });
      assert.deepEqual(tagged.tags, { team: "net" });
      const kept = await flowLogs.beginCreateOrUpdateAndWait(
        group,
        watcher,
        "sdk",
        { ...tagged, enabled: false, retentionPolicy: { days: 3, enabled: true } },
        polling,
      );
      assert.deepEqual(
        [kept.enabled, kept.retentionPolicy, kept.tags],
        [false, { days: 3, enabled: true }, { team: "net" }],
      );
      const status = await networkWatchers.beginGetFlowLogStatusAndWait(group, watcher, {
        targetResourceId: request.targetResourceId,
      });
      assert.deepEqual([status.enabled, status.storageId], [false, request.storageId]);
      assert.equal((await all(flowLogs.list(group, watcher))).length, 1);
      await flowLogs.beginDeleteAndWait(group, watcher, "sdk", polling);
      const gone = flowLogs.get(group, watcher, "sdk");
      assert.deepEqual(await refusalOf(gone), { status: 404, code: "ResourceNotFound" });
    },
  },
  {
    name: "arm-network: a running capture is stopped by its deletion",
    async run(clients) {
      await create(clients, "sdk-running", {
        target: clients.target.machineId,
        storageLocation: { filePath: `${clients.target.fileRoot}/running.cap` },
      });
      await untilRuns(clients, "sdk-running");
      await remove(clients, "sdk-running");
      await remove(clients, "sdk-stored");
      const left = await all(clients.network.packetCaptures.list(group, watcher));
      assert.deepEqual(left, []);
    },
  },
];
