import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  hostLabelSettings,
  hostOf,
  hostsOfLabels,
} from "../../../src/alert/sources/host-labels.ts";
import { readTime } from "../../../src/alert/sources/sender-parts.ts";
import { severityOf } from "../../../src/alert/sources/severity-words.ts";
import { sourceNames } from "../../../src/alert/sources/source.ts";
import { only, outcomes, parse, sample, sampleText } from "./bodies.ts";

const generic = {
  rule: "nightly-transfer",
  host: "web-1",
  time: "2026-11-21T04:00:12Z",
  severity: "high",
  metric: { name: "bytesOut", value: 9e9, operator: "GreaterThan", threshold: 1e9 },
  flows: [
    {
      source: "192.0.2.4",
      destination: "203.0.113.7",
      port: 443,
      protocol: "TCP",
      direction: "outbound",
    },
  ],
  properties: { timeLimitInSeconds: "20" },
};

describe("the generic form", () => {
  test("says what any alert says", () => {
    expect(only(parse(generic))).toMatchInlineSnapshot(`
      {
        "criteria": [
          {
            "dimensions": [],
            "flows": [
              {
                "DestIp": "203.0.113.7",
                "DestPort": 443,
                "FlowDirection": "O",
                "L4Protocol": "T",
                "SrcIp": "192.0.2.4",
                "rowCount": 1,
              },
            ],
            "hasAllFlows": true,
            "metricName": "bytesOut",
            "metricNamespace": null,
            "metricValue": 9000000000,
            "operator": "GreaterThan",
            "threshold": 1000000000,
            "timeAggregation": null,
          },
        ],
        "dedupeKey": "nightly-transfer|web-1|2026-11-21t04:00:12.000z",
        "description": "",
        "fired": true,
        "firedTime": 1795233612000,
        "hosts": {
          "names": [
            "web-1",
          ],
          "pick": "every",
        },
        "instance": "",
        "properties": {
          "timeLimitInSeconds": "20",
        },
        "resolvedTime": null,
        "resourceType": "",
        "ruleId": null,
        "ruleName": "nightly-transfer",
        "schema": "generic",
        "severity": 1,
        "targetResourceIds": [],
        "windowSize": null,
      }
    `);
  });

  test.each<[object, string]>([
    [{ hosts: ["a"] }, "host or hosts is required: one of them"],
    [{ host: undefined, hosts: [] }, "hosts: "],
    [{ hots: "web-1" }, 'Unrecognized key: "hots"'],
    [{ time: "noon" }, 'time: not a time: "noon"'],
    [{ severity: "terrible" }, "severity: 0 (critical) to 4 (verbose)"],
    [{ flows: [{ source: "web-2" }] }, "flows.0.source: an IP address expected"],
  ])("refuses %j and names the field", (change, reason) => {
    expect(outcomes(parse({ ...generic, ...change }))[0]).toContain(reason);
  });
});

describe("CloudEvents", () => {
  const attributes = {
    specversion: "1.0",
    id: "1",
    source: "/backup",
    type: "com.example.alert",
  };

  test("structured, with any form inside, and binary, with the attributes as headers, are one", () => {
    const plain = only(parse(generic));
    const structured = parse({ ...attributes, datacontenttype: "application/json", data: generic });
    expect([...structured.sources]).toEqual(["cloudEvents"]);
    expect(structured.entries[0]?.source).toBe("generic");
    expect(only(structured)).toEqual(plain);
    const encoded = Buffer.from(JSON.stringify(generic)).toString("base64");
    expect(only(parse({ ...attributes, data_base64: encoded }))).toEqual(plain);
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]),
    );
    const binary = parse(generic, { headers: { ...headers, "ce-subject": '"a%20b"' } });
    expect([...binary.sources]).toEqual(["cloudEvents"]);
    expect(only(binary)).toEqual(plain);
    const wrapped = { ...attributes, data: sample("alertmanager-group.json") };
    expect(parse(wrapped).entries).toHaveLength(2);
  });

  test("a batch is its events, each by itself", () => {
    const event = { ...attributes, data: generic };
    const batch = [event, { ...event, data: undefined }, { ...event, specversion: "0.3" }];
    const read = parse(batch, {
      headers: { "content-type": "application/cloudevents-batch+json" },
    });
    expect(read.single).toBe(false);
    expect(outcomes(read)).toMatchObject([
      { ruleName: "nightly-transfer" },
      "alert in a CloudEvents envelope: data is missing",
      expect.stringContaining('supported: "1.0"'),
    ]);
  });

  test.each<[object, string]>([
    [{ data: { ...attributes, data: generic } }, "an envelope in an envelope"],
    [{ datacontenttype: "text/xml", data: "<a/>" }, 'not supported: datacontenttype "text/xml"'],
    [{ data_base64: "////" }, "data_base64 is not JSON"],
    [{ data: 7 }, "not a JSON object but number"],
  ])("refuses %j", (change, reason) => {
    expect(outcomes(parse({ ...attributes, ...change }))[0]).toContain(reason);
  });

  test("a header that is no UTF-8 is refused", () => {
    const headers = { "ce-specversion": "1.0", "ce-id": "%C0%A0" };
    expect(outcomes(parse(generic, { headers }))[0]).toContain("not percent-encoded UTF-8");
  });
});

describe("bodies", () => {
  test("lines are read one by one: a broken one does not lose the others", () => {
    const text = `${sampleText("falco.jsonl")}{"rule":\n${JSON.stringify(generic)}\n`;
    expect(outcomes(parse(text))).toMatchObject([
      { schema: "falco" },
      { schema: "falco" },
      "alert is not JSON in UTF-8",
      { schema: "generic" },
    ]);
  });

  test("a list is its documents, of whatever kinds", () => {
    const read = parse([generic, sample("grafana-group.json"), null]);
    expect([...read.sources]).toEqual(["generic", "grafana"]);
    expect(outcomes(read)).toMatchObject([
      { schema: "generic" },
      { schema: "grafana" },
      { schema: "grafana" },
      "alert is not a JSON object but null",
    ]);
  });

  test("a path's name is believed over the shape", () => {
    expect(outcomes(parse(generic, { source: "suricata" }))[0]).toContain("of Suricata");
  });

  test("what nobody sends is refused with what there was and what is read", () => {
    expect(outcomes(parse({ text: "help", level: 1 }))).toEqual([
      `alert is of no known form; its fields are: text, level; supported: ${sourceNames.join(", ")}`,
    ]);
  });

  test("there is a limit to the alerts of one body", () => {
    expect(outcomes(parse(Array.from({ length: 1_001 }, () => generic)))).toEqual([
      "body has 1001 alerts; at most 1000 allowed",
    ]);
  });

  test("any bytes become entries, never an exception", () => {
    const envelope = fc.record({
      specversion: fc.constant("1.0"),
      id: fc.string(),
      source: fc.string(),
      type: fc.string(),
      data: fc.jsonValue(),
    });
    const group = fc.record({
      version: fc.constant("4"),
      orgId: fc.option(fc.nat()),
      alerts: fc.array(fc.jsonValue()),
    });
    const line = fc.record({
      event_type: fc.constant("alert"),
      timestamp: fc.string(),
      alert: fc.jsonValue(),
      rule: fc.string(),
      priority: fc.string(),
    });
    const text = fc.oneof(
      fc.string(),
      fc.oneof(fc.jsonValue(), envelope, group, line).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, fc.option(fc.constantFrom(...sourceNames)), (body, source) => {
        const { entries } = parse(body, source === null ? {} : { source });
        expect(entries.length).toBeGreaterThan(0);
      }),
    );
  });
});

test("samples of which any value is another are alerts or entries that say why not", () => {
  const lines = ["falco.jsonl", "suricata.jsonl"].flatMap((name) =>
    sampleText(name).trim().split("\n"),
  );
  const files = [
    "alertmanager-group",
    "grafana-group",
    "azure-activity-resource-health",
    "azure-activity-administrative",
    "azure-log-v1",
  ].map((name) => sampleText(`${name}.json`));
  const samples = [...lines, ...files, JSON.stringify(generic)];
  const change = fc.record({
    sample: fc.constantFrom(...samples),
    at: fc.nat(),
    value: fc.jsonValue(),
  });
  fc.assert(
    fc.property(change, ({ sample: text, at, value }) => {
      let count = 0;
      JSON.parse(text, (_key, part: unknown) => (count++, part));
      let index = 0;
      const changed: unknown = JSON.parse(text, (_key, part: unknown) =>
        index++ === at % count ? value : part,
      );
      for (const entry of parse(changed).entries) {
        if (entry.kind !== "alert") continue;
        expect(Number.isFinite(entry.alert.firedTime)).toBe(true);
        expect(entry.alert.ruleName).not.toBe("");
        expect(entry.alert.dedupeKey.length).toBeLessThan(20_000);
      }
    }),
    { numRuns: 1_000 },
  );
});

describe("the host of labels", () => {
  test.each([
    ["10.0.0.4:9100", "10.0.0.4"],
    ["10.0.0.4", "10.0.0.4"],
    ["[2001:db8::1]:9100", "2001:db8::1"],
    ["2001:db8::1", "2001:db8::1"],
    ["web-1:9100", "web-1"],
    ["http://web-1.example:9100/metrics", "web-1.example"],
    ["tcp://[2001:db8::1]:22", "2001:db8::1"],
    ["/subscriptions/s/x:80", "/subscriptions/s/x:80"],
  ])("%s is %s", (value, host) => {
    expect(hostOf(value)).toBe(host);
  });

  test("a mapping of one's own replaces the usual labels", () => {
    const hostLabels = hostLabelSettings.parse(["node", { label: "target", pattern: "^vm-(.+)$" }]);
    const labels = { instance: "192.0.2.4:9100", target: "vm-web-1", node: "" };
    expect(hostsOfLabels(labels, hostLabels)).toEqual({ pick: "first", names: ["web-1"] });
    expect(hostsOfLabels({ target: "web-1" }, hostLabels).names).toEqual([]);
    const faulty = hostLabelSettings.safeParse([{ label: "a", pattern: "no group" }]);
    expect(faulty.error?.issues[0]?.message).toContain("one group");
    expect(hostLabelSettings.safeParse([{ label: "a", pattern: "(" }]).success).toBe(false);
  });
});

test.each([
  ["2026-11-21T05:00:12.627131+0100", "2026-11-21T04:00:12.627Z"],
  ["2009-11-24T21:27:09.534255", "2009-11-24T21:27:09.534Z"],
  ["2026-11-21T04:00:12.746609046Z", "2026-11-21T04:00:12.746Z"],
  ["2026-11-21 04:00:12", "2026-11-21T04:00:12.000Z"],
])("the time %s is %s", (text, expected) => {
  expect(new Date(readTime(text) ?? 0).toISOString()).toBe(expected);
});

test("severities by word, number and priority", () => {
  expect(
    ["critical", "Error", "warn", "P4", "sev2", 0, "7", null, "constructor"].map(severityOf),
  ).toEqual([0, 1, 2, 3, 2, 0, null, null, null]);
});
