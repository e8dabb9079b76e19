// Scale sets by az: a group of hosts, read as Azure's, and captured from as one.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const url =
  "$BASE/subscriptions/$SUBSCRIPTION_ID/resourceGroups/nightcap/providers/Microsoft.Compute/virtualMachineScaleSets/web?api-version=2022-11-01";
/** A shell's text: the variable is put in, and quotes are JSON's. */
const body = String.raw`"{\"location\":\"local\",\"properties\":{\"nightcap\":{\"virtualMachines\":[{\"id\":\"$VM_ID\"}]}}}"`;
const captures = "network watcher packet-capture";
const target = `${captures} create -g nightcap --target-type AzureVMSS --target web`;
const stopTimeoutMilliseconds = 20_000;

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az scale sets${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("scale sets");
    const { works, refused } = session;

    test("hosts as a scale set, which Azure has no command for", async () => {
      const created = await works(`rest --method put --url "${url}" --body ${body}`);
      expect(created).toMatchObject({ name: "web", sku: { capacity: 1 } });
    });

    test("list, show and the hosts of a scale set", async () => {
      expect(await works("vmss list")).toMatchObject([{ name: "web", resourceGroup: "nightcap" }]);
      expect(await works("vmss list -g nightcap")).toHaveLength(1);
      expect(await works("vmss show -g nightcap -n web")).toMatchObject({
        location: "local",
        provisioningState: "Succeeded",
        sku: { capacity: 1 },
      });
      expect(await works("vmss list-instances -g nightcap -n web")).toMatchObject([
        { name: "vm", instanceId: "vm", provisioningState: "Succeeded" },
      ]);
      expect(await works("vmss show -g nightcap -n web --instance-id vm")).toMatchObject({
        instanceId: "vm",
      });
      expect(await works("vmss get-instance-view -g nightcap -n web")).toMatchObject({
        virtualMachine: {
          statusesSummary: [{ code: "ProvisioningState/succeeded", count: 1 }, {}],
        },
      });
      expect(
        await works("vmss get-instance-view -g nightcap -n web --instance-id vm"),
      ).toMatchObject({ statuses: [{}, { code: "PowerState/running" }] });
    });

    test("tags of a scale set", async () => {
      expect(await works("vmss update -g nightcap -n web --set tags.team=net")).toMatchObject({
        tags: { team: "net" },
        sku: { capacity: 1 },
      });
    });

    test("a capture of every host of a scale set", async () => {
      const storage = "--storage-account nightcapstore --time-limit 60";
      expect(await works(`${target} -n set ${storage} --include vm`)).toMatchObject({
        targetType: "AzureVMSS",
        scope: { include: ["vm"] },
        provisioningState: "Succeeded",
      });
      const status = `${captures} show-status -l local -n set`;
      const deadline = Date.now() + stopTimeoutMilliseconds;
      for (;;) {
        const { packetCaptureStatus } = await works<{ packetCaptureStatus: string }>(status);
        if (packetCaptureStatus === "Running") break;
        expect(Date.now(), packetCaptureStatus).toBeLessThan(deadline);
        await sleep(200);
      }
      await works(`${captures} stop -l local -n set`);
      expect(await works(status)).toMatchObject({
        packetCaptureStatus: "Stopped",
        stopReason: "Manual",
        packetCaptureError: [],
      });
      await works(`${captures} delete -l local -n set`);
    });

    test("what is refused", async () => {
      const storage = "--storage-account nightcapstore";
      expect(await refused("vmss show -g nightcap -n nosuch")).toEqual({
        exitCode: 3,
        code: "ResourceNotFound",
      });
      expect(await refused("vmss scale -g nightcap -n web --new-capacity 3")).toEqual({
        exitCode: 1,
        code: "InvalidParameter",
      });
      expect(await refused("vmss restart -g nightcap -n web")).toEqual({
        exitCode: 1,
        code: "NotImplemented",
      });
      expect(await refused(`${target} -n bad ${storage} --include nosuch`)).toEqual({
        exitCode: 1,
        code: "InvalidParameter",
      });
    });

    test("a scale set goes, and its hosts stay", async () => {
      await works("vmss delete -g nightcap -n web");
      expect(await works("vmss list")).toEqual([]);
      expect(await works("vm list")).toHaveLength(1);
    });

    test("the page has these commands", () => {
      session.holdPage();
    });
  },
);
