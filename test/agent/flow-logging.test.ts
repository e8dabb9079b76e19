// Flow logs on a host, with a meter and a control plane that the test plays.
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openFlowLogging } from "../../src/agent/flow-logging.ts";
import type { MeteredRecord, MeterHealth, StartMeter } from "../../src/agent/flow-logs.ts";
import type { MeteredTold } from "../../src/agent/told-flows.ts";
import type { FlowLogSpec } from "../../src/common/flow-log-spec.ts";
import { silentLog } from "../../src/common/log.ts";
import type { AgentMessage } from "../../src/uplink/messages.ts";

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "nightcap-flows-"))));
afterEach(() => rm(directory, { recursive: true, force: true }));

const id = "/subscriptions/s/flowLogs/log";
const spec = (change: Partial<FlowLogSpec> = {}): FlowLogSpec => ({
  id,
  guid: "0b1c2d3e-0000-4000-8000-00000000000c",
  targetId: "/subscriptions/s/nic",
  interfaces: ["eth0"],
  aclId: null,
  recordTypes: ["B", "C", "E", "D"],
  criteria: null,
  ...change,
});
const wanted = (revision: string, ...flowLogs: FlowLogSpec[]) => ({
  revision: revision.repeat(16),
  flowLogs,
});
const record = (...flowTuples: string[]): MeteredRecord => ({
  flowLogId: id,
  tupleCount: flowTuples.length,
  text: JSON.stringify({
    flowLogResourceID: id.toUpperCase(),
    flowRecords: { flows: [{ aclID: "a", flowGroups: [{ rule: "r", flowTuples }] }] },
  }),
});
const begin = "1,10.0.0.4,192.0.2.1,1024,443,6,O,B,NX,0,0,0,0";
const deny = "1,10.0.0.4,192.0.2.1,1024,23,6,O,D,NX,1,60,0,0";

/** A meter that does what the test says. */
function playMeter() {
  const meter = {
    starts: [] as (readonly FlowLogSpec[])[],
    changes: [] as (readonly FlowLogSpec[])[],
    failure: null as Error | null,
    give: async (_records: readonly MeteredRecord[], _told?: MeteredTold): Promise<void> => {},
    health: (_health: MeterHealth): void => {},
    closed: 0,
  };
  const start: StartMeter = async (options) => {
    if (meter.failure) throw meter.failure;
    meter.starts.push(options.flowLogs);
    meter.give = (records, told) => options.onRecords(records, told);
    meter.health = (health) => options.onHealth(health);
    options.onHealth({ engine: "conntrack", problem: null, lostCount: 0 });
    return {
      setFlowLogs: (next) => void meter.changes.push(next),
      ended: new Promise(() => {}),
      close: async () => void meter.closed++,
    };
  };
  return { meter, start };
}

/** The control plane's end of one connection. */
function playChannel() {
  const sent: AgentMessage[] = [];
  let end = (_reason: string): void => {};
  const closed = new Promise<string>((resolve) => (end = resolve));
  return {
    sent,
    end,
    channel: {
      send: async (message: AgentMessage) => void sent.push(message),
      unacknowledgedCount: 0,
      clockOffsetMilliseconds: null,
      closed,
    },
    flows: () => sent.flatMap((message) => (message.type === "flows" ? [message] : [])),
  };
}

const open = (start: StartMeter, spoolSizeBytesMax = 1 << 20) =>
  openFlowLogging({
    directory,
    spoolSizeBytesMax,
    identity: "here",
    startMeter: start,
    log: silentLog,
  });
const until = <Value>(look: () => Value) => vi.waitFor(look, { timeout: 5_000, interval: 5 });

test("what was asked for is recorded, sent when the control plane asked on this connection, and repeated until it is taken", async () => {
  const { meter, start } = playMeter();
  const logging = await open(start);
  await logging.set(wanted("a", spec()));
  await until(() => expect(meter.starts).toHaveLength(1));
  await meter.give([record(begin)]);
  const first = playChannel();
  logging.connected(first.channel);
  await meter.give([record(deny)]);
  expect(first.flows()).toEqual([]);
  await logging.set(wanted("a", spec()));
  await until(() => expect(first.flows()).toHaveLength(1));
  const [message] = first.flows();
  expect(message?.batches.map(({ records }) => records)).toEqual([
    [record(begin).text],
    [record(deny).text],
  ]);
  // Not taken, for want of room: the same again after the pause that was asked for.
  const stream = message?.stream ?? "";
  const answer = { type: "flowsTaken", stream, sequence: null, retryAfterMilliseconds: 0 } as const;
  logging.answered(answer);
  await until(() => expect(first.flows()).toHaveLength(2));
  first.end("lost");
  const second = playChannel();
  logging.connected(second.channel);
  await logging.set(wanted("a", spec()));
  await until(() => expect(second.flows()).toHaveLength(1));
  expect(second.flows()[0]?.batches).toEqual(message?.batches);
  logging.answered({ ...answer, sequence: message?.batches.at(-1)?.sequence ?? 0 });
  await until(() => expect(logging.state()).toMatchObject({ waitingCount: 0, droppedCount: 0 }));
  expect(logging.state().flowLogs).toMatchObject([{ id, records: 2, tuples: 2 }]);
  await logging.close();
});

test("it goes on after a restart without the control plane, with numbers that grow", async () => {
  const { meter, start } = playMeter();
  let logging = await open(start);
  await logging.set(wanted("a", spec()));
  await until(() => expect(meter.starts).toHaveLength(1));
  await meter.give([record(begin)]);
  await logging.close();
  logging = await open(start);
  await until(() => expect(meter.starts).toHaveLength(2));
  await meter.give([record(deny)]);
  expect(logging.state()).toMatchObject({ revision: "a".repeat(16), waitingCount: 2 });
  const { channel, flows } = playChannel();
  logging.connected(channel);
  await logging.set(wanted("a", spec()));
  await until(() => expect(flows()).toHaveLength(1));
  const sequences = flows()[0]?.batches.map(({ sequence }) => sequence) ?? [];
  expect(sequences).toEqual([1, 2 ** 32 + 1]);
  await logging.close();
});

test("what records tell is kept with them, and not without them", async () => {
  const { meter, start } = playMeter();
  const logging = await open(start);
  await logging.set(wanted("a", spec()));
  await until(() => expect(meter.starts).toHaveLength(1));
  const told = { isWhole: true, bytes: Buffer.from("all") };
  const files = async (): Promise<string[]> => (await readdir(directory)).toSorted();
  await rm(join(directory, "flows", "batches"), { recursive: true });
  await expect(meter.give([record(begin)], told)).rejects.toThrow("ENOENT");
  expect(await files()).toEqual(["flow-logs.json", "flows"]);
  await mkdir(join(directory, "flows", "batches"));
  await meter.give([record(begin)], told);
  expect(await files()).toEqual(["flow-logs.json", "flows", "told-flows"]);
  // When nothing is wanted any more, nobody wants to know what begins from then on.
  await logging.set(wanted("b"));
  await until(async () => expect(await files()).toEqual(["flow-logs.json", "flows"]));
  await logging.close();
});

test("a change reaches the running meter, and nothing is recorded when nothing is asked for", async () => {
  const { meter, start } = playMeter();
  const logging = await open(start);
  await logging.set(wanted("a", spec()));
  await until(() => expect(meter.starts).toHaveLength(1));
  await logging.set(wanted("b", spec({ interfaces: ["eth1"] })));
  await until(() => expect(meter.changes).toEqual([[spec({ interfaces: ["eth1"] })]]));
  await logging.set(wanted("c"));
  await until(() => expect(meter.closed).toBe(1));
  expect(logging.state()).toMatchObject({ engine: null, flowLogs: [] });
  await logging.close();
});

test("only the tuples that a flow log wants are kept", async () => {
  const { meter, start } = playMeter();
  const logging = await open(start);
  await logging.set(wanted("a", spec({ recordTypes: ["D"], criteria: "dstPort=23" })));
  await until(() => expect(meter.starts).toHaveLength(1));
  await meter.give([record(begin), record(begin, deny)]);
  expect(logging.state()).toMatchObject({ waitingCount: 1, flowLogs: [{ records: 1, tuples: 1 }] });
  await logging.close();
});

test("a meter that cannot start says why, and records beyond the disk's budget are counted", async () => {
  const { meter, start } = playMeter();
  meter.failure = new Error("no netlink here");
  const failing = await open(start);
  await failing.set(wanted("a", spec()));
  await until(() =>
    expect(failing.state()).toMatchObject({ engine: null, error: "no netlink here" }),
  );
  await failing.close();
  meter.failure = null;
  const logging = await open(start, 600 << 10);
  await until(() => expect(meter.starts).toHaveLength(1));
  const large = Array.from({ length: 3_000 }, () => begin);
  for (let count = 0; count < 8; count++) await meter.give([record(...large)]);
  const { waitingCount, droppedCount } = logging.state();
  expect(waitingCount + droppedCount).toBe(8);
  expect(droppedCount).toBeGreaterThan(3);
  await logging.close();
});
