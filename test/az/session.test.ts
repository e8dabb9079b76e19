// From nothing to a session: the cloud is registered, a service principal logs in, and az's general
// commands see the subscription.
import { describe, expect, test } from "vitest";
import { azTimeout, setUpCommands, suiteSkipReason, useAzBed } from "./az-bed.ts";

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az session${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("session", { loggedIn: false });
    const { works, refused } = session;

    test("register the cloud by its one endpoint", async () => {
      const [register, set] = setUpCommands;
      await works(register);
      await works(set);
      const { BASE: base } = session.az.variables;
      expect(await works("cloud show -n nightcap")).toMatchObject({
        endpoints: { resourceManager: base, activeDirectory: `${base}/adfs` },
      });
    });

    test("a wrong secret is refused", async () => {
      const refusal = await refused(
        "login --service-principal -u $CLIENT_ID -p wrong --tenant $TENANT_ID",
      );
      expect(refusal).toEqual({ exitCode: 1, code: "AADSTS7000215" });
    });

    test("log in as a service principal", async () => {
      const [, , login] = setUpCommands;
      expect(await works(login)).toMatchObject([
        { cloudName: "nightcap", id: session.az.variables["SUBSCRIPTION_ID"], state: "Enabled" },
      ]);
    });

    test("log in by a tenant's name, which is adfs here", async () => {
      await works("login --service-principal -u $CLIENT_ID -p $CLIENT_SECRET --tenant adfs");
    });

    test("account, locations and token", async () => {
      const [account, subscriptions, locations, token] = [
        await works<{ id: string }>("account show"),
        await works<unknown[]>("account list"),
        await works<{ name: string }[]>("account list-locations"),
        await works<{ tokenType: string; expiresOn: string }>("account get-access-token"),
      ];
      expect(account.id).toBe(session.az.variables["SUBSCRIPTION_ID"]);
      expect(subscriptions).toHaveLength(1);
      expect(locations.map(({ name }) => name)).toEqual(["local"]);
      expect(token.tokenType).toBe("Bearer");
    });

    test("resource groups through their life", async () => {
      expect(await works("group create -n temporary -l local --tags env=test")).toMatchObject({
        name: "temporary",
        tags: { env: "test" },
        properties: { provisioningState: "Succeeded" },
      });
      const groups = await works<{ name: string }[]>("group list");
      expect(groups.map(({ name }) => name)).toContain("temporary");
      expect(await works("group exists -n temporary")).toBe(true);
      expect(await works("group show -n temporary")).toMatchObject({ location: "local" });
      expect(await works("group update -n temporary --set tags.env=other")).toMatchObject({
        tags: { env: "other" },
      });
      await works("group delete -n temporary --yes");
      expect(await works("group exists -n temporary")).toBe(false);
    });

    test("a resource group that is not there", async () => {
      expect(await refused("group show -n nowhere")).toEqual({
        exitCode: 3,
        code: "ResourceGroupNotFound",
      });
    });

    test("resource providers", async () => {
      const [all, one] = await Promise.all([
        works<{ namespace: string }[]>("provider list"),
        works<{ registrationState: string }>("provider show -n Microsoft.Network"),
      ]);
      expect(all.map(({ namespace }) => namespace)).toContain("Microsoft.Network");
      expect(one.registrationState).toBe("Registered");
    });

    test("resources of every type, and one by its id", async () => {
      const list = await works<{ name: string }[]>("resource list");
      expect(list.map(({ name }) => name)).toEqual(
        expect.arrayContaining(["vm", "vm-eth0", "nightcapstore", "NetworkWatcher_local"]),
      );
      const machines = await works<{ name: string }[]>(
        "resource list --resource-type Microsoft.Compute/virtualMachines",
      );
      expect(machines.map(({ name }) => name)).toEqual(["vm"]);
      expect(await works("resource show --ids $VM_ID")).toMatchObject({ name: "vm" });
    });

    test("any request by az rest", async () => {
      const [relative, absolute] = await Promise.all([
        works<string[]>(
          "rest --url '/subscriptions/{subscriptionId}/resourceGroups?api-version=2021-04-01' --query value[].name",
        ),
        works<{ value: unknown[] }>(
          "rest --url $BASE/subscriptions/$SUBSCRIPTION_ID/resourceGroups?api-version=2021-04-01",
        ),
      ]);
      expect(relative).toContain("nightcap");
      expect(absolute.value).toHaveLength(relative.length);
    });

    test("virtual machines are the hosts", async () => {
      const [list, detailed, one, view] = [
        await works<{ name: string }[]>("vm list"),
        await works("vm list -d"),
        await works("vm show -d -g nightcap -n vm"),
        await works("vm get-instance-view -g nightcap -n vm --query instanceView.statuses[].code"),
      ];
      expect(list.map(({ name }) => name)).toEqual(["vm"]);
      const running = { powerState: "VM running", privateIps: "192.0.2.10" };
      expect(detailed).toMatchObject([running]);
      expect(one).toMatchObject(running);
      expect(view).toContain("PowerState/running");
    });

    test("a virtual machine that is not there", async () => {
      expect(await refused("vm show -g nightcap -n nosuch")).toEqual({
        exitCode: 3,
        code: "ResourceNotFound",
      });
    });

    test("what Nightcap does not do says so, and is not tried again", async () => {
      const commands = [
        "vm restart -g nightcap -n vm",
        "vm deallocate -g nightcap -n vm",
        "disk list",
        "network lb list",
        "network vpn-connection list -g nightcap",
      ];
      const refusals = await twoAtATime(commands, refused);
      for (const refusal of refusals) {
        expect(refusal).toEqual({ exitCode: 1, code: "NotImplemented" });
      }
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);

/** az keeps one core busy, so two at a time. */
async function twoAtATime<Result>(
  commands: readonly string[],
  work: (command: string) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let begin = 0; begin < commands.length; begin += 2) {
    results.push(...(await Promise.all(commands.slice(begin, begin + 2).map(work))));
  }
  return results;
}
