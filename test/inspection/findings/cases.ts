// One capture, made by hand, that shows each finding, and one much like it that does not.
import { dnsMessage, Wire, type Line } from "../wire.ts";

const me = "192.0.2.10";
const server = "198.51.100.7";

export interface Case {
  id: string;
  shows: Wire;
  doesNot: Wire;
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

function many(count: number, add: (wire: Wire, at: number) => unknown): Wire {
  const wire = new Wire();
  for (const at of numbers(count)) add(wire, at);
  return wire;
}

/** So that what is at the end is not taken for the end. */
const later = (wire: Wire): Wire => wire.udp(100_000, `${me}:5000`, `${server}:5000`, "later");

const said = (from: Line["from"], ...lines: string[]): Line[] =>
  lines.map((says) => ({ from, says }));

const dialogue = (port: number, ...lines: string[]): Wire =>
  new Wire().talk(0, `${me}:4000`, `${server}:${port}`, {
    lines: lines.map((line) => ({
      from: line.startsWith("<") ? "server" : "client",
      says: `${line.slice(1)}\r\n`,
    })),
  });

const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
export const secret = "s3cr3t-w0rd";

/** Data, and the same segments again. */
function repeated(count: number, everyMs: number): Wire {
  const wire = new Wire().talk(0, `${me}:4000`, `${server}:80`, { closes: false });
  for (const at of numbers(count)) {
    const place = { sequence: 1_001 + at * 100, ack: 5_001, payload: "x".repeat(100) };
    wire.tcp(100 + at, `${me}:4000`, `${server}:80`, { flags: ["ack"], ...place });
    wire.tcp(1_000 + at * everyMs, `${me}:4000`, `${server}:80`, { flags: ["ack"], ...place });
  }
  return wire;
}

const dnsTalks = (count: number, tookMs: number, code: number | null): Wire =>
  later(
    many(count, (wire, at) => {
      wire.udp(at * 100, `${me}:${4000 + at}`, `${server}:53`, dnsMessage(at, "name.example"));
      if (code !== null)
        wire.udp(
          at * 100 + tookMs,
          `${server}:53`,
          `${me}:${4000 + at}`,
          dnsMessage(at, "name.example", code),
        );
    }),
  );

const web = (status: number, tookMs: number): Wire =>
  new Wire().talk(0, `${me}:4000`, `${server}:80`, {
    lines: [
      ...said("client", "GET /page?token=abc HTTP/1.1\r\nHost: shop.example\r\n\r\n"),
      {
        from: "server",
        says: `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`,
        afterMs: tookMs,
      },
    ],
  });

const syn = { flags: ["syn"] } as const;
const handshakes = (rtts: readonly number[]): Wire =>
  rtts.reduce(
    (wire, rttMs, at) =>
      wire.talk(at * 1_000, `${me}:${4000 + at}`, `198.51.100.${at === 5 ? 99 : 7}:443`, { rttMs }),
    new Wire(),
  );

const beaconTalks = (startOf: (at: number) => number): Wire =>
  many(12, (wire, at) =>
    wire.talk(startOf(at), `${me}:${4000 + at}`, `${server}:443`, {
      lines: said("client", "still here"),
    }),
  );

const refusal = (wire: Wire, port: number): Wire =>
  wire
    .tcp(0, `${me}:4000`, `${server}:${port}`, { ...syn, sequence: 10 })
    .tcp(1, `${server}:${port}`, `${me}:4000`, { flags: ["rst", "ack"], ack: 11 });

export const cases: readonly Case[] = [
  {
    id: "tcp-refused",
    shows: refusal(new Wire(), 81),
    doesNot: new Wire().talk(0, `${me}:4000`, `${server}:81`, {}),
  },
  {
    id: "tcp-unanswered",
    shows: later(new Wire().tcp(0, `${me}:4000`, `${server}:81`, { ...syn, sequence: 10 })),
    // The capture ends before an answer could come.
    doesNot: new Wire().tcp(0, `${me}:4000`, `${server}:81`, { ...syn, sequence: 10 }),
  },
  {
    id: "tcp-half-open",
    shows: later(
      many(3, (wire, at) =>
        wire
          .tcp(at, `${me}:${4000 + at}`, `${server}:81`, { ...syn, sequence: 10 })
          .tcp(at + 1, `${server}:81`, `${me}:${4000 + at}`, {
            flags: ["syn", "ack"],
            sequence: 50,
            ack: 11,
          }),
      ),
    ),
    doesNot: later(
      many(3, (wire, at) => wire.talk(at * 10, `${me}:${4000 + at}`, `${server}:81`, {})),
    ),
  },
  {
    id: "tcp-resets",
    shows: many(6, (wire, at) =>
      wire
        .talk(at * 100, `${me}:${4000 + at}`, `${server}:80`, { closes: false })
        .tcp(at * 100 + 50, `${server}:80`, `${me}:${4000 + at}`, {
          flags: ["rst"],
          sequence: 5_001,
        }),
    ),
    doesNot: many(6, (wire, at) => wire.talk(at * 100, `${me}:${4000 + at}`, `${server}:80`, {})),
  },
  { id: "tcp-retransmissions", shows: repeated(12, 1), doesNot: repeated(0, 1) },
  { id: "tcp-retransmission-burst", shows: repeated(12, 1), doesNot: repeated(12, 2_000) },
  {
    id: "tcp-zero-window",
    shows: new Wire()
      .talk(0, `${me}:4000`, `${server}:80`, { lines: said("client", "data"), closes: false })
      .tcp(50, `${server}:80`, `${me}:4000`, {
        flags: ["ack"],
        sequence: 5_001,
        ack: 1_005,
        window: 0,
      }),
    doesNot: new Wire().talk(0, `${me}:4000`, `${server}:80`, { lines: said("client", "data") }),
  },
  {
    id: "latency-above-median",
    shows: handshakes([10, 11, 12, 10, 11, 300]),
    doesNot: handshakes([10, 11, 12, 10, 11, 30]),
  },
  {
    id: "initial-rtt-slow",
    shows: handshakes([400, 410, 420]),
    doesNot: handshakes([40, 41, 42]),
  },
  {
    id: "syn-repeated",
    shows: new Wire()
      .tcp(0, `${me}:4000`, `${server}:80`, { ...syn, sequence: 1_000 })
      .talk(1_000, `${me}:4000`, `${server}:80`, {}),
    doesNot: new Wire().talk(1_000, `${me}:4000`, `${server}:80`, {}),
  },
  { id: "dns-failures", shows: dnsTalks(5, 10, 2), doesNot: dnsTalks(5, 10, 0) },
  { id: "dns-unanswered", shows: dnsTalks(5, 10, null), doesNot: dnsTalks(5, 10, 0) },
  { id: "dns-names-not-found", shows: dnsTalks(12, 10, 3), doesNot: dnsTalks(5, 10, 3) },
  { id: "dns-slow", shows: dnsTalks(5, 400, 0), doesNot: dnsTalks(5, 20, 0) },
  { id: "http-errors", shows: web(503, 10), doesNot: web(404, 10) },
  { id: "http-slow", shows: web(200, 2_000), doesNot: web(200, 200) },
  {
    id: "port-scan-vertical",
    shows: many(20, (wire, at) =>
      wire
        .tcp(at, `${me}:4000`, `${server}:${20 + at}`, { ...syn, sequence: 10 })
        .tcp(at + 0.5, `${server}:${20 + at}`, `${me}:4000`, { flags: ["rst", "ack"], ack: 11 }),
    ),
    doesNot: many(20, (wire, at) =>
      wire.talk(at * 50, `${me}:${4000 + at}`, `${server}:${20 + at}`, {
        lines: said("client", "hello"),
      }),
    ),
  },
  {
    id: "port-scan-horizontal",
    shows: many(20, (wire, at) =>
      wire.tcp(at, `${me}:4000`, `198.51.100.${at + 1}:445`, { ...syn, sequence: 10 }),
    ),
    doesNot: many(20, (wire, at) =>
      wire.talk(at * 50, `${me}:${4000 + at}`, `198.51.100.${at + 1}:445`, {
        lines: said("client", "hello"),
      }),
    ),
  },
  {
    id: "beacon",
    shows: beaconTalks((at) => at * 60_000 + (at % 3) * 500),
    doesNot: beaconTalks((at) => at * at * 7_000),
  },
  {
    id: "credentials-cleartext",
    shows: dialogue(21, "<220 hello", ">USER alice", "<331 and", `>PASS ${secret}`, "<230 in"),
    doesNot: dialogue(
      21,
      "<220 hello",
      ">USER anonymous",
      "<331 and",
      ">PASS me@example",
      "<230 in",
    ),
  },
  {
    id: "policy-protocol",
    shows: dialogue(23, "<login: "),
    doesNot: dialogue(22, "<SSH-2.0-server"),
  },
];

/** Each protocol with logins, and the name of the user where it has one. */
export const logins: readonly [string, Wire, string | null][] = [
  ["ftp", dialogue(21, "<220 hi", ">USER alice", "<331 ok", `>PASS ${secret}`), "alice"],
  ["pop", dialogue(110, "<+OK hi", ">USER alice", "<+OK", `>PASS ${secret}`), "alice"],
  [
    "pop",
    dialogue(110, "<+OK hi", ">AUTH PLAIN", "<+ ", `>${base64(`\0alice\0${secret}`)}`),
    "alice",
  ],
  ["imap", dialogue(143, "<* OK hi", `>a1 LOGIN "alice" ${secret}`), "alice"],
  [
    "imap",
    dialogue(143, "<* OK hi", ">a1 AUTHENTICATE PLAIN", "<+ ", `>${base64(`\0alice\0${secret}`)}`),
    "alice",
  ],
  [
    "smtp",
    dialogue(25, "<220 hi", ">EHLO x", `>AUTH PLAIN ${base64(`\0alice\0${secret}`)}`),
    "alice",
  ],
  [
    "smtp",
    dialogue(
      25,
      "<220 hi",
      ">AUTH LOGIN",
      "<334 VXNlcm5hbWU6",
      `>${base64("alice")}`,
      "<334 UGFzc3dvcmQ6",
      `>${base64(secret)}`,
    ),
    "alice",
  ],
  [
    "http",
    new Wire().talk(0, `${me}:4000`, `${server}:80`, {
      lines: said(
        "client",
        `GET / HTTP/1.1\r\nHost: a.example\r\nAuthorization: Basic ${base64(`alice:${secret}`)}\r\n\r\n`,
      ),
    }),
    "alice",
  ],
  [
    "telnet",
    new Wire().talk(0, `${me}:4000`, `${server}:23`, {
      lines: [
        ...said("server", "\xff\xfd\x18server login: "),
        ...Array.from("alice\r").flatMap((letter): Line[] => [
          { from: "client", says: letter },
          { from: "server", says: letter },
        ]),
        ...said("server", "\r\nPassword: "),
        ...Array.from(`${secret}\r`, (letter): Line => ({ from: "client", says: letter })),
      ],
    }),
    "alice",
  ],
  [
    "snmp",
    new Wire().udp(
      0,
      `${me}:4000`,
      `${server}:161`,
      Buffer.concat([
        Buffer.from([0x30, 0x20, 2, 1, 1, 4, secret.length]),
        Buffer.from(secret, "latin1"),
        Buffer.from([0xa0, 0]),
      ]),
    ),
    null,
  ],
];
