// What a verification says of a capture that is as it was signed, altered, gone, or deleted by retention.
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/common/clock.ts";
import { openAccessLog } from "../../../src/evidence/access-log/access-log.ts";
import { blockSizeFor, hashBlocks } from "../../../src/evidence/block-hashes.ts";
import { type KeyRing, openKeyRing } from "../../../src/evidence/key-ring.ts";
import { type SignedManifest, signManifest } from "../../../src/evidence/manifest.ts";
import type { CaptureSession } from "../../../src/provider/captures/capture-session.ts";
import { captureSessionCollection } from "../../../src/provider/captures/capture-session.ts";
import { createManifestChain } from "../../../src/server/evidence/manifest-chain.ts";
import {
  createVerifications,
  type Verification,
  type Verifications,
} from "../../../src/server/evidence/verify/verifications.ts";
import type { BlobStore } from "../../../src/storage/blob-store.ts";
import { openState, type State } from "../../../src/state/state.ts";

const sessionId = "0b1c2d3e-0000-4000-8000-000000000001";
const bytes = randomBytes(200_000);

let directory: string;
let state: State;
let keys: KeyRing;
let verifications: Verifications;
let path: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-verify-"));
  state = await openState({ kind: "sqlite", path: join(directory, "nightcap.db") });
  keys = await openKeyRing(join(directory, "evidence"), systemClock);
  path = join(directory, "night.cap");
  await writeFile(path, bytes);
  const accessLog = await openAccessLog({
    directory: join(directory, "log"),
    keys,
    clock: systemClock,
    segmentSizeBytesMax: 1 << 20,
    segmentCountMax: 4,
    headMilliseconds: 60_000,
    onError: (error) => {
      throw error;
    },
  });
  verifications = createVerifications({
    state,
    keys,
    accessLog,
    chain: createManifestChain(state),
    store: {} as BlobStore,
    addressOf: () => null,
    directoryOf: () => join(directory, "reports"),
    reportKeys: null,
    clock: systemClock,
  });
  const observed = { filePath: path } as CaptureSession["observed"];
  await state
    .documents<Partial<CaptureSession>>(captureSessionCollection)
    .put(sessionId, { captureId: "/captures/night", observed });
});
afterEach(async () => {
  await verifications.close();
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

async function sign(change: (signed: SignedManifest) => SignedManifest = (signed) => signed) {
  const blockSizeBytes = blockSizeFor(bytes.length);
  const hashed = await hashBlocks([bytes] as unknown as AsyncIterable<Uint8Array>, blockSizeBytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const file = { name: "night.cap", role: "capture" as const, sizeBytes: bytes.length, sha256 };
  await createManifestChain(state).add(sessionId, (head) =>
    change(
      signManifest(
        {
          version: 1,
          sequence: head.sequence + 1,
          previousSha256: head.sha256,
          signedAt: new Date().toISOString(),
          captureId: "/captures/night",
          sessionId,
          host: {
            id: "h",
            resourceId: "/m",
            name: "web",
            kernelRelease: null,
            recorderVersion: null,
          },
          requestedBy: { id: "1", name: "mara" },
          alert: null,
          incidentId: null,
          times: { created: new Date().toISOString(), started: null, ended: null },
          stopReason: null,
          interfaces: [],
          filter: "",
          limits: { bytesToCapturePerPacket: 0, totalBytesPerSession: 0, timeLimitInSeconds: 1 },
          packets: 1,
          packetsDropped: 0,
          coverage: null,
          privacy: null,
          storedAsRecorded: null,
          files: [{ ...file, uploadedPath: null, blocks: hashed.blocks }],
          blockSizeBytes,
          overwrittenFileCount: 0,
          accessLog: null,
        },
        keys.current(),
      ),
    ),
  );
}

async function verify(withLog = false): Promise<Verification> {
  const begun = verifications.begin(sessionId, { name: "mara", withLog });
  await vi.waitFor(() => expect(begun.state).not.toBe("running"), 30_000);
  return begun;
}

const verdictsOf = ({ checks }: Verification): string[] =>
  checks.map(({ kind, verdict }) => `${kind} ${verdict}`);

test("what is as it was signed is right, and the log is an auditor's to ask about", async () => {
  await sign();
  const found = await verify();
  expect(found.verdict).toBe("right");
  expect(verdictsOf(found)).toEqual([
    "manifest right",
    "chain right",
    "file right",
    "log notChecked",
  ]);
  expect([found.readBytes, found.totalBytes]).toEqual([bytes.length, bytes.length]);
  expect(verdictsOf(await verify(true))).toContain("log right");
});

test("one altered byte is found, and where it is", async () => {
  await sign();
  const altered = Buffer.from(bytes);
  altered[70_000] = (altered[70_000] ?? 0) ^ 1;
  await writeFile(path, altered);
  const { verdict, checks } = await verify();
  expect(verdict).toBe("wrong");
  expect(checks.find(({ kind }) => kind === "file")?.ranges).toEqual([
    { start: 65_536, end: 131_072 },
  ]);
});

test("an altered manifest is found, and what it says of files is not believed", async () => {
  await sign(({ manifest, jws }) => ({ manifest: { ...manifest, packets: 2 }, jws }));
  const found = await verify();
  expect(found.verdict).toBe("wrong");
  expect(verdictsOf(found)).toEqual(["manifest wrong"]);
});

test("what lies elsewhere, and what is not signed yet, is no judgement", async () => {
  expect((await verify()).verdict).toBe("incomplete");
  await sign();
  await rm(path);
  const found = await verify();
  expect(verdictsOf(found)).toContain("file notHere");
  expect(found.verdict).toBe("incomplete");
});

test("no more than two run at once, and one of a session is one", () => {
  const first = verifications.begin(sessionId, { name: "mara", withLog: false });
  expect(verifications.begin(sessionId, { name: "rui", withLog: false })).toBe(first);
  verifications.begin("other", { name: "mara", withLog: false });
  expect(() => verifications.begin("third", { name: "mara", withLog: false })).toThrow(
    /2 captures are being verified already/,
  );
});
