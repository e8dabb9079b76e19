import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NftPacket } from "../../src/diagnosis/nft-match.ts";
import { parseRuleset } from "../../src/diagnosis/nft-ruleset.ts";
import { judgeRuleset } from "../../src/diagnosis/nft-verdict.ts";

type Expression = Record<string, unknown>;

/** nft's JSON with one input chain of these rules, handles from 1 on, and whatever else is given. */
function ruleset(
  rules: readonly Expression[][],
  options: { policy?: string; more?: object[] } = {},
) {
  const place = { family: "inet", table: "filter" };
  const chain = {
    ...place,
    name: "input",
    type: "filter",
    hook: "input",
    prio: 0,
    policy: options.policy ?? "accept",
  };
  return parseRuleset(
    JSON.stringify({
      nftables: [
        { metainfo: { version: "1.0.6" } },
        { chain },
        ...(options.more ?? []),
        ...rules.map((expr, index) => ({
          rule: { ...place, chain: "input", handle: index + 1, expr },
        })),
      ],
    }),
  );
}

const packet: NftPacket = {
  protocol: "tcp",
  sourceAddress: "192.0.2.20",
  destinationAddress: "192.0.2.10",
  sourcePort: null,
  destinationPort: 22,
  inputInterface: "eth0",
  outputInterface: null,
};

const match = (left: Expression, right: unknown, op = "=="): Expression => ({
  match: { op, left, right },
});
const payload = (protocol: string, field: string) => ({ payload: { protocol, field } });
const accept = { accept: null };
const drop = { drop: null };
const judge = (
  rules: readonly Expression[][],
  options: Parameters<typeof ruleset>[1] = {},
  change = {},
) => {
  const { verdict, rule } = judgeRuleset(ruleset(rules, options), "Inbound", {
    ...packet,
    ...change,
  });
  return `${verdict} ${rule.replace("nftables/inet/filter/input", "I")}`;
};

describe("a ruleset", () => {
  test("accepts by its policy or by nothing at all", () => {
    expect(judge([])).toBe("accept I policy accept");
    expect(judge([], { policy: "drop" })).toBe("drop I policy drop");
    const none = judgeRuleset(parseRuleset('{"nftables":[]}'), "Inbound", packet);
    expect(none).toMatchObject({
      verdict: "accept",
      rule: "no nftables chain filters this direction",
    });
  });

  test.each([
    ["a port", match(payload("tcp", "dport"), 22), true],
    ["another port", match(payload("tcp", "dport"), 23), false],
    [
      "a set with a range",
      match(payload("tcp", "dport"), { set: [80, { range: [20, 25] }] }),
      true,
    ],
    ["not a port", match(payload("tcp", "dport"), 22, "!="), false],
    ["less than a port", match(payload("tcp", "dport"), 1_024, "<"), true],
    ["a port of another protocol", match(payload("udp", "dport"), 22), false],
    ["not a port of another protocol", match(payload("udp", "dport"), 23, "!="), false],
    ["any transport's port", match(payload("th", "dport"), 22), true],
    ["a source", match(payload("ip", "saddr"), "192.0.2.20"), true],
    ["a network", match(payload("ip", "saddr"), { prefix: { addr: "192.0.2.0", len: 24 } }), true],
    [
      "an address range",
      match(payload("ip", "saddr"), { range: ["192.0.2.1", "192.0.2.19"] }),
      false,
    ],
    ["an IPv6 source", match(payload("ip6", "saddr"), "2001:db8::1"), false],
    ["an interface", match({ meta: { key: "iifname" } }, "eth0"), true],
    ["an interface by its beginning", match({ meta: { key: "iifname" } }, "eth*"), true],
    ["a protocol by number", match({ meta: { key: "l4proto" } }, 6), true],
    ["a family", match({ meta: { key: "nfproto" } }, "ipv6"), false],
    ["a new connection", match({ ct: { key: "state" } }, ["established", "related"], "in"), false],
  ])("matches %s", (_what, expression, matches) => {
    expect(judge([[expression, drop]])).toBe(
      matches ? "drop I/handle/1" : "accept I policy accept",
    );
  });

  test("follows jumps and their returns, gotos, and maps of verdicts", () => {
    const place = { family: "inet", table: "filter" };
    const chain = { chain: { ...place, name: "web" } };
    const rule = (expr: Expression[]) => ({ rule: { ...place, chain: "web", handle: 9, expr } });
    const jump = [{ counter: { packets: 1 } }, { jump: { target: "web" } }];
    expect(judge([jump, [drop]], { more: [chain, rule([accept])] })).toBe(
      "accept nftables/inet/filter/web/handle/9",
    );
    expect(judge([jump, [drop]], { more: [chain, rule([{ return: null }])] })).toBe(
      "drop I/handle/2",
    );
    const goto = [{ goto: { target: "web" } }];
    expect(judge([goto, [drop]], { more: [chain] })).toBe("accept I policy accept");
    const map = {
      map: {
        ...place,
        name: "ports",
        map: "verdict",
        elem: [
          [22, drop],
          [80, accept],
        ],
      },
    };
    const look = [{ vmap: { key: payload("tcp", "dport"), data: "@ports" } }];
    expect(judge([look], { more: [map] })).toBe("drop I/handle/1");
    expect(judge([look], { more: [map] }, { destinationPort: 443 })).toBe("accept I policy accept");
    const set = {
      set: { ...place, name: "bad", elem: [{ prefix: { addr: "192.0.2.0", len: 24 } }] },
    };
    expect(judge([[match(payload("ip", "saddr"), "@bad"), drop]], { more: [set] })).toBe(
      "drop I/handle/1",
    );
  });

  test("does not guess: what cannot be judged matters only when the end depends on it", () => {
    const mark = match({ meta: { key: "mark" } }, 5);
    expect(judge([[mark, drop]])).toBe("unknown I/handle/1");
    expect(judge([[mark, drop], [drop]])).toBe("drop I/handle/1");
    expect(judge([[mark, accept]])).toBe("accept I/handle/1");
    expect(judge([[mark, accept], [mark, drop], [accept]])).toBe("unknown I/handle/2");
    expect(judge([[mark, match(payload("tcp", "dport"), 23), drop]])).toBe(
      "accept I policy accept",
    );
    expect(judge([[{ queue: { num: 1 } }]])).toBe("unknown I/handle/1");
    const judged = judgeRuleset(ruleset([[mark, drop]]), "Inbound", packet);
    expect(judged.notJudged).toEqual([
      'nftables/inet/filter/input/handle/1: "match" is not judged',
    ]);
  });

  test("a network or a range that is none is not judged", () => {
    const from = (right: unknown) => judge([[match(payload("ip", "saddr"), right), drop]]);
    expect(from({ prefix: { addr: "192.0.2.0", len: 33 } })).toBe("unknown I/handle/1");
    expect(from({ range: ["192.0.2.9", "192.0.2.1"] })).toBe("unknown I/handle/1");
  });

  test("a chain that jumps to itself ends", () => {
    expect(judge([[{ jump: { target: "input" } }]])).toBe("unknown I/handle/1");
  });

  test("whatever expressions a rule has, there is a verdict", () => {
    const name = fc.constantFrom(
      "match",
      "vmap",
      "jump",
      "goto",
      "accept",
      "drop",
      "limit",
      "queue",
      "counter",
      "xt",
    );
    const left = fc.constantFrom<unknown>(
      payload("tcp", "dport"),
      payload("ip", "saddr"),
      { meta: { key: "mark" } },
      null,
      1,
    );
    const right = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        "@nothing",
        { set: [1, "x"] },
        { prefix: { addr: "0.0.0.0", len: 999 } },
      ),
    );
    const op = fc.constantFrom("==", "!=", "in", "<", "?");
    const value = fc.oneof(
      fc.jsonValue(),
      fc.record({ op, left, right }),
      fc.record({ key: left, data: right }),
    );
    const expression = fc.tuple(name, value).map(([key, content]) => ({ [key]: content }));
    fc.assert(
      fc.property(fc.array(fc.array(expression, { maxLength: 4 }), { maxLength: 8 }), (rules) => {
        const { verdict } = judgeRuleset(ruleset(rules), "Inbound", packet);
        expect(["accept", "drop", "unknown"]).toContain(verdict);
      }),
      { numRuns: 500 },
    );
  });
});
