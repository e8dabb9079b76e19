// The API and the reconciler over a real store; the test plays the host's kernel.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BlocksState, WantedBlocks } from "../../../src/common/block-spec.ts";
import { NightcapError } from "../../../src/common/errors.ts";
import { silentLog } from "../../../src/common/log.ts";
import { recordMachine } from "../../../src/provider/compute/machines.ts";
import { blockRoutes } from "../../../src/server/blocks/blocks-api.ts";
import { type BlockHub, type Blocks, openBlocks } from "../../../src/server/blocks/blocks.ts";
import { askRoutes } from "../ask-routes.ts";
import { openState, type State } from "../../../src/state/state.ts";

const hostId = "5f2b8f6f-0000-4000-8000-000000000001";
const resourceId =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web";

let directory: string;
let state: State;
let blocks: Blocks;
let offset: number;
let host: ReturnType<typeof playHost>;
let notes: string[];
const clock = { now: () => Date.now() + offset, sleep: async () => {} };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-blocks-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  offset = 0;
  notes = [];
  await recordMachine(state, { resourceId, hostId, facts: null, heardAt: 0, location: "x" });
  blocks = openBlocks({ state, clock, log: silentLog, settleMilliseconds: 500 });
  host = playHost();
  blocks.start(host.hub);
});
afterEach(async () => {
  await blocks.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

/** A host that makes what it is sent, unless told otherwise. */
function playHost() {
  const sent: WantedBlocks[] = [];
  const seen: BlocksState = {
    revision: null,
    allowed: true,
    durationSecondsMax: 3_600,
    blockCountMax: 9,
    error: null,
    blocks: [],
    refused: [],
  };
  const played = {
    sent,
    seen,
    connected: true,
    /** It says nothing more. */
    isSilent: false,
    refusal: null as null | { code: string; message: string; forceable: boolean },
    checks: 0,
    take(wanted: WantedBlocks): void {
      sent.push(wanted);
      if (played.isSilent) return;
      seen.revision = wanted.revision;
      seen.blocks = wanted.blocks.map(({ blockId, remainingMilliseconds }) => ({
        blockId,
        remainingMilliseconds,
        packets: 3,
        bytes: 180,
      }));
      void blocks.observe(hostId, seen);
    },
  };
  const hub: BlockHub = {
    protocolVersionOf: () => (played.connected ? 5 : null),
    send: (_, command) => void (command.kind === "setBlocks" && played.take(command.wanted)),
    async ask(_, question) {
      if (question.kind !== "blocks") throw new NightcapError("BadRequest", "not asked here");
      if (question.check) played.checks++;
      const check = question.check && {
        refusal: played.refusal,
        script: played.refusal ? null : "table",
      };
      return { kind: "blocks", state: seen, check };
    },
  };
  return { ...played, hub, played };
}

async function call(method: string, path: string, body?: unknown) {
  const resourceIdOf = (name: string): string => resourceId.replace(/web$/, name);
  const routes = blockRoutes({ state, blocks, clock, resourceIdOf });
  const caller = { id: "c", name: "ann" } as never;
  const answer = await askRoutes(routes, [method, path, body], { caller, notes });
  return {
    status: answer?.status,
    body: (answer && JSON.parse(answer.text)) as Record<string, unknown>,
  };
}
const path = "/nightcap/v1/hosts/web/blocks";
const id = "out_203.0.113.7_32_tcp_443";
const wanted = {
  address: "203.0.113.7",
  port: "443/tcp",
  durationSeconds: 60,
  reason: "why",
  finding: "a.pcap#1",
};

test("a block is made, listed with what was counted, made twice is one, and removed", async () => {
  expect(await call("POST", path, wanted)).toMatchObject({
    status: 201,
    body: { id, host: "web", state: "Applied", packets: 3, createdBy: "ann", finding: "a.pcap#1" },
  });
  expect((await call("POST", path, { ...wanted, durationSeconds: 90 })).status).toBe(200);
  const { body } = await call("GET", path);
  expect(body).toMatchObject({
    value: [{ id, remainingSeconds: 90, bytes: 180 }],
    host: { allowed: true },
  });
  expect((await call("GET", "/nightcap/v1/blocks")).body["value"]).toHaveLength(1);
  expect(await call("DELETE", `${path}/${id}`)).toMatchObject({
    status: 200,
    body: { state: "Removed" },
  });
  await expect(call("DELETE", `${path}/${id}`)).rejects.toThrow("web has no block");
  expect(host.seen.blocks).toEqual([]);
  expect(notes[1]).toBe("out 203.0.113.7 443/tcp, for 60 s, finding a.pcap#1, reason: why");
});

test("what a host said of an earlier block is not taken for one that is asked for again", async () => {
  await call("POST", path, wanted);
  host.played.isSilent = true;
  const again = await call("POST", path, { ...wanted, durationSeconds: 90 });
  expect(again).toMatchObject({ status: 200, body: { state: "Pending", packets: null } });
});

test("a dry run records and sends nothing", async () => {
  const { status, body } = await call("POST", path, { ...wanted, dryRun: true });
  expect([status, body["dryRun"], body["script"]]).toEqual([200, true, "table"]);
  expect((await call("GET", path)).body["value"]).toEqual([]);
  expect(host.sent).toEqual([]);
});

test("what the host refuses, what is no address, and a host that is away are refused", async () => {
  host.played.refusal = { code: "BlockingNotAllowed", message: "off here", forceable: false };
  await expect(call("POST", path, wanted)).rejects.toMatchObject({ code: "BlockingNotAllowed" });
  await expect(call("POST", path, { address: "evil.example" })).rejects.toThrow("is no address");
  await expect(call("POST", path, { ...wanted, durationSeconds: 0 })).rejects.toThrow(
    "durationSeconds",
  );
  await expect(call("POST", path.replace("web", "none"), wanted)).rejects.toThrow("no host named");
  host.played.connected = false;
  await expect(call("POST", path, wanted)).rejects.toThrow("not connected");
  expect(notes).toContain("out evil.example");
  expect(host.sent).toEqual([]);
});

test("a host that rebooted is told what is left; one that ended is not sent again", async () => {
  await call("POST", path, wanted);
  await call("POST", path, { address: "2001:db8::/32", durationSeconds: 600 });
  offset = 61_000;
  host.seen.blocks = [];
  const before = host.sent.length;
  await blocks.hello(hostId, { ...host.seen, revision: null });
  await expect.poll(() => host.sent.length).toBe(before + 1);
  const [left, ...more] = host.sent.at(-1)?.blocks ?? [];
  expect([left?.blockId, more]).toEqual(["out_2001:db8::_32_any_any", []]);
  expect(left?.remainingMilliseconds).toBeLessThanOrEqual(539_000);
  expect(left?.remainingMilliseconds).toBeGreaterThan(530_000);
});

test("a host that has what nobody wants is told to end it", async () => {
  const foreign = { blockId: id, remainingMilliseconds: 9_000, packets: 0, bytes: 0 };
  await blocks.hello(hostId, { ...host.seen, blocks: [foreign] });
  await expect.poll(() => host.sent.at(-1)?.blocks).toEqual([]);
});
