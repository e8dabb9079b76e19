import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { HostStateReader } from "../../src/agent/host-state.ts";
import { type HostTelling, openHostTelling } from "../../src/agent/host-telling.ts";
import { type HostState, hostState } from "../../src/common/host-state.ts";
import type { HostSample } from "../../src/metric/sample.ts";
import { agentMessage, type AgentMessage } from "../../src/uplink/messages.ts";
import { hostStateOf, recordedInterface, recorder } from "../common/host-states.ts";

let telling: HostTelling | undefined;
afterEach(() => telling?.close());

function playChannel() {
  const sent: AgentMessage[] = [];
  const channel = {
    sent,
    send: async (message: AgentMessage) => void sent.push(agentMessage.parse(message)),
    unacknowledgedCount: 0,
    clockOffsetMilliseconds: null,
    closed: new Promise<string>(() => {}),
  };
  return channel;
}

function openTelling(first: HostState, figuresMilliseconds: number) {
  const now = { state: first };
  telling = openHostTelling({ read: () => now.state, lookMilliseconds: 5, figuresMilliseconds });
  return { now, telling };
}

test("nothing is told to a control plane that has not asked, which would end the connection", async () => {
  const { telling: open } = openTelling(hostStateOf(), 60_000);
  const channel = playChannel();
  open.connected(channel);
  await sleep(40);
  expect(channel.sent).toEqual([]);
  open.wanted();
  await vi.waitFor(() => expect(channel.sent.length).toBe(1), 30_000);
});

test("a change is told at once; figures wait", async () => {
  const { now, telling: open } = openTelling(hostStateOf(), 60_000);
  const channel = playChannel();
  open.connected(channel);
  open.wanted();
  await vi.waitFor(() => expect(channel.sent.length).toBe(1), 30_000);
  now.state = hostStateOf({ recorder: recorder({ sizeBytes: 9_999 }) });
  await sleep(40);
  expect(channel.sent.length).toBe(1);
  const trouble = recordedInterface({ isRecorded: false, trouble: "it rests" });
  now.state = hostStateOf({ recorder: recorder({ interfaces: [trouble] }) });
  await vi.waitFor(() => expect(channel.sent.length).toBe(2), 30_000);
  await sleep(40);
  expect(channel.sent.length).toBe(2);
});

test("figures are told now and then, and all of it anew on each connection that asks", async () => {
  const { telling: open } = openTelling(hostStateOf(), 20);
  const first = playChannel();
  open.connected(first);
  open.wanted();
  await vi.waitFor(() => expect(first.sent.length).toBeGreaterThan(2), 30_000);
  const second = playChannel();
  open.connected(second);
  const before = first.sent.length;
  await sleep(40);
  expect(first.sent.length).toBe(before);
  open.wanted();
  await vi.waitFor(() => expect(second.sent[0]).toMatchObject({ type: "hostObserved" }), 30_000);
});

const sampleOf = (time: number, bytesIn: number, bootId = "b"): HostSample => ({
  time,
  bootId,
  cpu: { busyTicks: 0, totalTicks: 0 },
  memoryAvailableBytes: 0,
  disk: { readBytes: 0, writtenBytes: 0, readOperations: 0, writeOperations: 0 },
  interfaces: [{ name: "eth0", bytesIn, bytesOut: 0, packetsIn: 0, packetsOut: 0 }],
});

test("rates are of the samples between two looks, and a counter that began anew counts as still", () => {
  const reader = new HostStateReader({
    flight: { recorder: null, off: { code: "turnedOff", message: "" } },
    spool: { waitingCount: 2, droppedCount: 1 },
    certificateEndsAt: () => 5,
    clockOffsetMilliseconds: () => null,
  });
  const bytesIn = () =>
    hostState.parse(reader.read()).interfaces.map((each) => each.bytesInPerSecond);
  expect(bytesIn()).toEqual([]);
  reader.sampled(sampleOf(10_000, 500));
  expect(bytesIn()).toEqual([0]);
  reader.sampled(sampleOf(12_000, 2_500));
  expect(bytesIn()).toEqual([1_000]);
  reader.sampled(sampleOf(14_000, 100));
  expect(bytesIn()).toEqual([0]);
  reader.sampled(sampleOf(16_000, 9_000_000, "another boot"));
  expect(bytesIn()).toEqual([0]);
  expect(reader.read()).toMatchObject({
    recorder: null,
    recorderOff: { code: "turnedOff" },
    agent: { certificateEndsAt: 5, waitingCount: 2, droppedCount: 1 },
  });
  expect(reader.read().agent.memoryBytes).toBeGreaterThan(1_000_000);
});
