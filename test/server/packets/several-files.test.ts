// A capture of several files as one list: mergecap strings the files together, and tshark says what is in them.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FollowAnswer, RowsAnswer } from "../../../src/inspection/browse/packet-book.ts";
import { fileStoragePath } from "../../../src/provider/captures/capture-session.ts";
import { fixtureDirectory } from "../../inspection/captures.ts";
import { tsharkFields } from "../../e2e/tshark.ts";
import { openRetentionBed, type RetentionBed } from "../retention/retention-bed.ts";

const hasTshark = spawnSync("mergecap", ["-v"]).status === 0;
const frameFields = ["frame.number", "frame.len", "tcp.stream", "udp.stream"];

describe.skipIf(!hasTshark)("a capture of several files", () => {
  let bed: RetentionBed;
  let token: string;
  let directory: string;
  beforeAll(async () => {
    bed = await openRetentionBed();
    token = await bed.tokenWith("Reader", "Storage Blob Data Reader");
    directory = await mkdtemp(join(tmpdir(), "nightcap-several-"));
  });
  afterAll(async () => {
    await bed.close();
    await rm(directory, { recursive: true, force: true });
  });
  const ask = (path: string) => bed.call("GET", `/nightcap/v1/captures/${path}`, { token });
  const store = async (storagePath: string, files: readonly string[], first = 1) => {
    const stored = files.map(async (file, at) => {
      const name = `${String(at + first).padStart(5, "0")}_2026112109300${at % 10}`;
      await bed.blobAt(fileStoragePath(storagePath, name)).uploadData(await readFile(file));
    });
    await Promise.all(stored);
  };
  const rowsOf = async (capture: string, filter = ""): Promise<RowsAnswer> => {
    for (;;) {
      const { status, body } = await ask(
        `${capture}/packets?count=1000&filter=${encodeURIComponent(filter)}`,
      );
      expect(status, JSON.stringify(body)).toBe(200);
      if ((body as RowsAnswer).isComplete) return body as RowsAnswer;
    }
  };

  test("has running numbers, and streams that go on from file to file", async () => {
    const split = join(directory, "part.pcapng");
    execFileSync("editcap", ["-c", "9", join(fixtureDirectory, "http-dns.pcapng"), split]);
    const parts = (await readdir(directory)).filter((name) => name.startsWith("part_")).toSorted();
    // Another link type, and interfaces of its own, in between.
    const files = parts.map((name) => join(directory, name));
    files.splice(2, 0, join(fixtureDirectory, "cooked.pcapng"));
    const whole = join(directory, "whole.pcapng");
    execFileSync("mergecap", ["-a", "-w", whole, ...files]);
    const { sessionId, storagePath } = await bed.create("ring", { continuousCapture: true });
    await store(storagePath, files);
    const told = await tsharkFields(whole, frameFields);
    const { rows, packetCount } = await rowsOf(sessionId);
    expect(packetCount).toBe(told.length);
    expect(
      rows.map(({ number, length, stream }) => [
        String(number),
        String(length),
        stream?.protocol === "tcp" ? String(stream.stream) : "",
        stream?.protocol === "udp" ? String(stream.stream) : "",
      ]),
    ).toEqual(
      told.map(([number, length, tcp = "", udp = ""]) => [number, length, tcp, tcp ? "" : udp]),
    );
    const requests = await rowsOf(sessionId, "http.request");
    expect(requests.rows.map(({ number }) => String(number))).toEqual(
      execFileSync(
        "tshark",
        ["-n", "-2", "-r", whole, "-Y", "http.request", "-T", "fields", "-e", "frame.number"],
        { encoding: "utf8" },
      )
        .trim()
        .split("\n"),
    );
    const stream = Number(requests.rows[0]?.stream?.stream);
    const page = (await ask(`${sessionId}/streams/tcp/${stream}`)).body as FollowAnswer;
    const sides = { a: "", b: "" };
    for (const { side, base64 } of page.pieces)
      sides[side] += Buffer.from(base64, "base64").toString("hex");
    expect(sides).toEqual(followedByTshark(whole, stream));
  });

  test("of which one is no pcapng is refused with its name", async () => {
    const { sessionId, storagePath } = await bed.create("mixed", { continuousCapture: true });
    await store(storagePath, [
      join(fixtureDirectory, "cooked.pcapng"),
      join(fixtureDirectory, "tls.pcap"),
    ]);
    expect(await ask(`${sessionId}/packets`)).toMatchObject({
      status: 501,
      body: { error: { message: expect.stringMatching(/_00002_\d{14}\.cap, is not pcapng/) } },
    });
  });

  test("of which the oldest was overwritten is shown as it is then", async () => {
    const { sessionId, storagePath } = await bed.create("overwritten", { continuousCapture: true });
    const capture = join(fixtureDirectory, "http-dns.pcapng");
    await store(storagePath, [capture, capture, capture]);
    const { packetCount } = await rowsOf(sessionId);
    const first = fileStoragePath(storagePath, "00001_20261121093000");
    await bed.blobAt(first).delete();
    bed.clock.advance(20_000);
    expect((await rowsOf(sessionId)).packetCount).toBe((packetCount / 3) * 2);
  });
});

function followedByTshark(path: string, stream: number): { a: string; b: string } {
  const command = ["-n", "-2", "-q", "-r", path, "-z", `follow,tcp,raw,${stream}`];
  const text = execFileSync("tshark", command, { encoding: "utf8" });
  const lines = text.split("\n").filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const side = (isB: boolean): string =>
    lines
      .filter((line) => line.startsWith("\t") === isB)
      .map((line) => line.trim())
      .join("");
  return { a: side(false), b: side(true) };
}
