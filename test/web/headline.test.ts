import { createInstance } from "i18next";
import { expect, test } from "vitest";
import type { ChangeGist } from "../../src/inspection/change/gist.ts";
import { firstOf, headlineOf, restOf } from "../../src/web/words/headline.ts";
import { formatsOf } from "../../src/web/words/moments.ts";
import { languages, roomsOf, roomWords } from "./rooms.ts";

const gist: ChangeGist = {
  kind: "exfiltration",
  level: "likely",
  metric: "bytesOut",
  unit: "bytes/s",
  before: 1_200,
  after: 48_000,
  at: Date.parse("2026-11-21T04:00:11Z"),
  destination: { name: "198.51.100.66:443", share: 0.97 },
  destinationCount: 3,
};

async function said(language: string, change: Partial<ChangeGist>): Promise<string> {
  const i18n = createInstance();
  const translation = Object.assign(
    {},
    ...roomsOf(language).map((room) => roomWords(language, room)),
  );
  await i18n.init({
    lng: language,
    resources: { [language]: { translation } },
    interpolation: { escapeValue: false },
  });
  const formats = formatsOf(language);
  // The clock's zone is that of whoever runs this.
  return headlineOf({ ...gist, ...change }, i18n.t, formats).replace(
    formats.moment(gist.at),
    "TIME",
  );
}

test("the first words of an answer are said in each language, with the same values", async () => {
  const all = await Promise.all(
    languages.map(async (language) => [language, await said(language, {})] as const),
  );
  expect(Object.fromEntries(all)).toMatchInlineSnapshot(`
    {
      "en": "Likely an exfiltration: Bytes out went from 1.2 kB/s to 48 kB/s at TIME. 97% of the increase: 198.51.100.66:443.",
      "fr": "Probablement une exfiltration — Octets sortants : 1,2 ko/s, puis 48 ko/s à partir du TIME. 97 % de la hausse : 198.51.100.66:443.",
      "ja": "データの持ち出しの可能性が高い：送信バイト数が TIME に 1.2 KB/秒 から 48 KB/秒 へ増加。増加分の 97%：198.51.100.66:443。",
      "ko": "데이터 유출일 가능성이 높음 — 보낸 바이트: 1.2kB/s → 48kB/s, TIME부터. 증가분의 97%: 198.51.100.66:443.",
      "zh-Hans": "很可能是数据外泄：出站字节在 TIME 从 1.2 kB/秒 升到 48 kB/秒。增量的 97%：198.51.100.66:443。",
    }
  `);
});

test("what is certain has no doubt, what grew at many places names none, and what did not grow says so", async () => {
  expect(
    await said("fr", { kind: "spread", level: "certain", destination: null }),
  ).toMatchInlineSnapshot(`"Octets sortants : 1,2 ko/s, puis 48 ko/s à partir du TIME."`);
  const many = { destination: { name: "192.0.2.1:80", share: 0.03 }, destinationCount: 412 };
  expect(await said("ja", { kind: "spread", level: "certain", ...many })).toMatchInlineSnapshot(
    `"送信バイト数が TIME に 1.2 KB/秒 から 48 KB/秒 へ増加。412 件の宛先に分散している。"`,
  );
  expect(await said("ko", { kind: "none", unit: "connections/s" })).toMatchInlineSnapshot(
    `"보낸 바이트: 거의 늘지 않았습니다. TIME 이전 초당 1,200 연결, 이후 초당 48,000 연결."`,
  );
  expect(await said("zh-Hans", { before: null, unit: "milliseconds" })).toMatchInlineSnapshot(
    `"很可能是数据外泄：出站字节自 TIME 起为 48,000 毫秒；此前没有记录。增量的 97%：198.51.100.66:443。"`,
  );
});

test.each(languages)("%s has words for each kind, metric and unit", async (language) => {
  const units = ["packets/s", "connections/s", "segments/s", "attempts/s", "milliseconds"] as const;
  for (const unit of units) expect(await said(language, { unit })).not.toMatch(/gist|\{\{/);
  for (const kind of [
    "peerToPeer",
    "dnsTunnel",
    "scanOut",
    "synFlood",
    "slowBackend",
    "loss",
    "backup",
    "deniedBurst",
  ] as const)
    expect((await said(language, { kind })).length).toBeGreaterThan(
      (await said(language, { kind: "spread" })).length,
    );
  for (const metric of [
    "bytesIn",
    "packetsOut",
    "packetsIn",
    "connections",
    "retransmissions",
    "latency",
    "denied",
  ] as const)
    expect(await said(language, { metric })).not.toContain("gist");
});

const rose = "Bytes out rose from 6.59 kB/s to 48 kB/s at 06:27:50 UTC, 1.5 s before the alert.";
const went = "97 % of the extra bytes: 198.51.100.66:443 (drop.example.com, http).";

test("in English the paragraph's first sentence is the headline, with the next where that alone says where to", () => {
  const kind = `Likely an exfiltration to 198.51.100.66:443: b${rose.slice(1)}`;
  expect(firstOf(`${kind} ${went}`, gist)).toBe(kind);
  expect(firstOf(`${rose} ${went} This is more.`, gist)).toBe(`${rose} ${went}`);
  expect(firstOf(`${rose} ${went}`, undefined)).toBe(rose);
  expect(restOf(`${rose} ${went}`, rose)).toBe(went);
  expect(restOf(`${rose} ${went}`, "D'autres mots")).toBe(`${rose} ${went}`);
});
