import * as fc from "fast-check";
import { expect, test } from "vitest";
import { reportDocument } from "../../src/report/document.ts";
import { renderHtmlReport } from "../../src/report/html-report.ts";
import { renderJsonReport } from "../../src/report/json-report.ts";
import { renderTextReport } from "../../src/report/text-report.ts";
import { arbitraryReport } from "./arbitrary-report.ts";
import { pageOf } from "./page.ts";
import {
  capture,
  emptyInspection,
  hugeInspection,
  inspected,
  noTotals,
  sample,
  stream,
} from "./sample-report.ts";

/** Every element that a report may hold: those of its own templates. */
const elements = new Set(
  "html head meta title style body header main footer section div p span b h1 h2 h3 ul ol li dl dt dd table caption thead tbody tr th td svg rect text line path circle time bdi code pre br details summary script".split(
    " ",
  ),
);
const attributes = new Set(
  "lang charset http-equiv content name class id aria-labelledby aria-label aria-hidden role title datetime scope style width height viewbox d cx cy r rx x y x1 x2 y1 y2 stroke-width stroke-dasharray colspan text-anchor overflow type".split(
    " ",
  ),
);

test("whatever the texts are, a page has the report's own elements and attributes only", () => {
  fc.assert(
    fc.property(arbitraryReport, (input) => {
      const page = pageOf(renderHtmlReport(input));
      expect(page.tags.filter(({ name }) => !elements.has(name))).toEqual([]);
      const named = page.tags.flatMap((tag) => Object.keys(tag.attributes));
      expect(named.filter((name) => !attributes.has(name))).toEqual([]);
      expect(page.tags.filter(({ name }) => name === "script").length).toBe(1);
      expect(page.unbalanced).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("whatever the texts are, the JSON in the page is the JSON report", () => {
  fc.assert(
    fc.property(arbitraryReport, (input) => {
      const { json } = pageOf(renderHtmlReport(input));
      expect(json).not.toMatch(/[<>&\u2028\u2029]/);
      expect(JSON.parse(json)).toEqual(JSON.parse(renderJsonReport(input)));
    }),
    { numRuns: 100 },
  );
});

test("whatever the texts are, the short text is 6 to 18 lines without controls", () => {
  fc.assert(
    fc.property(arbitraryReport, (input) => {
      const lines = renderTextReport(input).split("\n");
      expect(lines.length).toBeGreaterThanOrEqual(6);
      expect(lines.length).toBeLessThanOrEqual(18);
      // The first is the answer's whole paragraph; characters beyond 16 bits count twice.
      const isTooLong = (line: string, at: number): boolean =>
        line.length > (at === 0 ? 3_000 : 600);
      expect(
        lines.filter(
          (line, at) => isTooLong(line, at) || /[\p{Cc}\p{Cs}\u202a-\u202e]/u.test(line),
        ),
      ).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test("whatever the numbers are, a finding has a sentence and finite evidence", () => {
  fc.assert(
    fc.property(arbitraryReport, (input) => {
      for (const { title, evidence } of reportDocument(input).findings) {
        expect(title).not.toMatch(/NaN|undefined|null|Infinity/);
        expect(
          Object.values(evidence.facts).every(
            (fact) => typeof fact === "string" || Number.isFinite(fact),
          ),
        ).toBe(true);
      }
    }),
    { numRuns: 100 },
  );
});

test("nothing is fetched: no address in the page is more than text", () => {
  const page = renderHtmlReport(sample());
  expect(page).not.toMatch(
    /<(?:link|img|iframe|object|embed|base|form|a)\b|\bsrc=|\bhref=|url\(|@import/i,
  );
  expect(page).toContain(
    `content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
  );
});

test("a SAS token never gets into a report", () => {
  for (const report of [
    renderHtmlReport(sample()),
    renderTextReport(sample()),
    renderJsonReport(sample()),
  ]) {
    expect(report).toContain("https://store.example/captures/a.cap");
    expect(report).not.toMatch(/SECRET|user:pw/);
  }
});

test("the answer comes before findings, findings before pictures, pictures before the file", () => {
  const { headings } = pageOf(renderHtmlReport(sample()));
  expect(headings).toMatchInlineSnapshot(`
    [
      "192.0.2.10 sent 27 kB to 203.0.113.9, 93 % of all bytes",
      "What happened",
      "What the packets say",
      "Findings",
      "Initial round-trip time",
      "Protocols",
      "Who talked to whom",
      "Destinations and ports",
      "Names seen",
      "Asked of DNS",
      "Asked for in TLS (SNI)",
      "Streams",
      "TCP health",
      "Coverage: asked and got",
      "The file",
    ]
  `);
});

test("an empty capture, a damaged file and dropped packets are said in words", () => {
  const empty = renderHtmlReport(sample({ inspection: emptyInspection }));
  expect(empty).toContain("The filter matched no packets");
  expect(empty).toContain("nothing matched");
  const problem = { offset: 4_711, reason: "no such block" };
  const file = { ...sample().inspection.file, truncated: true, problem };
  expect(renderHtmlReport(inspected({ file }))).toContain(
    "The file is damaged at byte 4,711 (no such block)",
  );
  const dropping = sample({ capture: { ...capture, packetsDropped: 1_234 } });
  expect(renderHtmlReport(dropping)).toContain("1,234 packets dropped while recording");
});

test("ten thousand streams are a bounded page that says how many are left out", () => {
  const page = renderHtmlReport(sample({ inspection: hugeInspection(10_000) }));
  expect(page.length).toBeLessThan(300_000);
  expect(page).toContain("and 9,992 more conversations");
  expect(page).toContain("and 9,988 more destinations");
  expect(page).toContain("and 9,988 more names");
  expect(renderJsonReport(sample({ inspection: hugeInspection(10_000) })).length).toBeLessThan(
    300_000,
  );
});

test("jumbo frames and checksums are never findings: a host sees packets before its card finishes them", () => {
  const bytes = 60 * 65_226;
  const file = {
    ...sample().inspection.file,
    packets: 60,
    bytesOnWire: bytes,
    bytesCaptured: bytes,
  };
  const found = reportDocument(
    inspected({ file, tcpTotals: noTotals, tcpStreams: [stream(0)] }),
  ).findings;
  expect(found.map(({ title }) => title).join()).not.toMatch(/jumbo|checksum|MTU/i);
});

test("every table has headings with a scope, every picture a name or none to tell", () => {
  const { tags } = pageOf(renderHtmlReport(sample()));
  expect(tags.filter(({ name, attributes: { scope } }) => name === "th" && !scope)).toEqual([]);
  const pictures = tags.filter(({ name, depthOfSvg }) => name === "svg" && depthOfSvg === 0);
  const unnamed = pictures.filter(
    ({ attributes: own }) => own["aria-hidden"] !== "true" && !own["aria-label"],
  );
  expect(unnamed).toEqual([]);
  const ids = tags.flatMap(({ attributes: { id } }) => (id ? [id] : []));
  expect(new Set(ids).size).toBe(ids.length);
});

test("the JSON report has its fields in a stable order", () => {
  expect(Object.keys(JSON.parse(renderJsonReport(sample())) as object)).toMatchInlineSnapshot(`
    [
      "format",
      "createdAt",
      "answer",
      "change",
      "findings",
      "alert",
      "capture",
      "file",
      "protocolHierarchy",
      "applicationProtocols",
      "conversations",
      "destinations",
      "initialRtt",
      "dns",
      "http",
      "tls",
      "streams",
      "timeSeries",
      "tcp",
      "udp",
      "names",
      "overflow",
    ]
  `);
});
