// What is said of a capture whose files retention has deleted, by the command line.
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { openKeyRing } from "../../../src/evidence/key-ring.ts";
import { createManifestChain } from "../../../src/server/evidence/manifest-chain.ts";
import { startManifestLoop } from "../../../src/server/evidence/manifest-loop.ts";
import type { BlobStore } from "../../../src/storage/blob-store.ts";
import { runNightcap } from "../../cli/run-nightcap.ts";
import { openRetentionBed, type RetentionBed } from "./retention-bed.ts";

const waiting = { timeout: 15_000, interval: 20 };

/** As the control plane does once a capture was inspected, with its key; the files are not looked at. */
async function signManifest({ state, directory }: RetentionBed, sessionId: string): Promise<void> {
  const chain = createManifestChain(state);
  const loop = startManifestLoop({
    state,
    chain,
    keys: await openKeyRing(join(directory, "evidence"), systemClock),
    store: {} as BlobStore,
    remote: { put: async () => {} },
    addressOf: () => null,
    directoryOf: () => join(directory, "none"),
    reportKeys: null,
    logHead: () => null,
    alertOf: async () => null,
    incidentOf: async () => null,
    clock: systemClock,
    log: silentLog,
  });
  await vi.waitFor(async () => expect((await chain.of(sessionId))?.placed).toBe(true), waiting);
  await loop.close();
}

test("verify, show and download say that retention deleted a capture's files, and that is no failure of verify", async () => {
  const opened = await openRetentionBed({ retention: { bulk: { days: 7 }, intervalSeconds: 1 } });
  const run = (...args: string[]) => runNightcap(...args, "--state", opened.directory);
  try {
    const { sessionId } = await opened.record("gone", 10);
    await signManifest(opened, sessionId);
    await opened.advanceDays(8);
    await opened.call("PUT", "/nightcap/v1/captures/gone/class", { body: { class: "bulk" } });
    await vi.waitFor(
      async () => expect(await opened.show("gone")).toMatchObject({ removed: { complete: true } }),
      waiting,
    );
    const [verified, downloaded, usage] = await Promise.all([
      run("verify", "gone"),
      run("capture", "download", "gone"),
      run("storage", "usage"),
    ]);
    expect([verified.code, verified.stderr]).toEqual([0, ""]);
    expect(verified.stdout).toMatch(/^manifest: right, signed/);
    expect(verified.stdout).toMatch(
      /\.cap {2}deleted by the control plane at .*Z: bulk is kept for 7 days\n$/,
    );
    expect([downloaded.code, downloaded.stderr]).toEqual([
      1,
      expect.stringMatching(/the files of gone were deleted at .*: bulk is kept for 7 days/),
    ]);
    expect(usage.stdout).toMatch(
      /^evidence +0 bytes, 0 captures, kept for ever\nbulk +0 bytes, 0 captures, kept 7 days\nflowLogs +0 bytes, 0 files\n/,
    );
  } finally {
    await opened.close();
  }
});
