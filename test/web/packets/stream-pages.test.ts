import { expect, test } from "vitest";
import type { FollowPiece, PacketBook } from "../../../src/inspection/browse/packet-book.ts";
import { streamFile } from "../../../src/web/packets/follow/download-stream.ts";
import { findMatches } from "../../../src/web/packets/follow/find-text.ts";
import { pieceText } from "../../../src/web/packets/follow/piece-text.ts";
import { StreamPages, type StreamPiece } from "../../../src/web/packets/follow/stream-pages.ts";
import { streamNameOf } from "../../../src/web/packets/follow/use-stream.ts";

const name = { protocol: "tcp", stream: 3 } as const;
const toBase64 = (text: string): string => Buffer.from(text).toString("base64");

/** A stream of so many pieces, 10 bytes each, in turn of both sides; ten on each page. */
function streamBook(pieceCount: number): PacketBook {
  const pieces = Array.from({ length: pieceCount }, (_, at): FollowPiece => {
    const text = `piece${String(at).padStart(5, "0")}`;
    return { side: at % 2 === 0 ? "a" : "b", frame: at + 1, time: null, base64: toBase64(text) };
  });
  return {
    rows: () => Promise.reject(new Error("not asked here")),
    packet: () => Promise.reject(new Error("not asked here")),
    http: () => Promise.reject(new Error("not asked here")),
    follow: ({ from }) =>
      Promise.resolve({
        a: { address: "192.0.2.1", port: 40_000 },
        b: { address: "192.0.2.2", port: 80 },
        pieces: pieces.slice(from, from + 10),
        next: from + 10 < pieceCount ? from + 10 : null,
        problem: null,
      }),
  };
}

test("a stream is read page by page, and no more than eight pages are kept", async () => {
  const pages = new StreamPages(streamBook(200), name);
  while (pages.state().hasLater) await pages.later();
  const { pieces, hasEarlier } = pages.state();
  expect(pieces.map(({ frame }) => frame)).toEqual(Array.from({ length: 80 }, (_, at) => 121 + at));
  expect(hasEarlier).toBe(true);
  expect(pieces.at(-1)).toMatchObject({ side: "b", offset: 990 });
  while (pages.state().hasEarlier) await pages.earlier();
  expect(pages.state().pieces.map(({ frame }) => frame)).toEqual(
    Array.from({ length: 80 }, (_, at) => 1 + at),
  );
  expect(pages.state().hasLater).toBe(true);
  await pages.later();
  expect(pages.state().pieces.at(-1)).toMatchObject({ frame: 90, offset: 440 });
});

test("a refusal is told, and the end of it is the end", async () => {
  const book = streamBook(1);
  book.follow = () => Promise.reject(new Error("there is no stream 3"));
  const pages = new StreamPages(book, name);
  await pages.later();
  expect(pages.state()).toMatchObject({ hasLater: false, isReading: false });
  expect(pages.state().error?.message).toBe("there is no stream 3");
});

const piece = (text: string, offset = 0): StreamPiece => ({
  key: "0.0",
  side: "a",
  frame: 4,
  time: "1",
  base64: toBase64(text),
  bytes: Buffer.from(text),
  offset,
});

test("bytes are shown as text, hex, raw hex and JSON; nothing in them moves the cursor", () => {
  expect(pieceText(piece("GET / HTTP/1.1\r\nX: \u001b[2J\u202Eé\r\n"), "text")).toBe(
    "GET / HTTP/1.1\nX: ·[2J·é\n",
  );
  expect(pieceText(piece("0123456789abcdef\u0000é", 16), "hex")).toBe(
    "00000010  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n" +
      "00000020  00 c3 a9                                         ...",
  );
  expect(pieceText(piece("ab"), "raw")).toBe("6162");
  expect(pieceText(piece("ab"), "json")).toBe('{"side":"a","frame":4,"time":"1","base64":"YWI="}');
});

test("a text is found without regard to case", () => {
  const found = findMatches([piece("Host: a\nhost: b")], (one) => pieceText(one, "text"), "HOST");
  expect(found).toEqual([
    { piece: "0.0", at: 0 },
    { piece: "0.0", at: 8 },
  ]);
});

test("a side is downloaded as it was sent, and both as JSON that can be read", async () => {
  const raw = await streamFile(streamBook(25), name, { showing: "raw", side: "b" });
  expect(raw.file.name).toBe("tcp-3-b.bin");
  expect(raw.isCut).toBe(false);
  expect((await raw.file.text()).match(/.{10}/g)).toEqual(
    Array.from({ length: 12 }, (_, at) => `piece${String(at * 2 + 1).padStart(5, "0")}`),
  );
  const json = await streamFile(streamBook(200), name, { showing: "json", side: "both" });
  const pieces = JSON.parse(await json.file.text()) as { frame: number }[];
  expect(pieces.map(({ frame }) => frame)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
});

test("the page's address names a stream", () => {
  expect(streamNameOf("udp.12")).toEqual({ protocol: "udp", stream: 12 });
  for (const text of [null, "", "sctp.1", "tcp.", "tcp.-1", "tcp.1x"])
    expect(streamNameOf(text)).toBeNull();
});
