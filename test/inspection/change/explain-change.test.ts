import { describe, expect, test } from "vitest";
import type { ChangeAnswer, ChangeMetric } from "../../../src/inspection/change/change-answer.ts";
import type { ChangeOptions } from "../../../src/inspection/change/change-options.ts";
import { explainChange } from "../../../src/inspection/change/explain-change.ts";
import { defaultPolicy } from "../../../src/inspection/findings/policy.ts";
import { parseNetwork } from "../../../src/inspection/findings/network.ts";
import { chunksOf } from "../captures.ts";
import {
  background,
  connection,
  filler,
  http,
  httpAnswer,
  lookUp,
  probe,
  Talk,
} from "./conversations.ts";
import { host, moment, numbers, Traffic, type End } from "./traffic.ts";

const span = 12_000;

async function ask(
  traffic: Traffic,
  metric: ChangeMetric,
  options: Partial<ChangeOptions> = {},
): Promise<ChangeAnswer> {
  return explainChange(chunksOf(traffic.pcap()), { moment, metric, ...options });
}

/** Quiet traffic around the moment. */
function quiet(): Traffic {
  const traffic = new Traffic();
  background(traffic, -span, span);
  return traffic;
}

const local = (traffic: Traffic): End => ({ address: host, port: traffic.port() });

const destinations = (answer: ChangeAnswer): ChangeAnswer["parts"][number] => {
  const part = answer.parts.find(({ by }) => by === "destination");
  if (!part) throw new Error("no destinations");
  return part;
};

function upload(
  traffic: Traffic,
  time: number,
  server: End,
  options = { turns: 100, bytes: 14_000 },
): void {
  connection(
    traffic,
    time,
    { client: local(traffic), server },
    Array.from({ length: options.turns }, () => ({
      from: "client" as const,
      bytes: filler(options.bytes),
      after: 80,
    })),
  );
}

describe("each kind is named, with its share and its evidence", () => {
  test("an exfiltration, found where it began and not where the alert was", async () => {
    const traffic = quiet();
    lookUp(traffic, -3_900, "files.example.com", { address: "203.0.113.7" });
    upload(traffic, -3_800, { address: "203.0.113.7", port: 443 });
    const answer = await ask(traffic, "bytesOut", {
      facts: (address) =>
        address === "203.0.113.7"
          ? {
              country: "NL",
              asn: "AS64500",
              owner: "Example",
              threat: "on list X since 2026-11-02",
            }
          : null,
    });
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely an exfiltration to 203.0.113.7:443: bytes out rose from 540 B/s to 98.6 kB/s at 01:58:12 UTC, 3.8 s before the alert. > 99.9 % of the extra bytes: 203.0.113.7:443 (files.example.com, AS64500 Example, NL, tls), first seen 01:58:12 UTC, on list X since 2026-11-02. This has the shape of an exfiltration: 1.45 MB went out and 5.51 kB came back, to an address outside that nothing was sent to before."`,
    );
    expect(answer).toMatchObject({ kind: "exfiltration", confidence: { level: "likely" } });
    expect(Math.abs((answer.onset ?? 0) - (moment - 3_800))).toBeLessThan(200);
    expect(destinations(answer).rows[0]).toMatchObject({
      name: "203.0.113.7:443",
      firstSeen: moment - 3_800,
      threat: "on list X since 2026-11-02",
      country: "NL",
      asn: "AS64500 Example",
    });
    expect(destinations(answer).rows[0]?.share).toBeGreaterThan(0.98);
    expect(answer.evidence.addresses).toEqual(["203.0.113.7"]);
  });

  test("a backup to rsync inside is called one, and not hidden", async () => {
    const traffic = quiet();
    upload(traffic, 500, { address: "10.0.0.9", port: 873 });
    const answer = await ask(traffic, "bytesOut");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Possibly a backup to 10.0.0.9:873, and harmless: bytes out rose from 510 B/s to 139 kB/s at 01:58:16 UTC. > 99.9 % of the extra bytes: 10.0.0.9:873 (rsync), first seen 01:58:16 UTC. This looks like a backup and harmless: 1.45 MB went to 10.0.0.9:873, the address is inside, port 873 is rsync. Whether one was due then is not in the packets."`,
    );
    expect(answer.kind).toBe("backup");
  });

  test("a backup outside is one only when the policy expects it", async () => {
    const traffic = quiet();
    upload(traffic, 500, { address: "198.51.100.9", port: 22 });
    expect((await ask(traffic, "bytesOut")).kind).toBe("exfiltration");
    const expected = parseNetwork("198.51.100.0/24");
    const policy = { ...defaultPolicy, allowedDestinations: expected && [expected] };
    expect((await ask(traffic, "bytesOut", { policy })).kind).toBe("backup");
  });

  test("BitTorrent, by its handshake", async () => {
    const traffic = quiet();
    const hello = Buffer.concat([
      Buffer.from("\u0013BitTorrent protocol", "latin1"),
      Buffer.alloc(48, 7),
    ]);
    for (let peer = 0; peer < 12; peer++)
      connection(
        traffic,
        300 + peer * 200,
        {
          client: local(traffic),
          server: { address: `203.0.113.${peer + 1}`, port: 51_413 + peer },
        },
        [
          { from: "client", bytes: hello, after: 1 },
          { from: "server", bytes: hello, after: 5 },
          ...Array.from({ length: 20 }, () => ({
            from: "client" as const,
            bytes: filler(4_000),
            after: 100,
          })),
        ],
      );
    const answer = await ask(traffic, "bytesOut");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"BitTorrent with 12 peers: bytes out rose from 1.21 kB/s to 95.9 kB/s at 01:58:16 UTC. One cause has 100 % of the extra bytes. This is BitTorrent: 12 flows with 12 peers speak it."`,
    );
    expect(answer).toMatchObject({ kind: "peerToPeer", confidence: { level: "certain" } });
  });

  test("a tunnel through DNS", async () => {
    const traffic = quiet();
    const random = numbers(7);
    const letters = "abcdefghijklmnopqrstuvwxyz234567";
    const label = (): string =>
      Array.from({ length: 50 }, () => letters[random(32)] ?? "a").join("");
    for (let time = 0; time < 10_000; time += 50)
      lookUp(traffic, time, `${label()}.${label()}.t.evil.example`);
    const answer = await ask(traffic, "bytesOut");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely a tunnel through DNS under evil.example: bytes out rose from 486 B/s to 3.72 kB/s at 01:58:16 UTC. 99 % of the extra bytes: 10.0.0.1:53 (dns), first seen 01:58:04 UTC. This looks like a tunnel through DNS: 200 questions under evil.example (0 questions before), 200 different names, 103 characters before the domain on average."`,
    );
    expect(answer.kind).toBe("dnsTunnel");
    expect(answer.evidence.facts).toMatchObject({ domain: "evil.example", queries: 200 });
  });

  test("a port scan out", async () => {
    const traffic = quiet();
    for (let port = 1; port <= 400; port++)
      probe(
        traffic,
        1_000 + port * 10,
        { client: local(traffic), server: { address: "203.0.113.20", port } },
        port % 3 === 0 ? "nothing" : "reset",
      );
    const answer = await ask(traffic, "connections");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely a port scan by this host, of 400 ports of 203.0.113.20: new connections rose from 2.1 connections/s to 42 connections/s at 01:58:17 UTC, 1 s after the alert. One cause has 99.7 % of the extra connections. This host scans: it tried 400 ports of 203.0.113.20 and got no data from 100 % of 400 attempts."`,
    );
    expect(answer.kind).toBe("scanOut");
  });

  test("a SYN flood in", async () => {
    const traffic = quiet();
    const random = numbers(9);
    const server = { address: host, port: 443 };
    connection(traffic, -5_000, { client: { address: "192.0.2.44", port: 50_123 }, server }, [
      { from: "client", bytes: 500, after: 1 },
      { from: "server", bytes: 900, after: 1 },
    ]);
    for (let index = 0; index < 3_000; index++) {
      const address = `198.51.${random(256)}.${random(256)}`;
      const client = { address, port: 1_024 + random(60_000) };
      probe(traffic, 2_000 + index * 3, { client, server }, index % 4 === 0 ? "nothing" : "synAck");
    }
    const answer = await ask(traffic, "packetsIn");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely a SYN flood at port 443 of this host: packets in rose from 7.7 packets/s to 340 packets/s at 01:58:18 UTC, 2 s after the alert. One cause has 99.9 % of the extra packets. This is a SYN flood at port 443 of this host: 3,000 connections begun from 2,936 addresses (332 a second), and 100 % of them never went on. Who sends such packets may put any address in them."`,
    );
    expect(answer.kind).toBe("synFlood");
    expect((await ask(traffic, "connections")).kind).toBe("synFlood");
  });

  test("a slow backend, by its answers and not by its acknowledgements", async () => {
    const traffic = quiet();
    const server = { address: "10.0.0.30", port: 5_432 };
    for (let time = -span; time < span - 1_000; time += 250)
      connection(traffic, time, { client: local(traffic), server }, [
        { from: "client", bytes: 200, after: 1 },
        { from: "server", bytes: 700, after: time < 0 ? 3 : 480 },
      ]);
    const answer = await ask(traffic, "latency");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely a slow backend, 10.0.0.30:5432: the time that answers take rose from 2.98 ms to 312 ms at 01:58:16 UTC. > 99.9 % of the extra waiting: 10.0.0.30:5432, first seen 01:58:04 UTC. The server 10.0.0.30:5432 answers slowly: 481 ms on average over 44 answers, 3.55 ms before. The way there and back took at most 525 µs of it, so the time was spent in the server."`,
    );
    expect(answer.kind).toBe("slowBackend");
    expect(destinations(answer).rows[0]?.name).toBe("10.0.0.30:5432");
  });

  test("loss on the way to one peer", async () => {
    const traffic = quiet();
    const talk = new Talk(traffic, local(traffic), { address: "203.0.113.50", port: 8_080 });
    let time = talk.open(-span + 50);
    for (let turn = 0; turn < 230; turn++) {
      time = talk.send(time + 90, { from: "client", bytes: 1_200 });
      if (time > 0 && turn % 4 === 0) talk.resend(time + 30, "client", 1_200);
    }
    const answer = await ask(traffic, "retransmissions");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely packet loss on the way to 203.0.113.50: retransmissions rose from 0 segments/s to 2.3 segments/s at 01:58:16 UTC. 100 % of the extra retransmissions: 203.0.113.50:8080, first seen 01:58:04 UTC. Packets are lost on the way to 203.0.113.50: 25 segments sent again, 20 % of those that went that way (0 % before)."`,
    );
    expect(answer.kind).toBe("loss");
    expect(answer.evidence.facts["peer"]).toBe("203.0.113.50");
  });

  test("a burst of refused attempts", async () => {
    const traffic = quiet();
    for (let index = 0; index < 100; index++)
      probe(
        traffic,
        1_000 + index * 90,
        {
          client: { address: "203.0.113.60", port: 40_000 + index },
          server: { address: host, port: 3_306 },
        },
        "nothing",
      );
    const answer = await ask(traffic, "denied");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Likely a burst of refused attempts, 100 connections: refused attempts rose from 0 attempts/s to 10 attempts/s at 01:58:17 UTC, 1 s after the alert. 100 % of the extra attempts: 203.0.113.60 to port 3306, first seen 01:58:17 UTC. This is a burst of refused attempts: 100 connections that were reset or never answered, as a firewall or a closed port does (0 such attempts before)."`,
    );
    expect(answer.kind).toBe("deniedBurst");
  });

  test("one destination that is no more than that", async () => {
    const traffic = quiet();
    connection(
      traffic,
      700,
      { client: local(traffic), server: { address: "192.0.2.99", port: 443 } },
      [
        { from: "client", bytes: 300, after: 1 },
        ...Array.from({ length: 100 }, () => ({
          from: "server" as const,
          bytes: 28_000,
          after: 60,
        })),
      ],
    );
    const answer = await ask(traffic, "bytesIn");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Bytes in rose from 3.57 kB/s to 285 kB/s at 01:58:16 UTC. 99.9 % of the extra bytes: 192.0.2.99:443 (tls), first seen 01:58:16 UTC. It is a download: 2.91 MB came from 192.0.2.99:443."`,
    );
    expect(answer.kind).toBe("singleDestination");
  });

  test("an increase that nothing explains is spread", async () => {
    const traffic = quiet();
    for (let index = 0; index < 412; index++)
      connection(
        traffic,
        500 + index * 20,
        {
          client: local(traffic),
          server: { address: `198.51.${100 + (index >> 8)}.${index & 255}`, port: 443 },
        },
        [
          { from: "client", bytes: 2_000 + (index === 7 ? 20_000 : 0), after: 1 },
          { from: "server", bytes: 2_000, after: 1 },
        ],
      );
    const answer = await ask(traffic, "bytesOut");
    expect(answer.sentence).toMatchInlineSnapshot(
      `"Bytes out rose from 510 B/s to 95.5 kB/s at 01:58:16 UTC. The increase is spread over 414 destinations; the largest, 198.51.100.7:443 (tls), first seen 01:58:16 UTC, has 2.3 %."`,
    );
    expect(answer.kind).toBe("spread");
    // Those of the quiet traffic may have grown a little too.
    expect(destinations(answer).count).toBeGreaterThanOrEqual(412);
    expect(destinations(answer).count).toBeLessThan(416);
  });
});

describe("near misses are not named wrong", () => {
  test("a client that fetches much from this host is no exfiltration", async () => {
    const traffic = quiet();
    connection(
      traffic,
      700,
      { client: { address: "203.0.113.80", port: 50_000 }, server: { address: host, port: 443 } },
      [
        { from: "client", bytes: 300, after: 1 },
        ...Array.from({ length: 100 }, () => ({
          from: "server" as const,
          bytes: 28_000,
          after: 60,
        })),
      ],
    );
    const answer = await ask(traffic, "bytesOut");
    expect(answer.kind).toBe("singleDestination");
    expect(answer.sentence).toContain("A client fetches from port 443 of this host");
  });

  test("a mail server's look-ups are no tunnel", async () => {
    const traffic = quiet();
    const random = numbers(3);
    for (let time = 0; time < 10_000; time += 25) {
      const reversed = Array.from({ length: 4 }, () => random(256)).join(".");
      lookUp(traffic, time, `${reversed}.zen.spamhaus.org`);
    }
    expect((await ask(traffic, "packetsOut")).kind).not.toBe("dnsTunnel");
  });

  test("a block list's key for a customer, in each name, makes no tunnel", async () => {
    const traffic = quiet();
    const random = numbers(4);
    for (let time = 0; time < 10_000; time += 25) {
      const reversed = Array.from({ length: 4 }, () => random(256)).join(".");
      lookUp(traffic, time, `${reversed}.k7q2mzt4w6r9x3b8n5v1c0jhdf.zen.blocklist.example`);
    }
    expect((await ask(traffic, "packetsOut")).kind).not.toBe("dnsTunnel");
  });

  test("loss is measured against what goes the same way, not against acknowledgements", async () => {
    const traffic = quiet();
    const talk = new Talk(traffic, local(traffic), { address: "203.0.113.50", port: 8_080 });
    let time = talk.open(-span + 50);
    for (let turn = 0; turn < 1_400; turn++) {
      time = talk.send(time + 16, { from: "client", bytes: 1_200 });
      if (time > 0 && turn % 60 === 0) talk.resend(time + 5, "client", 1_200);
    }
    expect((await ask(traffic, "retransmissions")).kind).toBe("loss");
  });

  test("a scan of this host is not a scan by it", async () => {
    const traffic = quiet();
    for (let port = 1; port <= 400; port++)
      probe(
        traffic,
        1_000 + port * 10,
        { client: { address: "203.0.113.90", port: 50_000 }, server: { address: host, port } },
        "reset",
      );
    const answer = await ask(traffic, "connections");
    expect(answer.kind).toBe("deniedBurst");
    expect(answer.sentence).toContain("as a scan of it does");
  });

  test("a slow client is no slow backend", async () => {
    const traffic = quiet();
    const server = { address: host, port: 8_000 };
    for (let time = -span; time < span - 2_000; time += 500)
      connection(
        traffic,
        time,
        { client: { address: "192.0.2.55", port: traffic.port() }, server },
        [
          { from: "client", bytes: 200, after: time < 0 ? 1 : 900 },
          { from: "server", bytes: 700, after: 3 },
          { from: "client", bytes: 200, after: time < 0 ? 1 : 900 },
          { from: "server", bytes: 700, after: 3 },
        ],
      );
    expect((await ask(traffic, "latency")).kind).toBe("none");
  });

  test("a backup to a neighbour with a public address is one, and a neighbour at any port is none", async () => {
    const own = "192.0.2.10";
    for (const [port, kind] of [
      [22, "backup"],
      [443, "exfiltration"],
    ] as const) {
      const traffic = new Traffic();
      const copy = {
        client: { address: own, port: 50_000 },
        server: { address: "192.0.2.20", port },
      };
      for (let time = -5_000; time < 5_000; time += 500) {
        const web = { address: "198.51.100.80", port: 80 };
        connection(traffic, time, { client: { address: own, port: traffic.port() }, server: web }, [
          { from: "client", bytes: http("www.example.org"), after: 1 },
          { from: "server", bytes: httpAnswer(2_000), after: 1 },
        ]);
      }
      connection(traffic, 100, copy, [{ from: "client", bytes: filler(600_000), after: 1 }]);
      const answer = await ask(traffic, "bytesOut", { localAddresses: [own] });
      expect([port, answer.kind]).toEqual([port, kind]);
    }
  });

  test("a page from a network of many addresses is spread, and no peer-to-peer", async () => {
    const traffic = quiet();
    for (let index = 0; index < 60; index++)
      connection(
        traffic,
        200 + index * 100,
        { client: local(traffic), server: { address: `151.101.${index}.7`, port: 443 } },
        [
          { from: "client", bytes: 400, after: 1 },
          { from: "server", bytes: 20_000, after: 5 },
        ],
      );
    expect((await ask(traffic, "bytesIn")).kind).toBe("spread");
    expect((await ask(traffic, "connections")).kind).toBe("spread");
  });

  test("a service that is down is tried again and again: refused, and no scan", async () => {
    const traffic = quiet();
    for (let index = 0; index < 100; index++)
      probe(
        traffic,
        500 + index * 80,
        { client: local(traffic), server: { address: "10.0.0.40", port: 5_672 } },
        "reset",
      );
    for (const metric of ["connections", "denied", "packetsOut"] as const)
      expect((await ask(traffic, metric)).kind).toBe("deniedBurst");
  });

  test("more customers of a web server are no flood", async () => {
    const traffic = quiet();
    for (let index = 0; index < 400; index++)
      connection(
        traffic,
        200 + index * 20,
        {
          client: { address: `203.0.113.${1 + (index % 200)}`, port: 20_000 + index },
          server: { address: host, port: 443 },
        },
        [
          { from: "client", bytes: http("shop.example"), after: 1 },
          { from: "server", bytes: httpAnswer(500), after: 1 },
        ],
      );
    expect((await ask(traffic, "connections")).kind).toBe("spread");
  });
});
