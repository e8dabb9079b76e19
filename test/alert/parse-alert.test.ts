// Reads Microsoft's own samples and ours; test/fixtures/alerts/SOURCES.md says where each is from.
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseAlert } from "../../src/alert/parse-alert.ts";
import { NightcapError } from "../../src/common/errors.ts";

const sample = (name: string): unknown =>
  JSON.parse(readFileSync(`test/fixtures/alerts/${name}.json`, "utf8"));

test("reads the common schema with the rule's id in either spelling, or without it", () => {
  expect(parseAlert(sample("derived-common-network-out-fired"))).toMatchInlineSnapshot(`
    {
      "criteria": [
        {
          "dimensions": [],
          "flows": [],
          "hasAllFlows": true,
          "metricName": "Network Out Total",
          "metricNamespace": "Microsoft.Compute/virtualMachines",
          "metricValue": 918273.5,
          "operator": "GreaterThan",
          "threshold": 3,
          "timeAggregation": "Average",
        },
      ],
      "dedupeKey": "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg1/providers/microsoft.insights/metricalerts/net-out|/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg1/providers/microsoft.compute/virtualmachines/vm1|2024-02-14t02:06:12.400z",
      "description": "",
      "fired": true,
      "firedTime": 1707876372400,
      "instance": "",
      "properties": {},
      "resolvedTime": null,
      "resourceType": "microsoft.compute/virtualmachines",
      "ruleId": "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg1/providers/microsoft.insights/metricAlerts/net-out",
      "ruleName": "net-out",
      "schema": "common",
      "severity": 3,
      "targetResourceIds": [
        "/subscriptions/11111111-1111-1111-1111-111111111111/resourcegroups/rg1/providers/microsoft.compute/virtualmachines/vm1",
      ],
      "windowSize": "PT5M",
    }
  `);
  expect(parseAlert(sample("common-metric-static-resolved"))).toMatchObject({
    fired: false,
    ruleId:
      "/subscriptions/<subscription ID>/resourceGroups/<resource-group>/providers/microsoft.insights/metricAlerts/WCUS-R2-Gen2",
    resourceType: "microsoft.compute/virtualmachines",
    resolvedTime: Date.parse("2019-03-22T14:03:16.224Z"),
    properties: { Key1: "Value1", Key2: "Value2" },
  });
  expect(parseAlert(sample("common-metric-static-resolved-2023"))).toMatchObject({
    ruleId: null,
    ruleName: "WCUS-R2-Gen2",
  });
});

test("reads the legacy schema, whatever the place of its properties", () => {
  expect(parseAlert(sample("legacy-metric-2018"))).toMatchInlineSnapshot(`
    {
      "criteria": [
        {
          "dimensions": [
            {
              "name": "AccountResourceId",
              "value": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/Contoso/providers/Microsoft.Storage/storageAccounts/diag500",
            },
            {
              "name": "GeoType",
              "value": "Primary",
            },
          ],
          "flows": [],
          "hasAllFlows": true,
          "metricName": "Transactions",
          "metricNamespace": "microsoft.storage/storageAccounts",
          "metricValue": 1,
          "operator": "GreaterThan",
          "threshold": 0,
          "timeAggregation": "PT5M",
        },
      ],
      "dedupeKey": "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/contoso/providers/microsoft.insights/metricalerts/storagecheck|/subscriptions/1e3ff1c0-771a-4119-a03b-be82a51e232d/resourcegroups/contoso/providers/microsoft.storage/storageaccounts/diag500|2018-02-28t10:44:10.171z",
      "description": "",
      "fired": true,
      "firedTime": 1519814650171,
      "instance": "",
      "properties": {
        "key1": "value1",
        "key2": "value2",
      },
      "resolvedTime": null,
      "resourceType": "Microsoft.Storage/storageAccounts",
      "ruleId": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/Contoso/providers/microsoft.insights/metricAlerts/StorageCheck",
      "ruleName": "StorageCheck",
      "schema": "legacy",
      "severity": 3,
      "targetResourceIds": [
        "/subscriptions/1e3ff1c0-771a-4119-a03b-be82a51e232d/resourceGroups/Contoso/providers/Microsoft.Storage/storageAccounts/diag500",
      ],
      "windowSize": "PT5M",
    }
  `);
  expect(parseAlert(sample("legacy-metric-static"))).toMatchObject({
    fired: true,
    severity: 3,
    properties: { customKey1: "value1", customKey2: "value2" },
    criteria: [{ threshold: 0, metricValue: 100 }],
  });
  expect(parseAlert(sample("legacy-metric-dynamic"))).toMatchObject({
    criteria: [{ threshold: 0.3, metricValue: 78.09 }],
  });
  expect(parseAlert(sample("derived-legacy-network-out-deactivated")).fired).toBe(false);
});

test("reads the classic schema, which has no envelope and no severity", () => {
  expect(parseAlert(sample("classic-metric-2017"))).toMatchInlineSnapshot(`
    {
      "criteria": [
        {
          "dimensions": [],
          "flows": [],
          "hasAllFlows": true,
          "metricName": "Requests",
          "metricNamespace": null,
          "metricValue": 10,
          "operator": "GreaterThanOrEqual",
          "threshold": 10,
          "timeAggregation": "Average",
        },
      ],
      "dedupeKey": "/subscriptions/s1/resourcegroups/useast/providers/microsoft.insights/alertrules/rulename1|/subscriptions/s1/resourcegroups/useast/providers/microsoft.foo/sites/mysite1|2015-08-14t22:26:41.997z",
      "description": "some description",
      "fired": true,
      "firedTime": 1439591201997,
      "instance": "",
      "properties": {
        "key1": "value1",
        "key2": "value2",
      },
      "resolvedTime": null,
      "resourceType": "microsoft.foo/sites",
      "ruleId": "/subscriptions/s1/resourceGroups/useast/providers/microsoft.insights/alertrules/ruleName1",
      "ruleName": "ruleName1",
      "schema": "classic",
      "severity": null,
      "targetResourceIds": [
        "/subscriptions/s1/resourceGroups/useast/providers/microsoft.foo/sites/mysite1",
      ],
      "windowSize": null,
    }
  `);
});

test("one alert has one key, in both schemas and when it resolves; another alert has another", () => {
  const names = [
    "derived-common-network-out-fired",
    "derived-common-network-out-resolved",
    "derived-legacy-network-out-activated",
    "derived-legacy-network-out-deactivated",
  ];
  const keys = new Set(names.map((name) => parseAlert(sample(name)).dedupeKey));
  expect(keys.size).toBe(1);
  expect(parseAlert(sample("legacy-metric-static")).dedupeKey).not.toBe([...keys][0]);
});

test.each([
  ["common-alertcontext-static", "no essentials"],
  ["common-alertcontext-dynamic", "no essentials"],
  ["common-alertcontext-webtest", "no essentials"],
])("refuses the fragment %s", (name, reason) => {
  expect(() => parseAlert(sample(name))).toThrow(reason);
});

test.each<[unknown, string]>([
  [null, "not a JSON object"],
  ["text", "not a JSON object but string"],
  [[], "not a JSON object but array"],
  [{}, 'none of "schemaId"'],
  [{ schemaId: "Microsoft.Insights/other" }, 'not supported: schemaId "Microsoft.Insights/other"'],
  [{ schemaId: "Microsoft.Insights/activityLogs" }, "activity log's schema: data: "],
  [{ schemaId: "AzureMonitorMetricAlert", data: {} }, "data.status: "],
  [{ schemaId: "azureMonitorCommonAlertSchema" }, "data: "],
  [{ data: { essentials: { alertRule: "r" } } }, "data.essentials.alertTargetIDs: "],
  [{ status: "Activated", context: { timestamp: "yesterday" } }, 'not a time: "yesterday"'],
])("names what is wrong with %j", (body, reason) => {
  expect(() => parseAlert(body)).toThrow(
    expect.objectContaining({ code: "AlertUnreadable", message: expect.stringContaining(reason) }),
  );
});

test("any JSON is an alert or an AlertUnreadable error", () => {
  const essentials = fc.record({ essentials: fc.jsonValue(), alertContext: fc.jsonValue() });
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ data: essentials }),
    fc.record({ status: fc.jsonValue(), context: fc.jsonValue() }),
  );
  fc.assert(
    fc.property(body, (value) => {
      try {
        parseAlert(value);
      } catch (error) {
        expect(error).toBeInstanceOf(NightcapError);
      }
    }),
  );
});
