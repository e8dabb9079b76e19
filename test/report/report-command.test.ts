import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../src/common/run.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-report-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A pcap with one ARP request (RFC 826), written by hand; little endian, microseconds, Ethernet. */
function arpCapture(): Buffer {
  const header = Buffer.from("d4c3b2a1020004000000000000000000ffff000001000000", "hex");
  const frame = Buffer.from(
    "ffffffffffff02000000000a0806" +
      "0001080006040001" +
      "02000000000ac000020a" +
      "000000000000c0000201",
    "hex",
  );
  const record = Buffer.alloc(16);
  record.writeUInt32LE(1_700_000_000, 0);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  return Buffer.concat([header, record, frame]);
}

async function capture(name: string, bytes = arpCapture()): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes);
  return path;
}

const nightcap = (...args: string[]) => run(process.execPath, ["src/main.ts", "report", ...args]);

test("a file alone gives text, JSON and a page of the same answer", async () => {
  const path = await capture("arp.pcap");
  const page = join(directory, "page.html");
  const text = await nightcap(path, "--text");
  const json = await nightcap(path, "--json");
  const html = await nightcap(path, "--output", page);
  expect([text.code, json.code, html.code]).toEqual([0, 0, 0]);
  expect(text.stdout.split("\n")[0]).toBe("1 packet and no IP among them");
  const sha256 = createHash("sha256").update(arpCapture()).digest("hex");
  expect(JSON.parse(json.stdout)).toMatchObject({
    alert: null,
    capture: { sha256, sizeBytes: 82 },
  });
  expect(html.stderr).toContain(page);
  expect(await readFile(page, "utf8")).toContain("1 packet and no IP among them");
});

test("a damaged file is reported on as far as it goes, with the hash of the whole", async () => {
  const bytes = Buffer.concat([arpCapture(), Buffer.from("half a record")]);
  const { stdout } = await nightcap(await capture("cut.pcap", bytes), "--json");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(JSON.parse(stdout)).toMatchObject({
    capture: { sha256, sizeBytes: bytes.length },
    file: { packets: 1, truncated: true },
  });
});

test("no file, another format and two formats at once are clear errors", async () => {
  const missing = await nightcap(join(directory, "none.pcap"), "--text");
  const other = await nightcap(
    await capture("other.txt", Buffer.from("just some words, no packets")),
    "--text",
  );
  const both = await nightcap(await capture("both.pcap"), "--text", "--json");
  const unwritable = await nightcap(
    await capture("to.pcap"),
    "--output",
    join(directory, "no/page.html"),
  );
  expect([missing, other, both, unwritable].map(({ code, stdout }) => [code, stdout])).toEqual(
    Array.from({ length: 4 }, () => [1, ""]),
  );
  expect(missing.stderr).toMatch(/cannot read .*none\.pcap.*ENOENT/);
  expect(other.stderr).toMatch(/^nightcap: /);
  expect(both.stderr).toContain("--text and --json exclude each other");
  expect(unwritable.stderr).toMatch(/cannot write the report to .*page\.html/);
});
