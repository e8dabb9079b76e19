// One test a sender, on samples in the shape that its documentation has; test/fixtures/alerts/SOURCES.md.
import { describe, expect, test } from "vitest";
import { only, outcomes, parse, sample, sampleText } from "./bodies.ts";

describe("Alertmanager", () => {
  test("each alert of a group is one, resolved ones too, and the host comes from the labels", () => {
    const parsed = parse(sample("alertmanager-group.json"));
    expect(parsed).toMatchObject({ leftOutCount: 3, single: false });
    expect([...parsed.sources]).toEqual(["alertmanager"]);
    expect(outcomes(parsed)).toMatchObject([
      {
        schema: "alertmanager",
        fired: true,
        ruleId: null,
        ruleName: "EgressHigh",
        description: "web-1 sends more than usual",
        severity: 0,
        hosts: { pick: "first", names: ["192.0.2.4"] },
        firedTime: Date.parse("2026-11-21T04:00:12.431Z"),
        resolvedTime: null,
        properties: { timeLimitInSeconds: "20" },
        dedupeKey: "egresshigh|192.0.2.4|2026-11-21t04:00:12.431z|b6a5c9a3f0e1d2c4",
      },
      {
        fired: false,
        severity: 2,
        hosts: { names: ["db-1", "192.0.2.9"] },
        resolvedTime: Date.parse("2026-11-21T04:01:00.500Z"),
      },
    ]);
  });

  test("an alert's firing and its resolution have one key", () => {
    const body = sample("alertmanager-group.json");
    const [first] = body["alerts"] as Record<string, unknown>[];
    const over = { ...first, status: "resolved", endsAt: "2026-11-21T04:10:00Z" };
    const keys = outcomes(parse({ ...body, alerts: [first, over] })).map((alert) =>
      typeof alert === "string" ? alert : alert.dedupeKey,
    );
    expect(new Set(keys).size).toBe(1);
  });

  test("without a fingerprint the labels tell alerts apart, and the key stays short", () => {
    const body = sample("alertmanager-group.json");
    const [first] = body["alerts"] as Record<string, Record<string, string>>[];
    const key = (change: Record<string, string>) => {
      const labels = { ...first?.["labels"], ...change };
      return only(parse({ ...body, alerts: [{ ...first, labels, fingerprint: null }] })).dedupeKey;
    };
    expect(key({ disk: "a" })).toBe(key({ disk: "a" }));
    expect(key({ disk: "a" })).not.toBe(key({ disk: "b" }));
    expect(key({ disk: "a".repeat(4_000) })).toHaveLength(key({ disk: "b".repeat(300) }).length);
  });

  test("a bad alert does not lose the others", () => {
    const body = sample("alertmanager-group.json");
    const alerts = body["alerts"] as Record<string, unknown>[];
    const read = outcomes(
      parse({ ...body, alerts: [{ ...alerts[0], labels: {} }, 7, alerts[0], alerts[1]] }),
    );
    expect(read).toMatchObject([
      "alert alerts.0 of Alertmanager: labels: alertname is missing",
      expect.stringContaining("alerts.1 of Alertmanager"),
      { fired: true },
      { fired: false },
    ]);
  });

  test("an older version is refused by its number", () => {
    const body = { ...sample("alertmanager-group.json"), version: "3" };
    expect(outcomes(parse(body))).toEqual([
      'alert of Alertmanager: version: not supported: version (supported: "4")',
    ]);
  });
});

test("Grafana: the values are the criteria, and the panel's address is in the description", () => {
  const parsed = parse(sample("grafana-group.json"));
  expect([...parsed.sources]).toEqual(["grafana"]);
  expect(outcomes(parsed)).toMatchObject([
    {
      schema: "grafana",
      fired: true,
      ruleName: "Retransmissions",
      severity: 1,
      description:
        "retransmissions on web-1\nmany segments are sent twice\nhttps://grafana.example/d/net?orgId=1&viewPanel=4",
      hosts: { names: ["web-1"] },
      firedTime: Date.parse("2026-11-21T03:51:03.157Z"),
      criteria: [
        { metricName: "B", metricValue: 44.239_437_375_419_08 },
        { metricName: "C", metricValue: 1 },
      ],
    },
    { fired: false, resolvedTime: Date.parse("2026-11-21T03:50:00Z"), severity: null },
  ]);
});

test("Falco: a line each, with the connection as a flow where there is one", () => {
  const parsed = parse(sampleText("falco.jsonl"));
  expect(parsed.single).toBe(false);
  expect(outcomes(parsed)).toMatchObject([
    {
      schema: "falco",
      fired: true,
      ruleName: "Unexpected outbound connection",
      severity: 3,
      hosts: { names: ["web-1"] },
      criteria: [
        {
          flows: [
            {
              SrcIp: "192.0.2.4",
              DestIp: "203.0.113.7",
              DestPort: 443,
              L4Protocol: "T",
              rowCount: 1,
            },
          ],
        },
      ],
      instance: "2026-11-21T04:00:12.746609046Z/4711/1204",
    },
    { ruleName: "Write below binary dir", severity: 1, criteria: [{ flows: [] }] },
  ]);
  const [line = ""] = sampleText("falco.jsonl").split("\n");
  const { hostname: _hostname, ...nameless } = JSON.parse(line) as Record<string, unknown>;
  expect(outcomes(parse(nameless))[0]).toContain("hostname is missing");
  const { output_fields: fields } = nameless;
  const { "fd.name": name } = fields as Record<string, unknown>;
  const older = { ...nameless, hostname: "web-1", output_fields: { "fd.name": name } };
  expect(only(parse(older)).criteria[0]?.flows[0]).toEqual({
    SrcIp: "192.0.2.4",
    DestIp: "203.0.113.7",
    DestPort: 443,
    rowCount: 1,
  });
});

test("Suricata: alerts by either address, with the flow as its client began it; other events are none", () => {
  expect(outcomes(parse(sampleText("suricata.jsonl")))).toMatchObject([
    'ignored: event_type "dns" is no alert',
    {
      schema: "suricata",
      ruleName: "GPL ATTACK_RESPONSE id check returned root",
      severity: 2,
      hosts: { pick: "every", names: ["203.0.113.7", "192.0.2.4"] },
      firedTime: Date.parse("2026-11-21T04:00:12.627Z"),
      description: "Potentially Bad Traffic\nallowed: TCP 203.0.113.7 443 to 192.0.2.4 51000",
      criteria: [
        {
          flows: [{ SrcIp: "192.0.2.4", DestIp: "203.0.113.7", DestPort: 443, L4Protocol: "T" }],
        },
      ],
    },
    // Version 6 does not say whose packet it was, so no port is named.
    {
      severity: 1,
      criteria: [
        { flows: [{ SrcIp: "192.0.2.4", DestIp: "192.0.2.9", L4Protocol: "T", rowCount: 1 }] },
      ],
    },
  ]);
});

test("Azure's activity log, in the common schema: the event's properties are not the author's", () => {
  const body = sample("azure-activity-resource-health.json");
  const alert = only(parse(body));
  expect(alert).toMatchObject({
    schema: "common",
    fired: true,
    ruleName: "vm-health",
    description: "This virtual machine is stopping",
    properties: {},
    resourceType: "microsoft.compute/virtualmachines",
    instance: "33333333-1111-1111-1111-111111111111",
  });
  const { data } = body as { data: { alertContext: object } };
  const over = { ...data, alertContext: { ...data.alertContext, status: "Resolved" } };
  expect(only(parse({ ...body, data: over })).fired).toBe(false);
  const numbers = { ...data, alertContext: { ...data.alertContext, eventSource: 2, level: 3 } };
  expect(only(parse({ ...body, data: numbers })).fired).toBe(true);
});

test("Azure's activity log in its own schema names no rule, so the operation stands for it", () => {
  expect(only(parse(sample("azure-activity-administrative.json")))).toMatchObject({
    schema: "activityLog",
    ruleId: null,
    ruleName: "Microsoft.Compute/virtualMachines/restart/action",
    severity: 3,
    targetResourceIds: [expect.stringMatching(/virtualMachines\/vm1$/)],
    properties: { timeLimitInSeconds: "30" },
  });
});

test("Azure's security alerts name the machine", () => {
  const body = sample("azure-activity-administrative.json");
  const { data } = body as { data: { context: { activityLog: object } } };
  const activityLog = {
    ...data.context.activityLog,
    eventSource: "Security",
    properties: { compromisedEntity: "web-1" },
  };
  expect(only(parse({ ...body, data: { ...data, context: { activityLog } } })).hosts).toEqual({
    pick: "first",
    names: ["web-1"],
  });
});

test("Azure's log alerts of older rules: hosts from items and rows, with and without the envelope", () => {
  const body = sample("azure-log-v1.json");
  const alert = only(parse(body));
  expect(alert).toMatchObject({
    schema: "logAlert",
    ruleName: "many-denied",
    severity: 2,
    hosts: { pick: "every", names: ["web-1", "db-1"] },
    firedTime: Date.parse("2026-11-21T04:00:00Z"),
    criteria: [{ metricName: "rows", metricValue: 250, threshold: 100, operator: "Greater Than" }],
    instance: "SrcIP=198.51.100.9",
  });
  const american = { ...body, SearchIntervalEndtimeUtc: "11/21/2026 4:00:00 AM" };
  const wrapped = { schemaId: "Microsoft.Insights/LogAlert", data: american };
  expect(only(parse(wrapped))).toEqual(alert);
});

test("Azure's log alerts in the common schema: the dimensions name the machines", () => {
  const common = sample("azure-activity-resource-health.json") as {
    data: { essentials: object };
  };
  const essentials = {
    ...common.data.essentials,
    signalType: "Log",
    alertTargetIDs: [
      "/subscriptions/1/resourcegroups/rg1/providers/microsoft.operationalinsights/workspaces/logs",
    ],
  };
  const dimensions = [{ name: "Computer", value: "web-1" }];
  const condition = { windowSize: "PT5M", allOf: [{ metricValue: 3, dimensions }] };
  const v2 = { monitoringService: "Log Alerts V2", alertContext: { condition } };
  const v1 = {
    monitoringService: "Log Analytics",
    alertContext: { SearchQuery: "Heartbeat", Dimensions: dimensions, ResultCount: 3 },
  };
  for (const { monitoringService, alertContext } of [v2, v1]) {
    const data = { essentials: { ...essentials, monitoringService }, alertContext };
    expect(only(parse({ ...common, data }))).toMatchObject({
      hosts: { pick: "every", names: ["web-1"] },
      criteria: [{ metricValue: 3, dimensions }],
      instance: expect.stringContaining("AlertsManagement"),
    });
  }
});
