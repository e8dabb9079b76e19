// What was told of flows is kept with the records that tell it: after a kill both count, or neither.
import { mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FlowSpool, openFlowSpool } from "../../src/agent/flow-spool.ts";
import { openToldFlows, type ToldFlows } from "../../src/agent/told-flows.ts";
import { silentLog } from "../../src/common/log.ts";

let directory: string;
/** Left open by a test as a kill leaves them; a killed process' files are closed by the kernel. */
const left: { close(): Promise<void> }[] = [];
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), "nightcap-told-"))));
afterEach(async () => {
  for (const each of left.splice(0)) await each.close();
  await rm(directory, { recursive: true, force: true });
});

const path = (): string => join(directory, "told");
async function open(identity = "boot"): Promise<ToldFlows> {
  const told = await openToldFlows({ path: path(), identity, log: silentLog });
  left.push(told);
  return told;
}
async function openFlows(committedSequence: number | null): Promise<FlowSpool> {
  const spool = await openFlowSpool({ directory, sizeBytesMax: 1 << 20, committedSequence });
  left.push(spool);
  return spool;
}
const change = (text: string, isWhole = false) => ({ isWhole, bytes: Buffer.from(text) });
const textOf = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString();

/** Three deliveries; `upTo` is where the kill comes in the last one. */
async function deliver(upTo: "begun" | "appended" | "committed"): Promise<void> {
  const told = await open();
  const spool = await openFlows(told.committedSequence);
  await told.begin(change("all ", true));
  await spool.append(["one"], (sequence) => told.commit(sequence));
  await told.begin(change("two "));
  await spool.append(["two"], (sequence) => told.commit(sequence));
  await told.begin(change("three"));
  const never = new Promise<void>(() => {});
  if (upTo === "committed") {
    await spool.append(["three"], (sequence) => told.commit(sequence));
  } else if (upTo === "appended") {
    await new Promise<void>((resolve) => {
      void spool.append(["three"], async () => {
        resolve();
        await never;
      });
    });
  }
}

async function kept(identity?: string): Promise<[string | null, string[]]> {
  const told = await open(identity);
  const spool = await openFlows(told.committedSequence);
  const { batches } = await spool.take(10);
  return [textOf(await told.read()), batches.flatMap(({ records }) => records)];
}

test.each([
  ["begun", "all two ", ["one", "two"]],
  ["appended", "all two ", ["one", "two"]],
  ["committed", "all two three", ["one", "two", "three"]],
] as const)("killed when the last records were %s", async (upTo, changes, records) => {
  await deliver(upTo);
  expect(await kept()).toEqual([changes, records]);
  // What does not count is gone for good: later numbers do not bring it back.
  expect(await kept()).toEqual([changes, records]);
});

test("after another boot the records count and the changes do not", async () => {
  await deliver("appended");
  expect(await kept("another boot")).toEqual([null, ["one", "two", "three"]]);
});

test("records are not given away before they are committed", async () => {
  const told = await open();
  const spool = await openFlows(null);
  let commit = (): void => {};
  const appended = spool.append(["one"], () => new Promise((resolve) => (commit = resolve)));
  const taken = spool.take(10);
  const first = await Promise.race([
    taken,
    new Promise((resolve) => setTimeout(resolve, 50, null)),
  ]);
  expect(first).toBeNull();
  commit();
  await appended;
  expect((await taken).batches).toHaveLength(1);
  await told.close();
});

test("a new whole account replaces the old one when it is committed, not before", async () => {
  await deliver("committed");
  const told = await open();
  await told.begin(change("anew", true));
  expect(textOf(await (await open()).read())).toBe("all two three");
  const again = await open();
  await again.begin(change("anew", true));
  await again.commit(9);
  expect(textOf(await (await open()).read())).toBe("anew");
  await again.forget();
  expect(await (await open()).read()).toBeNull();
});

test("wherever the file is cut off, whole changes are read or none", async () => {
  await deliver("committed");
  const { length } = await readFile(path());
  const seen = new Set<string | null>();
  for (let size = length; size >= 0; size--) {
    await truncate(path(), size);
    seen.add(textOf(await (await open()).read()));
  }
  expect([...seen]).toEqual(["all two three", "all two ", "all ", null]);
});
