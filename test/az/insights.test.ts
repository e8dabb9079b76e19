// Metric alerts and action groups by az, with an alert that really fires.
import { describe, expect, test, vi } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

interface Metrics {
  value: { name: { value: string }; timeseries: { data: { total: number | null }[] }[] }[];
}

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az alerts${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("alerts");
    const { works, refused } = session;

    test("action groups through their life", async () => {
      const made = await works(
        "monitor action-group create -g nightcap -n people --short-name people --action webhook hook $RECEIVER usecommonalertschema --tags team=net",
      );
      expect(made).toMatchObject({
        name: "people",
        groupShortName: "people",
        enabled: true,
        location: "Global",
        tags: { team: "net" },
        webhookReceivers: [{ name: "hook", useCommonAlertSchema: true }],
        emailReceivers: [],
      });
      const [list, inGroup, one] = [
        await works<{ name: string }[]>("monitor action-group list"),
        await works<{ name: string }[]>("monitor action-group list -g nightcap"),
        await works("monitor action-group show -g nightcap -n people"),
      ];
      expect(list.map(({ name }) => name)).toEqual(["people"]);
      expect(inGroup).toEqual(list);
      expect(one).toMatchObject({ groupShortName: "people" });
      const updated = await works(
        "monitor action-group update -g nightcap -n people --short-name crew",
      );
      await works(
        "monitor action-group update -g nightcap -n people --add-action email mail people@example.com",
      );
      const enable = (name: string) =>
        refused(
          `monitor action-group enable-receiver -g nightcap -n ${name} --action-group people`,
        );
      expect(await enable("mail")).toEqual({ exitCode: 1, code: "Conflict" }); // it is enabled already
      expect(await enable("nobody")).toEqual({ exitCode: 3, code: "ResourceNotFound" });
      expect(updated).toMatchObject({
        groupShortName: "crew",
        webhookReceivers: [{ name: "hook" }],
      });
    });

    test("a metric alert that fires and tells its action group", async () => {
      const made = await works(
        "monitor metrics alert create -g nightcap -n busy --scopes $VM_ID --condition \"avg 'Network Out Total' >= 0\" --window-size 1m --evaluation-frequency 1m --action people --severity 3 --description 'out of the machine'",
      );
      expect(made).toMatchObject({
        name: "busy",
        enabled: true,
        severity: 3,
        windowSize: "0:01:00",
        evaluationFrequency: "0:01:00",
        criteria: {
          allOf: [
            {
              criterionType: "StaticThresholdCriterion",
              metricName: "Network Out Total",
              operator: "GreaterThanOrEqual",
              threshold: 0,
              timeAggregation: "Average",
            },
          ],
        },
      });
      await vi.waitFor(
        () => {
          const told = session.installation.received.filter(({ path }) => path === "/az-alert");
          expect(told.map(({ body }) => body["schemaId"])).toContain(
            "azureMonitorCommonAlertSchema",
          );
        },
        { timeout: 90_000, interval: 100 },
      );
    });

    test("a metric alert with a dynamic threshold", async () => {
      const made = await works(
        "monitor metrics alert create -g nightcap -n unusual --scopes $VM_ID --condition \"avg 'Network Out Total' >< dynamic medium 2 of 4 since 2020-10-01T10:23:00.000Z\" --window-size 5m --evaluation-frequency 5m",
      );
      const criterion = {
        criterionType: "DynamicThresholdCriterion",
        metricName: "Network Out Total",
        operator: "GreaterOrLessThan",
        alertSensitivity: "Medium",
        failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 2 },
        ignoreDataBefore: "2020-10-01T10:23:00+00:00",
        timeAggregation: "Average",
      };
      expect(made).toMatchObject({ criteria: { allOf: [criterion] } });
      const condition = await works<string>(
        "monitor metrics alert condition create --type dynamic --aggregation Total --metric 'Network In Total' --op GreaterThan --sensitivity High --num-violations 1 --num-periods 1",
      );
      expect(condition).toContain("dynamic high 1 of 1");
      const updated = await works(
        "monitor metrics alert update -g nightcap -n unusual --remove-conditions cond0 --add-condition \"total 'Network In Total' > dynamic high 1 of 1\"",
      );
      expect(updated).toMatchObject({
        criteria: { allOf: [{ alertSensitivity: "High", metricName: "Network In Total" }] },
      });
      const shown = await works("monitor metrics alert show -g nightcap -n unusual");
      expect(shown).toMatchObject({ criteria: { allOf: [{ operator: "GreaterThan" }] } });
      await works("monitor metrics alert delete -g nightcap -n unusual");
    });

    test("an action group that is added later", async () => {
      const made = await works(
        "monitor metrics alert create -g nightcap -n quiet --scopes $VM_ID --condition \"total 'Network In Total' < 1\" --disabled",
      );
      expect(made).toMatchObject({ enabled: false, autoMitigate: true, actions: [] });
      const updated = await works(
        "monitor metrics alert update -g nightcap -n quiet --add-action people",
      );
      expect(updated).toMatchObject({
        actions: [{ actionGroupId: expect.stringMatching(/actionGroups\/people$/) }],
      });
      await works("monitor metrics alert delete -g nightcap -n quiet");
    });

    test("metric alerts through their life", async () => {
      const [list, one] = await Promise.all([
        works<{ name: string }[]>("monitor metrics alert list -g nightcap"),
        works("monitor metrics alert show -g nightcap -n busy"),
      ]);
      expect(list.map(({ name }) => name)).toEqual(["busy"]);
      expect(one).toMatchObject({ description: "out of the machine" });
      expect(
        await works(
          "monitor metrics alert update -g nightcap -n busy --enabled false --severity 1",
        ),
      ).toMatchObject({ enabled: false, severity: 1, description: "out of the machine" });
      await works("monitor metrics alert delete -g nightcap -n busy");
      await works("monitor metrics alert delete -g nightcap -n busy"); // deleting what is gone is no error
      await works("monitor action-group delete -g nightcap -n people");
    });

    test("metrics of a machine, their definitions and namespaces", async () => {
      const [definitions, namespaces] = await Promise.all([
        works<string[]>("monitor metrics list-definitions --resource $VM_ID --query [].name.value"),
        works<string[]>(
          "monitor metrics list-namespaces --resource $VM_ID --query [].properties.metricNamespaceName",
        ),
      ]);
      expect(definitions).toEqual(
        expect.arrayContaining(["Network In Total", "Network Out Total", "Percentage CPU"]),
      );
      expect(namespaces).toContain("Microsoft.Compute/virtualMachines");
      const metrics = await works<Metrics>(
        "monitor metrics list --resource $VM_ID --metric 'Network Out Total' 'Network In Total' --offset 10m --interval PT1M --aggregation Total Maximum",
      );
      expect(metrics.value.map(({ name }) => name.value)).toEqual([
        "Network Out Total",
        "Network In Total",
      ]);
      const points = metrics.value[0]?.timeseries[0]?.data ?? [];
      expect(points.length).toBeGreaterThanOrEqual(9);
      expect(points.some(({ total }) => typeof total === "number")).toBe(true);
      expect(
        await refused("monitor metrics list --resource $VM_ID --metric 'No Such Metric'"),
      ).toEqual({ exitCode: 1, code: "BadRequest" });
    });

    test("alerts that are refused", async () => {
      const cases: [string, number, string][] = [
        ["monitor metrics alert show -g nightcap -n nosuch", 3, "ResourceNotFound"],
        ["monitor action-group show -g nightcap -n nosuch", 3, "ResourceNotFound"],
        [
          "monitor metrics alert create -g nightcap -n bad --scopes $VM_ID --condition \"avg 'Network Out Total' > 1\" --window-size 1m --evaluation-frequency 5m",
          1,
          "InvalidParameter",
        ],
        [
          "monitor metrics alert create -g nightcap -n bad --scopes $VM_ID --condition \"avg 'Network Out Total' > dynamic low 1 of 1\" --condition \"avg 'Network Out Total' > 1\"",
          1,
          "InvalidParameter",
        ],
      ];
      for (const [command, exitCode, code] of cases) {
        expect(await refused(command), command).toEqual({ exitCode, code });
      }
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
