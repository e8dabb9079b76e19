// What az monitor has besides alert rules and metrics: test notifications, workspaces, alerts by az rest.
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

    test("Log Analytics workspaces through their life", async () => {
      // Debian's az loads one module in two threads when it waits for a workspace, and fails; the request is sent.
      await works(
        "monitor log-analytics workspace create -g nightcap -n flows --location local --retention-time 60 --tags team=net --no-wait",
      );
      const [list, one] = await Promise.all([
        works<object[]>("monitor log-analytics workspace list"),
        works("monitor log-analytics workspace show -g nightcap -n flows"),
      ]);
      expect(list).toHaveLength(1);
      expect(one).toMatchObject({
        customerId: expect.any(String),
        provisioningState: "Succeeded",
        retentionInDays: 60,
        tags: { team: "net" },
      });
      await works(
        "monitor log-analytics workspace delete -g nightcap -n flows --yes --force --no-wait",
      );
      expect(
        await refused("monitor log-analytics workspace show -g nightcap -n flows"),
      ).toMatchObject({ code: "ResourceNotFound" });
    });
  },
);
