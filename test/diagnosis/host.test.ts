// The host's answers in real network namespaces, with the real nft, ip, ping and connections.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createAnswerer } from "../../src/diagnosis/answer-question.ts";
import type { HostAnswer, NetworkQuestion, QuestionOf } from "../../src/diagnosis/question.ts";
import { skipReason } from "../bed/availability.ts";
import { openTestBed, type TestBed } from "../bed/bed.ts";

const reason = skipReason();
if (reason !== null) console.warn(reason);

describe.skipIf(reason !== null)("a host in a network namespace", () => {
  let bed: TestBed;
  let ask: (question: NetworkQuestion) => Promise<HostAnswer>;
  const vm = "192.0.2.10";
  const client = "192.0.2.20";
  const internet = "198.51.100.80";

  beforeAll(async () => {
    bed = await openTestBed();
    ask = createAnswerer(bed.netnsName("vm"));
  });
  afterEach(() => bed.exec("vm", "nft", ["flush", "ruleset"]));
  afterAll(() => bed.close());

  const load = async (rules: string): Promise<void> => {
    const input = `table inet filter {\n  chain input {\n    type filter hook input priority 0; policy accept;\n${rules}\n  }\n}\n`;
    const { code, stderr } = await bed.exec("vm", "nft", ["-f", "-"], { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  };
  const inbound = (localPort: number, protocol: "tcp" | "udp" = "tcp"): NetworkQuestion => ({
    kind: "filterVerdict",
    direction: "Inbound",
    protocol,
    localAddress: vm,
    remoteAddress: client,
    localPort,
    remotePort: null,
  });
  const verdict = async (question: NetworkQuestion): Promise<string> => {
    const answer = await ask(question);
    return answer.kind === "filterVerdict"
      ? `${answer.verdict} ${answer.rule.replace("nftables/inet/filter/", "")}`
      : "";
  };

  test("says what nftables does with a connection, and that is what happens to one", async () => {
    const server = await bed.startServer("node", "vm");
    const url = `http://${vm}:${server.port}/`;
    const reaches = async () =>
      (await bed.exec("client", "curl", ["-sS", "-m", "2", url])).code === 0;
    expect([await verdict(inbound(server.port)), await reaches()]).toEqual([
      "accept no nftables chain filters this direction",
      true,
    ]);
    await load(
      `ct state established accept\nip saddr ${client} tcp dport ${server.port} reject comment "not you"`,
    );
    expect([await verdict(inbound(server.port)), await reaches()]).toEqual([
      'drop input/handle/3 "not you"',
      false,
    ]);
    expect(await verdict(inbound(server.port + 1))).toBe("accept input policy accept");
    await bed.exec("vm", "nft", ["flush", "ruleset"]);
    await load(`iifname "eth9" drop\ntcp dport { 1-1023, ${server.port} } accept\ndrop`);
    expect([await verdict(inbound(server.port)), await reaches()]).toEqual([
      "accept input/handle/4",
      true,
    ]);
    expect(await verdict(inbound(53, "udp"))).toBe("drop input/handle/5");
    await server.close();
  });

  test("says that a rule which cannot be judged decides", async () => {
    await load("meta mark 7 drop");
    const answer = await ask(inbound(22));
    expect(answer).toMatchObject({
      verdict: "unknown",
      rule: "nftables/inet/filter/input/handle/2",
    });
    expect(answer).toMatchObject({ notJudged: [expect.stringContaining("handle/2")] });
  });

  test("asks the kernel for the next hop", async () => {
    const hop = (destination: string) => ask({ kind: "nextHop", source: vm, destination });
    await bed.exec("vm", "ip", ["route", "add", "203.0.113.0/24", "via", client]);
    await bed.exec("vm", "ip", ["route", "add", "blackhole", "203.0.114.0/24"]);
    await bed.exec("vm", "ip", ["route", "add", "unreachable", "203.0.115.0/24"]);
    expect(await hop(vm)).toMatchObject({ hop: "local", gateway: null });
    expect(await hop(client)).toMatchObject({
      hop: "onLink",
      gateway: null,
      route: "192.0.2.0/24",
    });
    expect(await hop(internet)).toMatchObject({
      hop: "defaultGateway",
      gateway: "192.0.2.1",
      route: "default",
    });
    expect(await hop("203.0.113.9")).toMatchObject({ hop: "gateway", gateway: client });
    expect(await hop("203.0.114.9")).toMatchObject({ hop: "none", device: null });
    expect(await hop("203.0.115.9")).toMatchObject({ hop: "none" });
  });

  const connect = (change: Partial<QuestionOf<"connect">>) =>
    ask({
      kind: "connect",
      protocol: "tcp",
      destination: internet,
      port: 1,
      probeCount: 3,
      timeoutMilliseconds: 500,
      http: null,
      ...change,
    });

  test("connects for real: reached, refused, unanswered, and no such name", async () => {
    const server = await bed.startServer("node", "internet");
    const time = { milliseconds: expect.any(Number), error: null };
    const failed = (error: string) => ({ milliseconds: null, error });
    expect(await connect({ port: server.port })).toEqual({
      kind: "connect",
      address: internet,
      probes: [time, time, time],
    });
    expect(await connect({ port: 9 })).toMatchObject({ probes: [failed("ECONNREFUSED"), {}, {}] });
    const silent = await connect({ destination: "192.0.2.99", probeCount: 1 });
    expect(silent).toMatchObject({ probes: [{ milliseconds: null }] });
    const nameless = await connect({ destination: "no-such-name.invalid" });
    expect(nameless).toMatchObject({ address: null, probes: [{ milliseconds: null }, {}, {}] });
    const http = { path: "/", headers: [], validStatuses: [] };
    expect(await connect({ protocol: "http", port: server.port, http })).toMatchObject({
      probes: [time, {}, {}],
    });
    const wrong = { ...http, validStatuses: [418] };
    expect(await connect({ protocol: "http", port: server.port, http: wrong })).toMatchObject({
      probes: [failed("HTTP status 200"), {}, {}],
    });
    await server.close();
  });

  test("sends ICMP echo requests", async () => {
    const echo = await connect({ protocol: "icmp", port: null });
    expect(echo).toMatchObject({ address: internet });
    expect(
      echo.kind === "connect" &&
        echo.probes.every(({ milliseconds }) => (milliseconds ?? 9_999) < 1_000),
    ).toBe(true);
    const none = await connect({
      protocol: "icmp",
      port: null,
      destination: "192.0.2.99",
      probeCount: 2,
    });
    expect(none).toMatchObject({ probes: [{ milliseconds: null }, { milliseconds: null }] });
  });

  test("takes a few questions at once and refuses the rest", async () => {
    const asked = Array.from({ length: 6 }, () =>
      connect({ protocol: "icmp", port: null }).catch((error: Error) => error),
    );
    const refused = (await Promise.all(asked)).filter((each) => each instanceof Error);
    expect(refused).toHaveLength(2);
    expect(refused[0]?.message).toContain("ask again");
  });
});
