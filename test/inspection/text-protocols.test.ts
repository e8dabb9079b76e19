// Mail, look-ups, proxies and protocols of which only the name is told, where tshark 4.0 shows them.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { datagramPaths, segmentPaths, type Side } from "./conversations.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

test.each<[string, number, [Side, string][], string[]]>([
  [
    "IMAP with a message",
    143,
    [["server", "* 1 FETCH (BODY[] {6}\r\nA: b\r\n)\r\na OK\r\n"]],
    ["imap/imf"],
  ],
  [
    "IMAP over segments",
    143,
    [
      ["server", "* 1 FETCH (BODY[] {6}\r\nA:"],
      ["server", " b\r\n)\r\n"],
    ],
    ["", "tcp.segments/imap/imf"],
  ],
  ["IMAP over TLS", 143, [["client", "\u0000\u0000\u0000\u0000"]], ["tls"]],
  [
    "POP with a message",
    110,
    [
      ["client", "RETR 1\r\n"],
      ["server", "+OK\r\n"],
      ["server", "A: b\r\n.\r\n"],
    ],
    ["pop", "pop", "pop/imf"],
  ],
  [
    "POP that goes over to TLS",
    110,
    [
      ["client", "STLS\r\n"],
      ["server", "+OK\r\n"],
      ["client", "\u0016\u0003\u0001\u0000\u0001\u0001"],
    ],
    ["pop", "pop", "tls"],
  ],
  [
    "WHOIS",
    43,
    [
      ["client", "a.com\r\n"],
      ["server", "Domain: a"],
    ],
    ["whois", "", "tcp.segments/whois"],
  ],
  [
    "Finger",
    79,
    [
      ["client", "a"],
      ["client", "b\r\n"],
    ],
    ["", "tcp.segments/finger"],
  ],
  [
    "SOCKS 5 to HTTP",
    1080,
    [
      ["client", "\u0005\u0001\u0000"],
      ["server", "\u0005\u0000"],
      ["client", "\u0005\u0001\u0000\u0003\u0001a\u0000\u0050"],
      ["server", "\u0005\u0000\u0000\u0001\u0000\u0000\u0000\u0000\u0000\u0000"],
      ["client", get],
      ["server", answer.slice(0, 20)],
      ["server", answer.slice(20)],
    ],
    [
      "socks",
      "socks",
      "socks",
      "socks",
      "socks/http",
      "socks",
      "socks/tcp.segments/http/data-text-lines",
    ],
  ],
  [
    "SOCKS 4 to nowhere",
    1080,
    [
      ["client", "\u0004\u0001\u0000\u0050\u0000\u0000\u0000\u0001u\u0000"],
      ["server", "\u0000\u005b\u0000\u0000\u0000\u0000\u0000\u0000"],
      ["client", get],
    ],
    ["socks", "socks", "socks"],
  ],
  ["a protocol told by its port", 70, [["client", "/\r\n"]], ["gopher"]],
  [
    "one with a length",
    854,
    [
      ["client", "\u0000\u0001\u0000\u0002a"],
      ["client", "b"],
    ],
    ["", "tcp.segments/dlep"],
  ],
  ["bytes that are not the port's", 646, [["client", "hello world"]], ["data"]],
])("%s", (_, port, segments, expected) => {
  const paths = segmentPaths(port, segments).map((path) => path.replace(/^tls.*/, "tls"));
  expect(paths).toEqual(expected);
});

test("any bytes are dissected without a failure", () => {
  const sides = fc.constantFrom<Side>("client", "server");
  const payload = fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(
      fc.constantFrom(21, 43, 79, 110, 143, 323, 1080, 4840, 9092),
      fc.array(fc.tuple(sides, payload), { minLength: 1, maxLength: 6 }),
      (port, segments) => segmentPaths(port, segments).length > 0,
    ),
  );
});

test("DNS shows on any port when it has one question", () => {
  const query = "\u0012\u0034\u0001\u0000\u0000\u0001\u0000\u0000\u0000\u0000\u0000\u0000";
  expect(
    datagramPaths(9_998, [
      ["client", `${query}\u0001a\u0000\u0000\u0001\u0000\u0001`],
      ["client", query],
    ]),
  ).toEqual(["dns", "data"]);
});

test("SMTP shows a message where the line that ends it comes", () => {
  const begin: [Side, string][] = [
    ["client", "DATA\r\n"],
    ["server", "354 go\r\n"],
  ];
  const after = (...parts: string[]): string[] =>
    segmentPaths(25, [...begin, ...parts.map((part): [Side, string] => ["client", part])]).slice(2);
  expect(after("A: b\r\n", "\r\nx\r\n.\r\n")).toEqual(["smtp", "smtp/imf"]);
  expect(after("A: b\r\n.", "\r\n")).toEqual(["smtp", "smtp"]);
  expect(after(".\r\n")).toEqual(["smtp"]);
});

test("BitTorrent's table shows on any port, and where it is damaged", () => {
  expect(
    datagramPaths(9_998, [
      ["client", "d1:ad2:id2:abe1:q4:ping1:y1:qe"],
      ["client", "d1:ad2:id20:abe"],
      ["client", "d3:fooi1ee"],
    ]),
  ).toEqual(["bt-dht", "bt-dht/_ws.malformed", "data"]);
});
