// Sessions that are due are worked on, whether announced or left by a crash, and none is forgotten over a failure.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type CaptureSession,
  captureSessionCollection,
} from "../../src/provider/captures/capture-session.ts";
import {
  type SessionLoop,
  type SessionLoopOptions,
  startSessionLoop,
} from "../../src/server/session-loop.ts";
import { openState, type State } from "../../src/state/state.ts";

let directory: string;
let state: State;
let loop: SessionLoop | null = null;
let worked: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-session-loop-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  worked = [];
});
afterEach(async () => {
  await loop?.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

const sessions = () => state.documents<CaptureSession>(captureSessionCollection);

function start(options: Partial<SessionLoopOptions> = {}): void {
  loop = startSessionLoop({
    sessions: sessions(),
    isDue: ({ result }) => result === null,
    async work({ captureId }) {
      worked.push(captureId);
    },
    onError() {},
    ...options,
  });
}

async function add(id: string, result: CaptureSession["result"] = null): Promise<void> {
  await sessions().put(id, { captureId: id, result } as CaptureSession);
}

/** Sessions that wait for their turn, so that a test sees that no more come. */
async function announcedLast(id: string): Promise<void> {
  await add(id);
  loop?.wake(id);
  await vi.waitFor(() => expect(worked).toContain(id), 5_000);
}

test("those that were left are found, beyond one page of them, and those that are done are not", async () => {
  const left = Array.from({ length: 250 }, (_, index) => `s${String(index).padStart(3, "0")}`);
  for (const id of left) await add(id);
  await add("s100a", { sha256Verified: null, reportPath: null });
  start({ done: async (ids) => new Set(ids.filter((id) => id === "s200")) });
  await vi.waitFor(() => expect(worked).toContain("s249"), 5_000);
  await announcedLast("last");
  expect(worked).toEqual([...left.filter((id) => id !== "s200"), "last"]);
});

test("an announced session is worked on when it is due, and once for many words of it", async () => {
  start();
  await announcedLast("first");
  await add("over", { sha256Verified: null, reportPath: null });
  await add("due");
  for (const id of ["over", "due", "due", "none"]) loop?.wake(id);
  await announcedLast("last");
  expect(worked).toEqual(["first", "due", "last"]);
});

test("after a failure all are looked through again", async () => {
  const problems: unknown[] = [];
  for (const id of ["a", "b", "c"]) await add(id);
  start({
    async work({ captureId }) {
      worked.push(captureId);
      if (captureId === "b" && problems.length === 0) throw new Error("not now");
      await sessions().put(captureId, {
        captureId,
        result: { sha256Verified: null, reportPath: null },
      } as CaptureSession);
    },
    onError: (error) => problems.push(error),
  });
  await vi.waitFor(() => expect(problems).toHaveLength(1), 5_000);
  await announcedLast("z");
  expect(worked.toSorted()).toEqual(["a", "b", "b", "c", "z"]);
});
