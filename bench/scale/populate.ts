// A store as a large installation has it after some weeks: many hosts, many captures, most of them over.
import { randomUUID } from "node:crypto";
import type { HostFacts } from "../../src/common/host-facts.ts";
import { describePacketCapture, packetCaptureRequest } from "../../src/arm/packet-capture.ts";
import { packetCaptureType } from "../../src/provider/captures/capture-create.ts";
import type { CaptureSession } from "../../src/provider/captures/capture-session.ts";
import { sessionStore } from "../../src/provider/captures/session-store.ts";
import { recordMachine } from "../../src/provider/compute/machines.ts";
import { openState, type State } from "../../src/state/state.ts";

/** Rows written in one transaction. */
const batchCount = 250;

export interface Population {
  /** `/subscriptions/ID` */
  subscription: string;
  hostCount: number;
  captureCount: number;
  /** Captures that wait for their host; the others are finished. */
  activeCount: number;
}

export interface Host {
  hostId: string;
  machineId: string;
}

/** Fills the closed state file of a control plane. */
export async function populate(path: string, population: Population): Promise<Host[]> {
  const state = await openState({ kind: "sqlite", path });
  try {
    const hosts = await addHosts(state, population);
    await addCaptures(state, population, hosts);
    return hosts;
  } finally {
    await state.close();
  }
}

async function addHosts(state: State, { subscription, hostCount }: Population): Promise<Host[]> {
  const hosts: Host[] = [];
  for (let begin = 0; begin < hostCount; begin += batchCount) {
    await state.transact(async (inside) => {
      for (let index = begin; index < Math.min(begin + batchCount, hostCount); index++) {
        hosts.push(await addHost(inside, subscription, index));
      }
    });
  }
  return hosts;
}

async function addHost(state: State, subscription: string, index: number): Promise<Host> {
  const name = `host-${String(index).padStart(5, "0")}`;
  const resourceId = `${subscription}/resourceGroups/nightcap/providers/Microsoft.Compute/virtualMachines/${name}`;
  const hostId = randomUUID();
  const heardAt = Date.now();
  await state.documents("hosts").put(hostId, { hostId, name, resourceId, enrolledAt: heardAt });
  const facts = factsOf(name, index);
  await recordMachine(state, { resourceId, hostId, facts, heardAt, location: "local" });
  return { hostId, machineId: resourceId };
}

const factsOf = (hostName: string, index: number): HostFacts => ({
  hostName,
  operatingSystem: "Debian GNU/Linux 12 (bookworm)",
  kernelRelease: "6.1.0-28-amd64",
  cpuCount: 4,
  memoryBytes: 16 * 2 ** 30,
  networkNamespace: null,
  dumpcapVersion: "Dumpcap (Wireshark) 4.0.17",
  interfaces: [
    {
      name: "eth0",
      index: 2,
      macAddress: `02:00:00:00:${hexByte(index >> 8)}:${hexByte(index)}`,
      up: true,
      addresses: [{ address: `10.0.${index >> 8}.${index & 255}`, prefixLength: 16 }],
    },
  ],
});

const hexByte = (value: number): string => (value & 255).toString(16).padStart(2, "0");

async function addCaptures(
  state: State,
  population: Population,
  hosts: readonly Host[],
): Promise<void> {
  const { captureCount } = population;
  for (let begin = 0; begin < captureCount; begin += batchCount) {
    await state.transact(async (inside) => {
      for (let index = begin; index < Math.min(begin + batchCount, captureCount); index++) {
        const host = hosts[index % hosts.length];
        if (host) await addCapture(inside, { ...population, index }, host);
      }
    });
  }
}

async function addCapture(
  state: State,
  { subscription, index, activeCount }: Population & { index: number },
  { hostId, machineId }: Host,
): Promise<void> {
  const name = `capture-${String(index).padStart(6, "0")}`;
  const captureId = `${subscription}/resourceGroups/NetworkWatcherRG/providers/Microsoft.Network/networkWatchers/NetworkWatcher_local/packetCaptures/${name}`;
  const filePath = `/var/captures/${name}.cap`;
  const { properties: request } = packetCaptureRequest.parse({
    properties: {
      target: machineId,
      storageLocation: { filePath },
      filters: [{ protocol: "TCP", remotePort: "80;443" }],
    },
  });
  const body = { properties: describePacketCapture(request, "") };
  await state.resources.put({ id: captureId, type: packetCaptureType, body });
  const session: CaptureSession = {
    captureId,
    spec: {
      sessionId: randomUUID(),
      name,
      interfaces: [],
      filters: request.filters,
      bytesToCapturePerPacket: 0,
      totalBytesPerSession: 1_073_741_824,
      timeLimitInSeconds: 18_000,
      filePath,
      uploadUrl: null,
    },
    hostId,
    targetId: machineId,
    desired: "running",
    observed: null,
    verdict: null,
    storagePath: "",
    createdBy: { id: randomUUID(), name: "bench" },
    createdAt: Date.now(),
    desiredAt: Date.now(),
    commandedAt: null,
    started: false,
    result: null,
  };
  const sessions = sessionStore(state);
  await sessions.add([index < activeCount ? session : finished(session)]);
  if (index >= activeCount) {
    await sessions.update(session.spec.sessionId, (added) => ({ session: added, dueAt: null }));
  }
}

function finished(session: CaptureSession): CaptureSession {
  const { sessionId, filePath } = session.spec;
  return {
    ...session,
    started: true,
    commandedAt: session.createdAt,
    observed: {
      sessionId,
      revision: 9,
      status: "Stopped",
      stopReason: "TimeExceeded",
      errors: [],
      captureStartTime: new Date(session.createdAt).toISOString(),
      captureEndTime: new Date(session.createdAt).toISOString(),
      packets: 123_456,
      packetsDropped: 0,
      sizeBytes: 98_765_432,
      sha256: "ab".repeat(32),
      phase: "finished",
      filePath,
      uploaded: false,
    },
    result: {
      sha256Verified: true,
      reportPath: null,
      text: "A few lines of the report. ".repeat(20),
      packets: 123_456,
    },
  };
}
