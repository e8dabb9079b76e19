import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { recordMachine } from "../../../src/provider/compute/machines.ts";
import { flowLogHosts } from "../../../src/provider/network/flow-log-reconciler.ts";
import type { HostStanding } from "../../../src/server/hosts/host-states.ts";
import { troubleRoutes } from "../../../src/server/troubles/troubles-api.ts";
import type { Trouble } from "../../../src/server/troubles/trouble.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { hostStateOf, recordedInterface, recorder } from "../../common/host-states.ts";
import { askRoutes } from "../ask-routes.ts";

const now = Date.parse("2026-11-22T02:00:00Z");
const connected: HostStanding = {
  connected: true,
  since: now - 60_000,
  lastSeenAt: now,
  agentVersion: "0.1.0",
  told: null,
  isTooOld: false,
};
const usage = { time: new Date(now).toISOString(), refused: [] as string[], unfinished: 0 };
const total = { sizeBytes: 1, quotaBytes: null, freeDiskBytes: 9e9 as number | null };

let directory: string;
let state: State;
let standing: HostStanding;
let encryptionProblem: string | null;
let store: typeof usage & { total: typeof total };
let letters: object[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-troubles-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  const resourceId = "/subscriptions/s/resourceGroups/g/providers/p/virtualMachines/web-1";
  await recordMachine(state, { resourceId, hostId: "h", facts: null, heardAt: 0, location: "x" });
  standing = connected;
  encryptionProblem = null;
  store = { ...usage, total };
  letters = [];
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

async function troubles(): Promise<Trouble[]> {
  const routes = troubleRoutes({
    state,
    clock: { now: () => now },
    hostStates: { standingOf: () => standing },
    retention: { usage: async () => store },
    encryption: { view: () => ({ problem: encryptionProblem }) },
    notifications: { outbox: { deadLetters: async () => letters } },
  } as never);
  const answer = await askRoutes(routes, ["GET", "/nightcap/v1/troubles"]);
  return (JSON.parse(answer?.text ?? "null") as { value: Trouble[] }).value;
}

test("nothing is wrong where everything does what it should", async () => {
  expect(await troubles()).toEqual([]);
});

test("a host that never came is not away, one that went is", async () => {
  standing = { ...connected, connected: false, since: null, lastSeenAt: null };
  expect(await troubles()).toEqual([]);
  standing = { ...connected, connected: false, since: now - 1_000 };
  expect(await troubles()).toMatchObject([
    {
      kind: "hostAway",
      severity: "bad",
      subject: "web-1",
      since: "2026-11-22T01:59:59.000Z",
      page: "/hosts/web-1",
    },
  ]);
});

test("a recorder that failed is told, one that was turned off is not", async () => {
  const off = (code: "failed" | "turnedOff") => ({
    ...hostStateOf({}),
    recorder: null,
    recorderOff: { code, message: "no dumpcap" },
  });
  standing = { ...connected, told: { at: now, state: off("turnedOff") } };
  expect(await troubles()).toEqual([]);
  standing = { ...connected, told: { at: now, state: off("failed") } };
  expect(await troubles()).toMatchObject([{ kind: "ringFailed", detail: "no dumpcap" }]);
});

test("an interface that is not recorded as it should be is named", async () => {
  const bad = recordedInterface({ name: "eth1", trouble: "the interface is down" });
  const broken = { ...recorder(), interfaces: [recordedInterface(), bad] };
  standing = { ...connected, told: { at: now, state: hostStateOf({ recorder: broken }) } };
  expect(await troubles()).toMatchObject([
    { kind: "ringTrouble", severity: "warn", detail: "eth1: the interface is down" },
  ]);
});

test("the store, its keys and what reached nobody are told, the worst first", async () => {
  encryptionProblem = "key missing";
  store = {
    ...usage,
    refused: ["bulk is full"],
    unfinished: 2,
    total: { ...total, freeDiskBytes: 5 },
  };
  const entry = { target: "pager", lastError: "refused" };
  letters = [
    { id: "1", entry, diedAt: now - 5_000 },
    { id: "2", entry, diedAt: now },
  ];
  const found = await troubles();
  expect(found.map(({ kind }) => kind).toSorted()).toEqual([
    "deletionStuck",
    "diskLow",
    "encryptionStuck",
    "notificationsLost",
    "storageRefuses",
  ]);
  expect(found.at(-1)).toMatchObject({ kind: "deletionStuck", severity: "warn", count: 2 });
  expect(found.find(({ kind }) => kind === "notificationsLost")).toMatchObject({
    count: 2,
    detail: "pager: refused",
    since: "2026-11-22T01:59:55.000Z",
  });
});

test("a host's flow logs that fail are told, and a part that cannot be looked at hides no other", async () => {
  const observed = { engine: "conntrack", flowLogs: [], error: "no conntrack here" };
  await flowLogHosts(state).put("h", {
    wanted: { flowLogs: [] },
    observed,
    tooOld: false,
  } as never);
  store = null as never;
  expect(await troubles()).toMatchObject([
    { kind: "flowLoggingFailed", subject: "web-1", detail: "no conntrack here" },
    { kind: "notKnown", subject: "storage" },
  ]);
});
