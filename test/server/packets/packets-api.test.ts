// Stored captures packet by packet over the API: by role, encrypted too, and gone with the capture.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readLog } from "../../../src/evidence/access-log/read-log.ts";
import type {
  FollowAnswer,
  PacketDetail,
  RowsAnswer,
} from "../../../src/inspection/browse/packet-book.ts";
import { createKeyFile } from "../../../src/storage/vault/key-file.ts";
import { fixture } from "../../inspection/captures.ts";
import { listed } from "../../inspection/browse/books.ts";
import { openRetentionBed, type RetentionBed } from "../retention/retention-bed.ts";

const bytes = fixture("http-dns.pcapng");

const readers = new WeakMap<RetentionBed, Promise<string>>();

/** As somebody who may read captures and their blobs, unless told. */
async function ask(bed: RetentionBed, path: string, token?: string) {
  const reader = readers.get(bed) ?? bed.tokenWith("Reader", "Storage Blob Data Reader");
  readers.set(bed, reader);
  return bed.call("GET", `/nightcap/v1/captures/${path}`, { token: token ?? (await reader) });
}

/** The answer to a filter, once its pass is done. */
async function filtered(bed: RetentionBed, capture: string, filter: string): Promise<RowsAnswer> {
  for (;;) {
    const path = `${capture}/packets?filter=${encodeURIComponent(filter)}`;
    const answer = (await ask(bed, path)).body as RowsAnswer;
    if (answer.isComplete) return answer;
  }
}

test.each([false, true])(
  "captures of a store that is encrypted, %s, have rows, layers and streams for whoever may download them",
  async (isEncrypted) => {
    const keyFile = join(await mkdtemp(join(tmpdir(), "nightcap-packets-")), "key");
    if (isEncrypted) await createKeyFile(keyFile);
    const bed = await openRetentionBed(isEncrypted ? { storage: { encryption: { keyFile } } } : {});
    try {
      const made = await bed.create("web");
      await bed.finish(made, bytes);
      const session = made.sessionId;
      // An Owner of the subscription is not let in to blobs by that, as in Azure; nor are blobs alone enough.
      for (const role of ["Owner", "Storage Blob Data Reader"])
        expect(await ask(bed, `${session}/packets`, await bed.tokenWith(role)), role).toMatchObject(
          {
            status: 403,
            body: { error: { code: "AuthorizationFailed" } },
          },
        );
      const packets = await listed(bytes);
      const { rows, packetCount } = await filtered(bed, session, "");
      expect(packetCount).toBe(packets.length);
      expect(rows.map(({ info }) => info)).toEqual(packets.map(({ info }) => info));
      const requests = await filtered(bed, "web", "http.request");
      const [first] = requests.rows;
      const packet = (await ask(bed, `web/packets/${first?.number}`)).body as PacketDetail;
      expect(packet.layers.at(-1)?.title).toBe("Hypertext Transfer Protocol");
      const { stream } = first?.stream ?? {};
      const page = (await ask(bed, `web/streams/tcp/${stream}?bytesMax=100000`))
        .body as FollowAnswer;
      const text = page.pieces.map(({ base64 }) =>
        Buffer.from(base64, "base64").toString("latin1"),
      );
      expect(text.join("")).toMatch(/^GET .* HTTP\/1\.1\r\n/);
      // Of a capture that has no report, nothing is kept.
      await expect(readdir(join(bed.directory, "reports", session))).rejects.toThrow("ENOENT");
    } finally {
      await bed.close();
    }
  },
);

describe("a stored capture", () => {
  let bed: RetentionBed;
  beforeAll(async () => {
    bed = await openRetentionBed();
  });
  afterAll(() => bed.close());

  test("who looked is in the access log, once and not for each window", async () => {
    const { blob, sessionId } = await finishedCapture(bed, "looked");
    await filtered(bed, sessionId, "");
    await filtered(bed, sessionId, "tcp");
    const target = `network-watcher-logs/${blob.name}`;
    const directory = join(bed.directory, "evidence", "log");
    const entries = await readLog(directory, { after: 0, limit: 1_000, targets: [target] });
    const looks = entries.filter(({ detail }) => detail === "packet by packet");
    expect(looks).toMatchObject([{ kind: "download", who: { kind: "token" } }]);
  });

  test("a capture that is deleted or replaced is not shown as it was", async () => {
    const { blob, sessionId } = await finishedCapture(bed, "gone");
    expect((await filtered(bed, sessionId, "")).packetCount).toBeGreaterThan(4);
    await blob.uploadData(fixture("icmp-fragments.pcap"));
    const packets = await listed(fixture("icmp-fragments.pcap"));
    expect((await filtered(bed, sessionId, "")).packetCount).toBe(packets.length);
    await blob.delete();
    expect(await ask(bed, `${sessionId}/packets`)).toMatchObject({ status: 404 });
  });

  test("what cannot be shown is refused with its reason", async () => {
    const { sessionId } = await finishedCapture(bed, "asked");
    const wrong = await ask(bed, `${sessionId}/packets?filter=tcp.prot%20%3D%3D%201`);
    expect(wrong).toMatchObject({ status: 400, body: { error: { place: { start: 0, end: 8 } } } });
    expect(await ask(bed, `${sessionId}/packets/99999`)).toMatchObject({
      status: 404,
      body: { error: { code: "PacketNotFound" } },
    });
    for (const path of ["packets/0x1", "packets?count=5000", "streams/sctp/0", "streams/tcp/-1"])
      expect(await ask(bed, `${sessionId}/${path}`), path).toMatchObject({ status: 400 });
    const noCapture = await bed.create("text");
    await bed.finish(noCapture, Buffer.from("this is no capture at all"));
    expect(await ask(bed, `${noCapture.sessionId}/packets`)).toMatchObject({
      status: 400,
      body: { error: { code: "CaptureFormatUnknown" } },
    });
    const onHost = await bed.create("host-only", {
      storageLocation: { filePath: "/var/captures/a.cap" },
    });
    expect(await ask(bed, `${onHost.sessionId}/packets`)).toMatchObject({ status: 501 });
  });

  test.each([false, true])(
    "its index is made when it is missing, of another file or damaged, encrypted as the store is: %s",
    async (isEncrypted) => {
      const keyFile = join(await mkdtemp(join(tmpdir(), "nightcap-packets-")), "key");
      if (isEncrypted) await createKeyFile(keyFile);
      const settings = isEncrypted ? { storage: { encryption: { keyFile } } } : {};
      const own = await openRetentionBed(settings);
      try {
        const { blob, sessionId } = await finishedCapture(own, "indexed");
        const report = join(own.directory, "reports", sessionId);
        await mkdir(report, { recursive: true });
        const path = join(report, isEncrypted ? "packets.index.sealed" : "packets.index");
        const { packetCount } = await filtered(own, sessionId, "");
        const made = await vi.waitFor(() => readFile(path));
        expect(made.subarray(0, 4).toString()).toBe(isEncrypted ? "NCM1" : "NCPI");
        // The blob's version is another each time, so that it is opened anew.
        for (const damaged of [made.subarray(0, 40), Buffer.from("another"), null]) {
          await (damaged ? writeFile(path, damaged) : rm(path));
          await blob.uploadData(bytes);
          expect((await filtered(own, sessionId, "")).packetCount).toBe(packetCount);
          const again = await vi.waitFor(async () => {
            const found = await readFile(path);
            expect(found.length).toBe(made.length);
            return found;
          });
          if (!isEncrypted) expect(again).toEqual(made);
        }
        await blob.uploadData(fixture("tls.pcap"));
        const other = await listed(fixture("tls.pcap"));
        expect((await filtered(own, sessionId, "")).packetCount).toBe(other.length);
      } finally {
        await own.close();
      }
    },
  );

  test("more captures than are kept open at once are all answered", async () => {
    const made = [];
    for (let count = 0; count < 5; count++) made.push(await finishedCapture(bed, `many-${count}`));
    const answers = await Promise.all(
      made.map(({ sessionId }) => ask(bed, `${sessionId}/packets?count=1`)),
    );
    // One that gave way to the next says so, and opens anew when it is asked again.
    for (const [at, { status }] of answers.entries()) {
      expect([200, 503]).toContain(status);
      const again =
        status === 200 ? status : (await ask(bed, `${made[at]?.sessionId}/packets`)).status;
      expect(again).toBe(200);
    }
  });
});

async function finishedCapture(bed: RetentionBed, name: string) {
  const made = await bed.create(name);
  return { ...made, blob: await bed.finish(made, bytes) };
}
