// The API and what is known of hosts over a real store; the test plays the agents.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { silentLog } from "../../../src/common/log.ts";
import { recordMachine } from "../../../src/provider/compute/machines.ts";
import type { EventSubject } from "../../../src/server/events/event-kinds.ts";
import { createHosts, type Hosts } from "../../../src/server/hosts/hosts.ts";
import { hostRoutes } from "../../../src/server/hosts/hosts-api.ts";
import { type HostStates, openHostStates } from "../../../src/server/hosts/host-states.ts";
import { seenHosts } from "../../../src/server/hosts/seen-hosts.ts";
import { askRoutes } from "../ask-routes.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { agentMessage, type ServerMessage } from "../../../src/uplink/messages.ts";
import { hostStateOf, recordedInterface, recorder } from "../../common/host-states.ts";

const hostId = "5f2b8f6f-0000-4000-8000-000000000001";
const facts = {
  hostName: "web-1.example.com",
  operatingSystem: "Debian",
  kernelRelease: "6.1.0",
  cpuCount: 2,
  memoryBytes: 4_000_000_000,
  networkNamespace: null,
  dumpcapVersion: "Dumpcap 4",
  interfaces: [
    {
      name: "lo",
      index: 1,
      macAddress: "",
      up: true,
      addresses: [{ address: "127.0.0.1", prefixLength: 8 }],
    },
    {
      name: "eth0",
      index: 2,
      macAddress: "02:00:00:00:00:01",
      up: true,
      addresses: [
        { address: "10.0.0.4", prefixLength: 24 },
        { address: "fe80::1", prefixLength: 64 },
      ],
    },
  ],
};

let directory: string;
let state: State;
let hosts: Hosts;
let hostStates: HostStates;
let now: number;
const connected = new Map<string, number>();
let told: ServerMessage[];
let dropped: string[];
let published: EventSubject[];
const clock = { now: () => now, sleep: async () => {} };

async function openStates(): Promise<HostStates> {
  const opened = await openHostStates({
    state,
    hosts,
    clock,
    log: silentLog,
    publish: (subject) => published.push(subject),
  });
  opened.start({
    isConnected: (id) => connected.has(id),
    protocolVersionOf: (id) => connected.get(id) ?? null,
    tell: (_, message) => told.push(message),
    drop: (id) => dropped.push(id),
  });
  return opened;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-hosts-api-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  now = Date.UTC(2026, 10, 22, 2, 0, 0);
  [told, dropped, published] = [[], [], []];
  connected.clear();
  hosts = createHosts({
    state,
    subscription: "/subscriptions/s",
    resourceGroup: "g",
    location: "x",
    clock,
  });
  const resourceId = hosts.resourceIdOf("web-1");
  const record = { hostId, name: "web-1", resourceId, enrolledAt: now };
  await state.documents("hosts").put(hostId, record);
  await recordMachine(state, { resourceId, hostId, facts, heardAt: now, location: "x" });
  hostStates = await openStates();
});
afterEach(async () => {
  vi.useRealTimers();
  await hostStates.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

async function ask(path: string) {
  const onHostRemoved = async (): Promise<void> => {};
  const routes = hostRoutes({ state, hostStates, clock, hosts, onHostRemoved, log: silentLog });
  const answer = await askRoutes(routes, ["GET", `/nightcap/v1${path}`]);
  return JSON.parse(answer?.text ?? "null") as Record<string, unknown>;
}

async function connect(protocolVersion = 7): Promise<void> {
  connected.set(hostId, protocolVersion);
  await hostStates.hello(hostId, { agentVersion: "0.1.0", protocolVersion });
}

test("a host that has joined and was never heard of waits", async () => {
  const { value, count } = await ask("/hosts");
  expect(count).toBe(1);
  expect(value).toMatchObject([
    { name: "web-1", state: "waiting", since: null, lastSeenTime: null, ring: null, told: null },
  ]);
});

test("a host that connects is asked how it stands, and what it says is shown by the control plane's clock", async () => {
  await connect();
  expect(told).toEqual([{ type: "hostStateWanted" }]);
  hostStates.observe(hostId, hostStateOf());
  expect(await ask("/hosts/web-1")).toMatchInlineSnapshot(`
    {
      "addresses": [
        "10.0.0.4",
      ],
      "agent": {
        "clockOffsetMilliseconds": 3,
        "cpuShare": 0.02,
        "droppedCount": 0,
        "memoryBytes": 80000000,
        "startTime": "2026-11-22T01:58:30.000Z",
        "waitingCount": 0,
      },
      "agentVersion": "0.1.0",
      "blockCount": 0,
      "captureCount": 0,
      "captures": [],
      "certificateEndTime": "2027-01-01T00:00:00.000Z",
      "cpuCount": 2,
      "dumpcapVersion": "Dumpcap 4",
      "flowLogging": null,
      "hostName": "web-1.example.com",
      "interfaces": [
        {
          "addresses": [
            "127.0.0.1/8",
          ],
          "isRecorded": false,
          "macAddress": "",
          "name": "lo",
          "rates": null,
          "up": true,
        },
        {
          "addresses": [
            "10.0.0.4/24",
            "fe80::1/64",
          ],
          "isRecorded": true,
          "macAddress": "02:00:00:00:00:01",
          "name": "eth0",
          "rates": {
            "bytesInPerSecond": 1000,
            "bytesOutPerSecond": 2000,
            "packetsInPerSecond": 10,
            "packetsOutPerSecond": 20,
          },
          "up": true,
        },
      ],
      "isTooOld": false,
      "kernel": "6.1.0",
      "lastSeenTime": "2026-11-22T02:00:00.000Z",
      "memoryBytes": 4000000000,
      "name": "web-1",
      "networkNamespace": null,
      "operatingSystem": "Debian",
      "resourceId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web-1",
      "ring": {
        "bytesPerSecond": 1000,
        "cpuShare": 0.01,
        "cpuShareMax": null,
        "directory": "/dev/shm/ring",
        "filter": "",
        "heldBytes": 0,
        "heldSizeBytesMax": 67108864,
        "interfaces": [
          {
            "bytesPerSecond": 1000,
            "drops": null,
            "isRecorded": true,
            "isWhole": false,
            "missingSeconds": 0,
            "name": "eth0",
            "packets": 100,
            "packetsPerSecond": 10,
            "reachSeconds": 60,
            "reachesBackTo": "2026-11-22T01:59:00.000Z",
            "sizeBytes": 5000,
            "trouble": null,
          },
        ],
        "isInMemory": true,
        "kernelBufferBytes": 16777216,
        "off": null,
        "on": true,
        "packetsPerSecond": 10,
        "reachSeconds": 60,
        "reachesBackTo": "2026-11-22T01:59:00.000Z",
        "recordedCount": 1,
        "sizeBytes": 5000,
        "sizeBytesMax": 67108864,
        "snapLengthBytes": 512,
        "troubleCount": 0,
        "unwatched": [],
      },
      "since": "2026-11-22T02:00:00.000Z",
      "state": "connected",
      "told": "2026-11-22T02:00:00.000Z",
    }
  `);
});

test("one that is too old to tell says so, and is not asked", async () => {
  await connect(5);
  expect(told).toEqual([]);
  const { value } = await ask("/hosts");
  expect(value).toMatchObject([{ state: "connected", isTooOld: true, told: null, ring: null }]);
});

test("without a flight recorder it is said why", async () => {
  await connect();
  const off = { code: "failed" as const, message: "another process has the folder" };
  hostStates.observe(hostId, hostStateOf({ recorder: null, recorderOff: off }));
  expect((await ask("/hosts/web-1"))["ring"]).toEqual({ on: false, off });
});

test("when a host was last seen outlives a restart of the control plane, what it told does not", async () => {
  await connect();
  hostStates.observe(hostId, hostStateOf());
  now += 5_000;
  connected.clear();
  hostStates.away(hostId);
  now += 60_000;
  await hostStates.close();
  hostStates = await openStates();
  expect((await ask("/hosts"))["value"]).toMatchObject([
    {
      state: "away",
      since: "2026-11-22T02:00:05.000Z",
      lastSeenTime: "2026-11-22T02:00:05.000Z",
      agentVersion: "0.1.0",
      told: null,
    },
  ]);
});

test("a change is an event at once; figures of all hosts are one event in a quarter of a minute", async () => {
  vi.useFakeTimers();
  await connect();
  const resourceId = hosts.resourceIdOf("web-1");
  hostStates.observe(hostId, hostStateOf());
  expect(published).toEqual([{ kind: "host", id: resourceId, change: "put" }]);
  for (let sizeBytes = 0; sizeBytes < 100; sizeBytes++)
    hostStates.observe(hostId, hostStateOf({ recorder: recorder({ sizeBytes }) }));
  await vi.advanceTimersByTimeAsync(15_000);
  expect(published.slice(1)).toEqual([{ kind: "host", id: "/nightcap/v1/hosts", change: "put" }]);
  const trouble = recordedInterface({ trouble: "no dumpcap", isRecorded: false });
  hostStates.observe(hostId, hostStateOf({ recorder: recorder({ interfaces: [trouble] }) }));
  expect(published.length).toBe(3);
});

test("a host that is removed is cut off, and what it says later is not kept", async () => {
  await connect();
  await hosts.remove("web-1");
  await hostStates.forget(hostId);
  expect(dropped).toEqual([hostId]);
  hostStates.observe(hostId, hostStateOf());
  await hostStates.close();
  expect(await seenHosts(state).list()).toEqual([]);
  expect(await ask("/hosts")).toEqual({ value: [], count: 0 });
  await expect(ask("/hosts/web-1")).rejects.toThrow('no host named "web-1"');
});

test.each(["0", "5001", "x", "-1", "1e3"])("limit %s is refused", async (limit) => {
  await expect(ask(`/hosts?limit=${limit}`)).rejects.toThrow("is not a whole number from 1 to");
});

test("what is not well formed ends the message, not the types inside", () => {
  const message = { type: "hostObserved", state: hostStateOf() };
  expect(agentMessage.safeParse(message).success).toBe(true);
  const many = Array.from({ length: 65 }, () => recordedInterface());
  for (const wrong of [
    hostStateOf({ recorder: recorder({ sizeBytes: -1 }) }),
    hostStateOf({ recorder: recorder({ interfaces: many }) }),
    hostStateOf({ recorderOff: { code: "failed", message: "x".repeat(1_001) } }),
  ]) {
    expect(agentMessage.safeParse({ ...message, state: wrong }).success).toBe(false);
  }
});
