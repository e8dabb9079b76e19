// What az monitor has besides alert rules and metrics: test notifications, workspaces, alerts by az rest.
import { resolve } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

interface Details {
  state: string;
  actionDetails: { name: string; mechanismType: string; status: string }[];
}
interface Alerts {
  value: { properties: { essentials: { monitorCondition: string; alertState: string } } }[];
}

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az monitor${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("monitor");
    const { works, refused } = session;

    test("a test notification is sent, and its outcome is what az prints", async () => {
      await works("monitor action-group create -g nightcap -n people --short-name people");
      const tried = await works<Details>(
        "monitor action-group test-notifications create -g nightcap --action-group people --alert-type metricstaticthreshold --add-action webhook hook $RECEIVER usecommonalertschema --add-action email bob bob@example.com",
      );
      expect(tried.state).toBe("Completed");
      expect(tried.actionDetails.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual(
        ["bob Failed", "hook Completed"],
      );
      const told = session.installation.received.filter(({ path }) => path === "/az-alert");
      expect(told.map(({ body }) => body["schemaId"])).toEqual(["azureMonitorCommonAlertSchema"]);
      expect(
        await refused(
          "monitor action-group test-notifications create -g nightcap --action-group people --alert-type budget --add-action webhook hook $RECEIVER",
        ),
      ).toEqual({ exitCode: 1, code: "InvalidParameter" });
    });

    test("a rule over a group fires for its machine, and az rest lists the alert", async () => {
      const made = await works(
        "monitor metrics alert create -g nightcap -n wide --scopes /subscriptions/$SUBSCRIPTION_ID/resourceGroups/nightcap --target-resource-type Microsoft.Compute/virtualMachines --target-resource-region local --condition \"avg 'Network Out Total' >= 0\" --window-size 1m --evaluation-frequency 1m",
      );
      expect(made).toMatchObject({ targetResourceRegion: "local", criteria: { allOf: [{}] } });
      const alerts =
        "/subscriptions/$SUBSCRIPTION_ID/providers/Microsoft.AlertsManagement/alerts?api-version=2019-05-05-preview";
      await vi.waitFor(
        async () => {
          const { value } = await works<Alerts>(`rest --method get --url ${alerts}`);
          expect(value[0]?.properties.essentials).toMatchObject({
            monitorCondition: "Fired",
            alertState: "New",
          });
        },
        { timeout: 90_000, interval: 1_000 },
      );
    });

    test("a log alert rule fires and says how it does, by az rest", async () => {
      const rules =
        "/subscriptions/$SUBSCRIPTION_ID/resourceGroups/nightcap/providers/Microsoft.Insights/scheduledQueryRules";
      const url = (name: string): string => `--url "${rules}${name}?api-version=2021-08-01"`;
      const scope = "/subscriptions/$SUBSCRIPTION_ID";
      const put = (text: string): string =>
        `rest --method put ${url("/rows")} --body '{"location":"local","properties":{"severity":1,"scopes":["'${scope}'"],"evaluationFrequency":"PT5S","windowSize":"PT5S","criteria":{"allOf":[{"query":"${text}","timeAggregation":"Count","operator":"GreaterThan","threshold":2}]}}}'`;
      expect(await works(put("range x from 1 to 3 step 1"))).toMatchObject({
        kind: "LogAlert",
        properties: { enabled: true, autoMitigate: true, nightcap: { health: "Waiting" } },
      });
      await vi.waitFor(
        async () =>
          expect(await works(`rest ${url("/rows")} --query properties.nightcap`)).toMatchObject({
            health: "Healthy",
            firedAlerts: 1,
          }),
        { timeout: 90_000, interval: 1_000 },
      );
      const alerts =
        "/subscriptions/$SUBSCRIPTION_ID/providers/Microsoft.AlertsManagement/alerts?api-version=2019-05-05-preview&alertRule=rows&monitorService=Log%20Alerts%20V2";
      const { value } = await works<Alerts>(`rest --url "${alerts}"`);
      expect(value[0]?.properties.essentials).toMatchObject({ monitorCondition: "Fired" });
      const off = `rest --method patch ${url("/rows")} --body '{"properties":{"enabled":false}}'`;
      expect(await works(off)).toMatchObject({ properties: { enabled: false, severity: 1 } });
      expect(await works(`rest ${url("")} --query value[].name`)).toEqual(["rows"]);
      await works(`rest --method delete ${url("/rows")}`);
    });

    /** az has `log-analytics query` in an extension; what it sends, az rest and the extension's own client send too. */
    const askWorkspace = async (customerId: string): Promise<void> => {
      session.az.set({ WORKSPACE: customerId });
      const query = "rest --method post --resource https://api.loganalytics.io --url";
      const url = "$BASE/v1/workspaces/$WORKSPACE/query";
      const body = (text: string) => `--body '${JSON.stringify({ query: text, timespan: "P1D" })}'`;
      expect(await works(`${query} ${url} ${body("NTANetAnalytics | count")}`)).toEqual({
        tables: [
          { name: "PrimaryResult", columns: [{ name: "Count", type: "long" }], rows: [[0]] },
        ],
      });
      // az prints the whole body, which has an id of its own each time: not for the page.
      const wrong = await session.az.run(`${query} ${url} ${body("NTANetAnalytics | where")}`);
      expect([wrong.exitCode, wrong.stderr]).toEqual([
        1,
        expect.stringContaining('"code":"BadArgumentError"'),
      ]);
      const script = resolve("test/az/logs.py");
      const { exitCode, value, stderr } = await session.az.runProgram(`/usr/bin/python3 ${script}`);
      expect(exitCode, stderr).toBe(0);
      expect(value).toEqual({
        columns: ["n:long", "s:string"],
        rows: [
          [1, "y"],
          [2, "x"],
        ],
        refused: "SemanticError",
      });
    };

    test("Log Analytics workspaces through their life", async () => {
      // Debian's az loads one module in two threads when it waits for a workspace, and fails; the request is sent.
      await works(
        "monitor log-analytics workspace create -g nightcap -n flows --location local --retention-time 60 --tags team=net --no-wait",
      );
      const [list, one] = await Promise.all([
        works<object[]>("monitor log-analytics workspace list"),
        works<{ customerId: string }>("monitor log-analytics workspace show -g nightcap -n flows"),
      ]);
      expect(list).toHaveLength(1);
      expect(one).toMatchObject({
        customerId: expect.any(String),
        provisioningState: "Succeeded",
        retentionInDays: 60,
        tags: { team: "net" },
      });
      await askWorkspace(one.customerId);
      const searches = "monitor log-analytics workspace saved-search";
      const of = "-g nightcap --workspace-name flows";
      await works(
        `${searches} create ${of} -n talkers --category Traffic --display-name "Who talks" -q "NTANetAnalytics | count"`,
      );
      expect(await works(`${searches} list ${of}`)).toMatchObject([
        { name: "talkers", category: "Traffic", query: "NTANetAnalytics | count", version: 2 },
      ]);
      await works(`${searches} delete ${of} -n talkers --yes`);
      await works(
        "monitor log-analytics workspace delete -g nightcap -n flows --yes --force --no-wait",
      );
      expect(
        await refused("monitor log-analytics workspace show -g nightcap -n flows"),
      ).toMatchObject({ code: "ResourceNotFound" });
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
