// Several captures on one page: what changed where, on one time line; whatever their texts are.
import { expect, test } from "vitest";
import { summarizeCapture } from "../../src/report/capture-summary.ts";
import { renderGroupHtml } from "../../src/report/group-html.ts";
import {
  type GroupMember,
  type GroupReportInput,
  renderGroupJson,
  renderGroupText,
} from "../../src/report/group-report.ts";
import { documentOf } from "./group-documents.ts";

const moment = Date.parse("2026-11-21T02:00:00Z");

const memberOf = (
  host: string,
  more: Partial<GroupMember> & { after?: number } = {},
): GroupMember => {
  const { after = 0, ...others } = more;
  return {
    sessionId: `id-${host}`,
    host,
    captureName: `slow-${host}`,
    summary: summarizeCapture(documentOf({ host, onset: moment + after })),
    problem: null,
    reportLink: `https://nightcap/reports/${host}.html?key=1`,
    ...others,
  };
};

const quiet = (host: string): GroupMember => ({
  ...memberOf(host),
  summary: summarizeCapture(documentOf({ host, onset: moment, change: false })),
});

const inputOf = (members: GroupMember[], awaitedCount = 0): GroupReportInput => ({
  title: 'Alert "egress"',
  createdAt: "2026-11-21T02:10:00.000Z",
  members,
  awaitedCount,
});

test("the host that changed first is named, and the rest has a line each", () => {
  const input = inputOf([memberOf("b", { after: 3_000 }), quiet("c"), memberOf("a")], 1);
  expect(renderGroupText(input).split("\n")).toEqual([
    'Alert "egress": 2 of 3 hosts changed; first a at 02:00:00 UTC: Exfiltration',
    "b: Exfiltration (likely): 203.0.113.7:443 (1 kB/s to 90 kB/s)",
    "c: 10 packets and no IP",
    "a: Exfiltration (likely): 203.0.113.7:443 (1 kB/s to 90 kB/s)",
    "1 capture more to come",
  ]);
  expect(renderGroupText(inputOf([quiet("c"), quiet("d")]))).toMatch(
    /^Alert "egress": Nothing that was asked about increased in 2 hosts\n/,
  );
});

test("several captures of one host are counted as captures", () => {
  const input = inputOf([
    memberOf("a", { captureName: "one" }),
    memberOf("a", { captureName: "two", after: 9_000 }),
  ]);
  expect(renderGroupText(input)).toMatch(/^Alert "egress": 2 of 2 captures changed; first one at /);
});

test("the page has a row and a section for each, and one axis from the first column to the last", () => {
  const html = renderGroupHtml(
    inputOf([memberOf("b", { after: 30_000 }), quiet("c"), memberOf("a")]),
  );
  const sections = [...html.matchAll(/<h2 id="s-id-(\w)">/g)].map(([, host]) => host);
  expect(sections).toEqual(["b", "c", "a"]);
  const rows = [...html.matchAll(/<a href="#s-id-(\w)">/g)].map(([, host]) => host);
  expect(rows).toEqual(["a", "b", "c"]);
  expect(html).toContain("01:59:40 UTC to 02:00:50 UTC");
  expect(html.match(/<rect\s+class="f-out"/g)).toHaveLength(40);
  expect(html).toContain("Not covered: the ring was short");
  expect(html).toContain('<a href="https://nightcap/reports/a.html?key=1">');
});

test("hostile texts are shown as text, and only our own kind of link is a link", () => {
  const bad = `<script>alert(1)</script>"'\u0000\u202e`;
  const summary = summarizeCapture(documentOf({ host: bad, onset: moment }));
  const member = memberOf("x", { host: bad, captureName: bad, problem: bad, summary });
  const link = "javascript:alert(1)";
  const html = renderGroupHtml({ ...inputOf([{ ...member, reportLink: link }]), title: bad });
  expect(html).not.toContain("<script");
  expect(html).not.toContain("javascript:");
  expect(html).not.toMatch(/\p{Cc}(?<!\n)|\u202e/u);
  const text = renderGroupText({ ...inputOf([member]), title: bad });
  expect(text).not.toMatch(/\p{Cc}(?<!\n)|\u202e/u);
  expect(JSON.parse(renderGroupJson(inputOf([member])))).toMatchObject({
    format: "nightcap-group-report/1",
    members: [{ host: bad }],
  });
});

test("a report of none, and of one that could not be inspected", () => {
  expect(renderGroupText(inputOf([]))).toContain("Nothing that was asked about increased");
  expect(renderGroupHtml(inputOf([]))).toContain("</html>");
  const torn = memberOf("a", { summary: null, problem: "not inspected: torn", reportLink: null });
  expect(renderGroupHtml(inputOf([torn]))).toContain("<li>not inspected: torn</li>");
});
