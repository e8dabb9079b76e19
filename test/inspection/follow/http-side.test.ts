import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  HttpSide,
  type HttpEvent,
  type WaitingRequests,
} from "../../../src/inspection/follow/http-side.ts";

interface Told {
  startLine: string;
  body: string;
}

/** The messages of one side, its bytes pushed in pieces of a size. */
function messages(bytes: Uint8Array, size = bytes.length, requests: WaitingRequests = []): Told[] {
  const side = new HttpSide(requests);
  const events: HttpEvent[] = [];
  for (let at = 0; at < bytes.length; at += Math.max(1, size))
    events.push(...side.push(bytes.slice(at, at + Math.max(1, size))));
  events.push(...side.end());
  const told: { startLine: string; parts: Uint8Array[] }[] = [];
  for (const event of events) {
    if ("message" in event) told.push({ startLine: event.message.startLine, parts: [] });
    else told.at(-1)?.parts.push(event.body);
  }
  return told.map(({ startLine, parts }) => ({
    startLine,
    body: Buffer.concat(parts).toString("latin1"),
  }));
}

const ascii = (text: string): Buffer => Buffer.from(text.replaceAll("\n", "\r\n"), "latin1");
const ok = "HTTP/1.1 200 OK";

describe("the messages of one side", () => {
  test("have bodies by their length, by chunks, or up to the end", () => {
    const bytes = Buffer.concat([
      ascii(`${ok}\nContent-Length: 5\n\nhello`),
      ascii(`${ok}\nTransfer-Encoding: chunked\n\n4;x=y\nwiki\n6\npedia!\n0\nTrailer: x\n\n`),
      ascii("HTTP/1.1 304 Not Modified\nContent-Length: 99\n\n"),
      ascii(`${ok}\n\nall that follows`),
    ]);
    expect(messages(bytes)).toEqual([
      { startLine: ok, body: "hello" },
      { startLine: ok, body: "wikipedia!" },
      { startLine: "HTTP/1.1 304 Not Modified", body: "" },
      { startLine: ok, body: "all that follows" },
    ]);
  });

  test.each([
    ["gzip", gzipSync("squeezed")],
    ["deflate", deflateSync("squeezed")],
    ["deflate", deflateRawSync("squeezed")],
  ])("are decompressed where they are %s, piece by piece", (coding, content) => {
    const head = ascii(`${ok}\nContent-Encoding: ${coding}\nContent-Length: ${content.length}\n\n`);
    const bytes = Buffer.concat([head, content]);
    for (const size of [1, 7, bytes.length])
      expect(messages(bytes, size)).toEqual([{ startLine: ok, body: "squeezed" }]);
  });

  test("have no body in answer to HEAD, and end where the connection becomes something else", () => {
    const requests: WaitingRequests = [];
    messages(ascii("HEAD / HTTP/1.1\n\nCONNECT a:443 HTTP/1.1\n\n"), 3, requests);
    expect(requests).toEqual(["HEAD", "CONNECT"]);
    const bytes = ascii(`${ok}\nContent-Length: 5\n\n${ok}\n\n\x16\x03\x01`);
    expect(messages(bytes, bytes.length, requests)).toEqual([
      { startLine: ok, body: "" },
      { startLine: ok, body: "" },
    ]);
  });

  test("are none in what is no HTTP", () => {
    expect(messages(ascii("220 mail ESMTP\n\nquit\n\n"))).toEqual([]);
  });
});

test("the size of the pieces changes nothing", () => {
  const message = fc
    .tuple(fc.boolean(), fc.string({ unit: "binary-ascii", maxLength: 40 }))
    .map(([isChunked, body]) =>
      isChunked && body !== ""
        ? ascii(`${ok}\nTransfer-Encoding: chunked\n\n${body.length.toString(16)}\n`) +
          `${body}\r\n0\r\n\r\n`
        : ascii(`${ok}\nContent-Length: ${body.length}\n\n`) + body,
    );
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 5 }),
      fc.integer({ min: 1, max: 50 }),
      (all, size) => {
        const bytes = Buffer.from(all.join(""), "latin1");
        expect(messages(bytes, size)).toEqual(messages(bytes));
        expect(messages(bytes)).toHaveLength(all.length);
      },
    ),
  );
});

test("random bytes behind a head never throw", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("gzip", "deflate", "br", "identity"),
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      (coding, body, isChunked) => {
        const framing = isChunked ? "Transfer-Encoding: chunked" : "Connection: close";
        const head = ascii(`${ok}\nContent-Encoding: ${coding}\n${framing}\n\n`);
        expect(messages(Buffer.concat([head, body]), 9)).toHaveLength(1);
      },
    ),
  );
});
