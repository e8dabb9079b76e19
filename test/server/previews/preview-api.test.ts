// The API over a real store; the test plays the host.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NightcapError } from "../../../src/common/errors.ts";
import type { HostQuestion } from "../../../src/diagnosis/question.ts";
import { recordMachine } from "../../../src/provider/compute/machines.ts";
import { type CapturePreview, previewRoutes } from "../../../src/server/previews/preview-api.ts";
import type { PreviewHub } from "../../../src/server/previews/preview-host.ts";
import { askRoutes } from "../ask-routes.ts";
import { openState, type State } from "../../../src/state/state.ts";

const target = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web";
const storageLocation = { filePath: "/var/captures/a.cap" };
const answered = {
  kind: "capturePreview" as const,
  interfaces: ["eth0"],
  problem: null as string | null,
  ring: {
    interfaces: [
      { name: "eth0", reachesBackTo: 1_000 },
      { name: "eth1", reachesBackTo: 61_000 },
    ],
    sizeBytes: 5,
    sizeBytesMax: 10,
    packets: 3,
    bytes: 180,
    isPartial: false,
    readBytes: 5,
  },
  freeBytes: 7,
};

let directory: string;
let state: State;
let version: number | null;
let asked: HostQuestion[];
let answer: typeof answered;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-preview-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  await state.resources.put({
    id: target,
    type: "Microsoft.Compute/virtualMachines",
    body: { location: "x", properties: {} },
  });
  await recordMachine(state, {
    resourceId: target,
    hostId: "h",
    facts: null,
    heardAt: 0,
    location: "x",
  });
  version = 6;
  asked = [];
  answer = structuredClone(answered);
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true });
});

const hub: PreviewHub = {
  protocolVersionOf: () => version,
  async ask(_, question) {
    asked.push(question);
    return answer;
  },
};

async function preview(properties: unknown): Promise<CapturePreview> {
  const total = { sizeBytes: 1, quotaBytes: null, freeDiskBytes: 2 };
  const routes = previewRoutes({ state, hub, usage: async () => ({ total, refused: [] }) });
  const asking = ["POST", "/nightcap/v1/capture-previews", { properties }] as [
    string,
    string,
    unknown,
  ];
  return JSON.parse((await askRoutes(routes, asking))?.text ?? "null") as CapturePreview;
}

test("a host says how far its ring reaches and what of it the filter matches", async () => {
  const filters = [{ protocol: "TCP", localPort: "443" }];
  const seen = await preview({ target, storageLocation, filters, lookBackInSeconds: 60 });
  expect(seen).toMatchObject({
    bpf: "(tcp and ((src portrange 443-443) or (dst portrange 443-443)))",
    compiles: true,
    problem: null,
    problems: [],
    hosts: [{ name: "web", freeBytes: 7, ring: { packets: 3, bytes: 180 } }],
    storage: { freeBytes: 2, sizeBytes: 1, quotaBytes: null },
  });
  // Where the interface with the shortest reach begins: from there on the host has everything.
  expect(seen.hosts[0]?.ring?.reachesBackTo).toBe(new Date(61_000).toISOString());
  expect(asked).toEqual([
    {
      kind: "capturePreview",
      filters: [{ protocol: "TCP", localPort: "443" }],
      snapLengthBytes: 0,
      lookBack: { seconds: 60, from: null },
    },
  ]);
});

test("each field at fault is named, and no host is asked", async () => {
  const filters = [{ localPort: "80" }, { remotePort: "99999" }];
  const seen = await preview({ target, storageLocation: {}, filters, timeLimitInSeconds: -1 });
  expect(seen.problems.map(({ field }) => field)).toEqual([
    "timeLimitInSeconds",
    "storageLocation.storageId",
    "filters[1].remotePort",
  ]);
  expect(seen).toMatchObject({ bpf: null, compiles: null, hosts: [] });
  const place = await preview({ target, storageLocation: {} });
  expect(place.problems.map(({ field }) => field)).toEqual(["storageLocation.storageId"]);
  const nobody = await preview({ target: `${target}2`, storageLocation });
  expect(nobody.problems.map(({ field }) => field)).toEqual(["target"]);
  expect(asked).toEqual([]);
});

test("what libpcap refuses is told in its own words", async () => {
  answer.problem = "cannot compile: expression rejects all packets";
  expect(await preview({ target, storageLocation })).toMatchObject({
    compiles: false,
    problem: "cannot compile: expression rejects all packets",
  });
});

test.each([
  [null, /not connected/],
  [5, /too old/],
])("a host of version %s is not asked, and says why", async (its, why) => {
  version = its;
  const seen = await preview({ target, storageLocation });
  expect(seen).toMatchObject({ bpf: "", compiles: null, hosts: [{ name: "web", ring: null }] });
  expect(seen.hosts[0]?.problem).toMatch(why);
  expect(asked).toEqual([]);
});

test("a body that is no capture is refused", async () => {
  const routes = previewRoutes({ state, hub, usage: async () => Promise.reject(new Error()) });
  const refused = askRoutes(routes, ["POST", "/nightcap/v1/capture-previews", []]);
  await expect(refused).rejects.toThrow(NightcapError);
});
