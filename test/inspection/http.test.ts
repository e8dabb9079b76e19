// Conversations of HTTP and what each of their frames shows, as tshark 4.0 shows it.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonEnd } from "../../src/inspection/dissect/web/json-text.ts";
import { segmentPaths, type Side } from "./conversations.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const ok = "HTTP/1.1 200 OK\r\n";
const plain = "Content-Type: text/plain\r\n";
const chunked = `${ok}${plain}Transfer-Encoding: chunked\r\n\r\n`;

const answered = (...responses: string[]): [Side, string][] => [
  ["client", get],
  ...responses.map((response): [Side, string] => ["server", response]),
];

describe("messages", () => {
  test.each<[string, [Side, string][], string[]]>([
    [
      "a body of known length",
      answered(`${ok}${plain}Content-Length: 5\r\n\r\nhello`),
      ["http", "http/data-text-lines"],
    ],
    ["two in one segment", [["client", get + get]], ["http/http"]],
    [
      "a length that is no number: up to the end of the stream",
      answered(`${ok}${plain}Content-Length: 5x\r\n\r\nhello`),
      ["http", "", "tcp.segments/http/data-text-lines"],
    ],
    ["a status without a body", answered(`HTTP/1.1 304 No\r\n${plain}\r\n`), ["http", "http"]],
    [
      "chunks",
      answered(`${chunked}5\r\nhel`, "lo\r\n0\r\n\r\n"),
      ["http", "", "tcp.segments/http/data-text-lines"],
    ],
    ["chunks that are none", answered(`${chunked}hello\r\n`), ["http", "http/_ws.malformed"]],
    ["one empty line first", [["client", `\r\n${get}`]], ["http"]],
    [
      "a line that is no header field",
      [["client", "GET / HTTP/1.1\r\nHost: a\r\nfoo bar\r\nHost: b\r\n\r\n"]],
      ["http/http"],
    ],
    ["other text on the port", [["client", "hello\r\n"]], [""]],
    [
      "bytes after a request",
      [
        ["client", get],
        ["client", "\u0001\u0002"],
      ],
      ["http", "http"],
    ],
    [
      "JSON with something behind",
      answered(`${ok}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a":1} x`),
      ["http", "http/json/data-text-lines"],
    ],
    ["a method that is not known, on another port", [["client", "FOO / HTTP/1.1\r\n\r\n"]], [""]],
    [
      "a tunnel",
      [
        ["client", "CONNECT a:25 HTTP/1.1\r\n\r\n"],
        ["server", `${ok}\r\n`],
        ["server", "220 hi\r\n"],
      ],
      ["http", "http", "http/smtp"],
    ],
    [
      "an upgrade to WebSocket",
      [
        ["client", get],
        ["server", "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n"],
        ["server", "\u0081\u0005hello\u0082\u0001x"],
      ],
      ["http", "http", "websocket/data-text-lines/websocket/data"],
    ],
    [
      "text that is XML",
      answered(
        `${ok}${plain}Content-Length: 44\r\n\r\n<?xml version="1.0" encoding="iso-8859-1"?>\n`,
      ),
      ["http", "http/xml"],
    ],
    [
      "a response alone, and bytes that continue nothing",
      [
        ["server", `${ok}Content-Length: 0\r\n\r\n`],
        ["server", "\u0001"],
      ],
      ["http", ""],
    ],
    [
      "HTTP/2 without TLS",
      [
        ["server", "\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000"],
        ["client", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0001"],
        ["client", "\u0000\u0000\u0000\u0000"],
      ],
      ["http2", "http2", "tcp.segments/http2"],
    ],
  ])("%s", (_, segments, expected) => {
    expect(segmentPaths(80, segments)).toEqual(expected);
  });

  test("on any port by the version in the first line", () => {
    expect(
      segmentPaths(8181, [
        ["client", "GET / HTTP/2.0\r\n\r\n"],
        ["client", get],
      ]),
    ).toEqual(["data", "http"]);
  });

  test("never fail on any bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (parts) => {
        const text = parts.map((part) => Buffer.from(part).toString("latin1"));
        segmentPaths(80, [
          ["client", get],
          ...text.map((part): [Side, string] => [
            "server",
            `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n${part}`,
          ]),
        ]);
      }),
      { numRuns: 50 },
    );
  });
});

describe("JSON text", () => {
  const rest = (text: string): string => {
    const bytes = new TextEncoder().encode(text);
    return text.slice(jsonEnd(bytes, 0, bytes.length));
  };
  test.each([
    ['{"a":[1,{"b":null}]} \n', ""],
    ['{"a":1}{"b":2}', ""],
    ["[1 2]", ""],
    ["5", "5"],
    ["[1,2,", "[1,2,"],
    ['{"a":01}', '{"a":01}'],
    ["[1]x", "x"],
  ])("%s leaves '%s'", (text, left) => {
    expect(rest(text)).toBe(left);
  });

  test("reads whatever is written as JSON", () => {
    fc.assert(
      fc.property(fc.array(fc.json()), (parts) => {
        expect(rest(`[${parts.join(",")}]`)).toBe("");
      }),
    );
  });
});
