import { expect, test } from "vitest";
import type { PacketDetail } from "../../../src/inspection/browse/packet-book.ts";
import { innermostAt, treeNodes } from "../../../src/web/packets/details/tree-nodes.ts";
import { rowFamily } from "../../../src/web/packets/list/families.ts";
import {
  deltaText,
  secondsText,
  timeText,
  wholeTimeText,
} from "../../../src/web/packets/list/times.ts";
import { rowOf } from "./array-book.ts";

const field = (name: string, start: number, end: number) => ({
  name,
  label: name,
  value: "1",
  filter: `${name} == 1`,
  range: { data: 0, start, end },
});

const detail: PacketDetail = {
  row: rowOf(1),
  missingBytes: 0,
  data: [{ name: "Frame", base64: "AAAA" }],
  layers: [
    {
      protocol: "ip",
      title: "Internet Protocol",
      range: { data: 0, start: 14, end: 34 },
      fields: [field("ip.src", 26, 30), field("ip.addr", 26, 30), field("ip.addr", 30, 34)],
    },
    {
      protocol: "tcp",
      title: "TCP",
      range: { data: 0, start: 34, end: 54 },
      fields: [field("tcp.flags", 46, 48), field("tcp.flags.syn", 47, 48)],
    },
  ],
};

test("the innermost layer is open until somebody says otherwise", () => {
  const keys = (openness: [string, boolean][]): string[] =>
    treeNodes(detail, new Map(openness)).map(({ key }) => key);
  expect(keys([])).toEqual(["ip", "tcp", "tcp/tcp.flags", "tcp/tcp.flags.syn"]);
  expect(
    keys([
      ["ip", true],
      ["tcp", false],
    ]),
  ).toEqual(["ip", "ip/ip.src", "ip/ip.addr", "ip/ip.addr#2", "tcp"]);
});

test("a byte belongs to the smallest part that has it", () => {
  const at = (place: number): string | undefined =>
    innermostAt(detail, { data: 0, at: place })?.key;
  expect([14, 26, 33, 46, 47, 53].map(at)).toEqual([
    "ip",
    "ip/ip.addr",
    "ip/ip.addr#2",
    "tcp/tcp.flags",
    "tcp/tcp.flags.syn",
    "tcp",
  ]);
  expect(at(3)).toBeUndefined();
  expect(innermostAt(detail, { data: 1, at: 14 })).toBeNull();
});

test("times are shown to the microsecond, and whole beside it", () => {
  const row = { time: "1700000000123456789", relativeTime: "61000000022" };
  expect(timeText(row, "relative")).toBe("61.000000");
  expect(timeText(row, "utc")).toBe("22:13:20.123456");
  expect(wholeTimeText(row.time)).toBe("2023-11-14 22:13:20.123456789 UTC");
  expect(deltaText(row, { time: "1700000000123455789", relativeTime: "1" })).toBe("0.000001");
  expect(deltaText(row, { time: "1700000000124456789", relativeTime: "1" })).toBe("-0.001000");
  expect(secondsText("5")).toBe("0.000000");
  expect(timeText({ time: null, relativeTime: null }, "relative")).toBe("");
});

test("a reset has the colour of what is wrong", () => {
  expect(rowFamily({ protocol: "tcp", info: "1 → 2 [RST, ACK] Seq=1" })).toBe("bad");
  expect(rowFamily({ protocol: "tcp", info: "1 → 2 [SYN] Seq=1" })).toBe("tcp");
  expect(rowFamily({ protocol: "never-heard-of", info: "" })).toBe("other");
});
