import { expect, test } from "vitest";
import { dnsMessage, Wire } from "./wire.ts";

const client = "192.0.2.10";
const resolver = "192.0.2.53";

test("endpoints are the sums of conversations, for Ethernet too", async () => {
  const wire = new Wire()
    .udp(0, `${client}:4000`, `${resolver}:9`, "abcd")
    .udp(1, `${resolver}:9`, `${client}:4000`, "ab");
  const { endpoints, ethernetConversations } = await wire.inspect();
  expect(endpoints.ipv4).toEqual([
    { address: client, packetsSent: 1, bytesSent: 46, packetsReceived: 1, bytesReceived: 44 },
    { address: resolver, packetsSent: 1, bytesSent: 44, packetsReceived: 1, bytesReceived: 46 },
  ]);
  expect(ethernetConversations).toEqual([
    {
      a: "02:00:00:00:00:01",
      b: "02:00:00:00:00:02",
      framesAToB: 2,
      bytesAToB: 90,
      framesBToA: 0,
      bytesBToA: 0,
    },
  ]);
});

test("DNS questions are paired with their answers by conversation and id", async () => {
  const ask = (at: number, port: number, id: number, name: string): [number, string, string, Uint8Array] => [
    at, `${client}:${port}`, `${resolver}:53`, dnsMessage(id, name),
  ]; // prettier-ignore
  const answer = (at: number, port: number, message: Uint8Array): [number, string, string, Uint8Array] => [
    at, `${resolver}:53`, `${client}:${port}`, message,
  ]; // prettier-ignore
  const wire = new Wire()
    .udp(...ask(0, 4000, 1, "fast.example"))
    .udp(...ask(1, 4001, 1, "gone.example"))
    .udp(...answer(5, 4001, dnsMessage(1, "gone.example", 3)))
    .udp(...answer(20, 4000, dnsMessage(1, "fast.example", 0)))
    .udp(...ask(30, 4002, 7, "broken.example"))
    .udp(...ask(530, 4002, 7, "broken.example"))
    .udp(...answer(630, 4002, dnsMessage(7, "broken.example", 2)))
    .udp(...ask(700, 4003, 8, "silent.example"))
    .udp(2_000, `${client}:9`, `${resolver}:9`, "later");
  const { dns } = await wire.inspect();
  expect(dns).toMatchInlineSnapshot(`
    {
      "failedNames": [
        {
          "count": 1,
          "name": "broken.example",
        },
        {
          "count": 1,
          "name": "gone.example",
        },
      ],
      "failures": [
        {
          "name": "broken.example",
          "queryFrame": 5,
          "responseCode": "SERVFAIL",
          "responseFrame": 7,
          "server": "192.0.2.53",
          "time": "600000000",
        },
        {
          "name": "silent.example",
          "queryFrame": 8,
          "responseCode": null,
          "responseFrame": null,
          "server": "192.0.2.53",
          "time": null,
        },
      ],
      "medianTime": "20000000",
      "notFollowed": 0,
      "p95Time": "600000000",
      "queries": 5,
      "repeatedQueries": 1,
      "responseCodes": {
        "NOERROR": 1,
        "NXDOMAIN": 1,
        "SERVFAIL": 1,
      },
      "responses": 3,
      "servers": [
        {
          "address": "192.0.2.53",
          "answered": 3,
          "failures": 1,
          "medianTime": "20000000",
          "queries": 5,
          "slowestTime": "600000000",
          "unanswered": 1,
        },
      ],
      "slowest": [
        {
          "name": "broken.example",
          "queryFrame": 5,
          "responseCode": "SERVFAIL",
          "responseFrame": 7,
          "server": "192.0.2.53",
          "time": "600000000",
        },
        {
          "name": "fast.example",
          "queryFrame": 1,
          "responseCode": "NOERROR",
          "responseFrame": 4,
          "server": "192.0.2.53",
          "time": "20000000",
        },
        {
          "name": "gone.example",
          "queryFrame": 2,
          "responseCode": "NXDOMAIN",
          "responseFrame": 3,
          "server": "192.0.2.53",
          "time": "4000000",
        },
      ],
      "unanswered": 1,
    }
  `);
});

test("time to first byte runs from the whole request to the response's first segment", async () => {
  const body = "x".repeat(20);
  const wire = new Wire().talk(0, `${client}:4000`, "198.51.100.7:80", {
    lines: [
      {
        from: "client",
        says: "POST /a?secret=1 HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 4\r\n\r\n",
      },
      { from: "client", says: "abcd", afterMs: 50 },
      { from: "server", says: `HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n${body}`, afterMs: 70 },
      { from: "server", says: body, afterMs: 500 },
      { from: "client", says: "GET /b HTTP/1.1\r\nHost: shop.example\r\n\r\n" },
      { from: "server", says: "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", afterMs: 30 },
    ],
  });
  const { http } = await wire.inspect();
  expect(http).toMatchInlineSnapshot(`
    {
      "failures": [
        {
          "host": "shop.example",
          "method": "GET",
          "path": "/b",
          "requestFrame": 8,
          "responseFrame": 9,
          "status": 503,
          "stream": 0,
          "timeToFirstByte": "30000000",
        },
      ],
      "hosts": [
        {
          "clientErrors": 0,
          "host": "shop.example",
          "medianTimeToFirstByte": "30000000",
          "requests": 2,
          "serverErrors": 1,
        },
      ],
      "medianTimeToFirstByte": "30000000",
      "methods": {
        "GET": 1,
        "POST": 1,
      },
      "notFollowed": 0,
      "p95TimeToFirstByte": "70000000",
      "requests": 2,
      "responses": 2,
      "slowest": [
        {
          "host": "shop.example",
          "method": "POST",
          "path": "/a",
          "requestFrame": 5,
          "responseFrame": 6,
          "status": 200,
          "stream": 0,
          "timeToFirstByte": "70000000",
        },
        {
          "host": "shop.example",
          "method": "GET",
          "path": "/b",
          "requestFrame": 8,
          "responseFrame": 9,
          "status": 503,
          "stream": 0,
          "timeToFirstByte": "30000000",
        },
      ],
      "statuses": {
        "200": 1,
        "503": 1,
      },
      "unanswered": 0,
    }
  `);
});

test("a series widens its buckets, keeps every packet, and tells directions from the home address", async () => {
  const wire = new Wire();
  for (let at = 0; at < 1_000; at++) {
    wire.udp(at * 1_000, `${client}:4000`, `203.0.113.${at % 200}:9`, "ask");
    wire.udp(at * 1_000 + 5, `203.0.113.${at % 200}:9`, `${client}:4000`, "answer it");
  }
  const { timeSeries } = await wire.inspect();
  const [udp] = timeSeries.families;
  const sum = (values: readonly number[] = []): number => values.reduce((all, one) => all + one, 0);
  expect(timeSeries.home).toBe(client);
  expect(timeSeries.bucketCount).toBeLessThanOrEqual(240);
  expect([
    udp?.family,
    sum(udp?.sent.packets),
    sum(udp?.received.packets),
    sum(udp?.other.packets),
  ]).toEqual(["udp", 1_000, 1_000, 0]);
});

test("streams say when they were and what they carried", async () => {
  const wire = new Wire()
    .talk(0, `${client}:4000`, "198.51.100.7:3333", {
      lines: [{ from: "client", says: '{"id":1,"method":"mining.subscribe","params":[]}\n' }],
    })
    .talk(500, `${client}:4001`, "198.51.100.7:80", {});
  const { tcpStreams } = await wire.inspect();
  expect(
    tcpStreams.map(({ firstFrame, firstTime, duration, protocol }) => [
      firstFrame,
      firstTime,
      duration,
      protocol,
    ]),
  ).toMatchInlineSnapshot(`
    [
      [
        1,
        "1700000000000000000",
        "13000000",
        "stratum",
      ],
      [
        8,
        "1700000000500000000",
        "12000000",
        null,
      ],
    ]
  `);
});
