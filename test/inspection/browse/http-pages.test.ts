// HTTP messages of a stream by pages: what was sent is known, and tshark shows the same.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import type { HttpMessageNode } from "../../../src/inspection/browse/packet-book.ts";
import { decodeContent } from "../../../src/server/packets/decode-content.ts";
import { connection } from "../change/conversations.ts";
import { Traffic } from "../change/traffic.ts";
import { bookOptions, readBook } from "./books.ts";

const hasTshark = spawnSync("tshark", ["-v"]).status === 0;
const client = { address: "192.0.2.10", port: 40_000 };
const server = { address: "192.0.2.80", port: 80 };
const page = Buffer.from(`<p>${"a long night at the rack; ".repeat(200)}</p>`);
const ascii = (text: string): Buffer => Buffer.from(text.replaceAll("\n", "\r\n"), "latin1");

function chunked(bytes: Uint8Array, size = 700): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    parts.push(ascii(`${piece.length.toString(16)}\n`), Buffer.from(piece), ascii("\n"));
  }
  return Buffer.concat([...parts, ascii("0\n\n")]);
}

const responseOf = (fields: string, body: Uint8Array): Buffer =>
  Buffer.concat([ascii(`HTTP/1.1 200 OK\nContent-Type: text/html\n${fields}\n\n`), body]);
const sized = (coding: string, body: Uint8Array): Buffer =>
  responseOf(`Content-Encoding: ${coding}\nContent-Length: ${body.length}`, body);

/** Request by request: what is answered. */
const exchanges: { path: string; response: Buffer; body: Buffer }[] = [
  { path: "/plain", response: responseOf(`Content-Length: ${page.length}`, page), body: page },
  { path: "/gzip", response: sized("gzip", gzipSync(page)), body: page },
  { path: "/deflate", response: sized("deflate", deflateSync(page)), body: page },
  { path: "/br", response: sized("br", brotliCompressSync(page)), body: page },
  {
    path: "/chunked-gzip",
    response: responseOf(
      "Content-Encoding: gzip\nTransfer-Encoding: chunked",
      chunked(gzipSync(page), 40),
    ),
    body: page,
  },
  { path: "/none", response: ascii("HTTP/1.1 204 No Content\n\n"), body: Buffer.alloc(0) },
];

function captureOf(turns: readonly { from: "client" | "server"; bytes: Uint8Array }[]): Uint8Array {
  const traffic = new Traffic();
  connection(
    traffic,
    0,
    { client, server },
    turns.map((turn) => ({ ...turn, after: 5 })),
  );
  return traffic.pcap();
}

const requestOf = (path: string): Buffer => ascii(`GET ${path} HTTP/1.1\nHost: rack.example\n\n`);
const capture = captureOf(
  exchanges.flatMap(({ path, response }) => [
    { from: "client" as const, bytes: requestOf(path) },
    { from: "server" as const, bytes: response },
  ]),
);

async function messagesOf(
  bytes: Uint8Array,
  { count = 3, bodyBytesMax = 100_000 } = {},
): Promise<{ messages: HttpMessageNode[]; otherBytes: number }> {
  const book = await readBook(bytes, { ...bookOptions, decode: decodeContent });
  const messages: HttpMessageNode[] = [];
  let otherBytes = 0;
  for (let from: number | null = 0; from !== null;) {
    const answer = await book.http({ stream: 0, from, count, bodyBytesMax });
    messages.push(...answer.messages);
    ({ otherBytes, next: from } = answer);
  }
  await book.close();
  return { messages, otherBytes };
}

const bodyOf = ({ base64 }: HttpMessageNode): Buffer => Buffer.from(base64, "base64");

test("requests and responses come in their order, with bodies as they were before their codings", async () => {
  const { messages, otherBytes } = await messagesOf(capture);
  expect(otherBytes).toBe(0);
  expect(messages.map(({ number }) => number)).toEqual(messages.map((_, at) => at));
  expect(messages.filter(({ side }) => side === "a").map(({ head }) => head)).toEqual(
    exchanges.map(({ path }) => `GET ${path} HTTP/1.1\r\nHost: rack.example`),
  );
  const responses = messages.filter(({ side }) => side === "b");
  for (const [at, { path, body }] of exchanges.entries()) {
    const response = responses[at];
    expect(response && bodyOf(response), path).toEqual(body);
    expect(response, path).toMatchObject({ isWhole: true, bodySizeBytes: body.length });
  }
  expect(responses.map(({ contentEncoding, isDecoded }) => [contentEncoding, isDecoded])).toEqual([
    ["", false],
    ["gzip", true],
    ["deflate", true],
    ["br", true],
    ["gzip", true],
    ["", false],
  ]);
});

test.skipIf(!hasTshark)("what tshark decodes of each response is the same", async () => {
  const directory = mkdtempSync(join(tmpdir(), "nightcap-http-"));
  const path = join(directory, "http.pcap");
  writeFileSync(path, capture);
  const text = execFileSync("tshark", ["-n", "-2", "-q", "-r", path, "-z", "follow,http,raw,0"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  rmSync(directory, { recursive: true });
  const lines = text.split("\n").filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const shown = (isB: boolean): string =>
    Buffer.from(
      lines
        .filter((line) => line.startsWith("\t") === isB)
        .map((line) => line.trim())
        .join(""),
      "hex",
    ).toString("latin1");
  const { messages } = await messagesOf(capture);
  const ours = (side: "a" | "b"): string =>
    messages
      .filter((message) => message.side === side)
      .map((message) => `${message.head}\r\n\r\n${bodyOf(message).toString("latin1")}`)
      .join("");
  expect(ours("a")).toBe(shown(false));
  expect(ours("b")).toBe(shown(true));
});

test("a large body is cut to what was asked for, one in a coding that bursts too, and sizes are told", async () => {
  const bomb = Buffer.alloc(5_000_000);
  const bytes = captureOf([
    { from: "client", bytes: requestOf("/bomb") },
    { from: "server", bytes: sized("br", brotliCompressSync(bomb)) },
    { from: "client", bytes: requestOf("/zip") },
    { from: "server", bytes: sized("gzip", gzipSync(bomb)) },
    { from: "client", bytes: requestOf("/zstd") },
    { from: "server", bytes: sized("zstd", zstdCompressSync(page)) },
  ]);
  const { messages } = await messagesOf(bytes, { bodyBytesMax: 1_000 });
  const [br, gzip, zstd] = messages.filter(({ side }) => side === "b");
  expect([br, gzip].map((each) => each && bodyOf(each).length)).toEqual([1_000, 1_000]);
  expect(br).toMatchObject({ isDecoded: true, isWhole: false });
  expect(gzip).toMatchObject({ isDecoded: true, isWhole: true, bodySizeBytes: bomb.length });
  expect(zstd && bodyOf(zstd)).toEqual(page.subarray(0, 1_000));
});

test("a body that breaks off says so, and what is no HTTP is counted", async () => {
  const cut = captureOf([
    { from: "client", bytes: requestOf("/cut") },
    { from: "server", bytes: ascii("HTTP/1.1 200 OK\nContent-Length: 900\n\nonly so much") },
  ]);
  const [, response] = (await messagesOf(cut)).messages;
  expect(response).toMatchObject({ isWhole: false, bodySizeBytes: 12 });
  const mail = captureOf([{ from: "server", bytes: ascii("220 mail ESMTP\n\n") }]);
  expect(await messagesOf(mail)).toEqual({ messages: [], otherBytes: 18 });
  const upgraded = captureOf([
    { from: "client", bytes: requestOf("/socket") },
    { from: "server", bytes: ascii("HTTP/1.1 101 Switching Protocols\n\n\x81\x05hello") },
  ]);
  expect(await messagesOf(upgraded)).toMatchObject({ messages: { length: 2 }, otherBytes: 7 });
});
