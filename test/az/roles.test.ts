// What a service principal without the role may not do, and how it gets the role, by az.
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { runNightcap } from "../cli/run-nightcap.ts";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const subscription = "/subscriptions/$SUBSCRIPTION_ID";
const assignments = `${subscription}/providers/Microsoft.Authorization/roleAssignments`;
const version = "?api-version=2022-04-01";
/** The roles' ids are the same in every tenant (Azure built-in roles). */
const monitoringContributor = "749f88d5-cbae-40b8-bcfc-e573ddc772fa";
const assignmentName = "0b1c2d3e-0000-4000-8000-000000000001";
const assignment = `$BASE${assignments}/${assignmentName}${version}`;

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az roles${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("roles");
    const { works, refused } = session;
    /** Logs in as another principal, and back: az keeps several, and one that is in use. */
    const use = async (id: "READER" | "CLIENT"): Promise<void> => {
      await works(`login --service-principal -u $${id}_ID -p $${id}_SECRET --tenant $TENANT_ID`);
    };

    beforeAll(async () => {
      const state = join(session.installation.directory, "server");
      const args = ["create", "reader", "--role", "Reader", "--state", state, "--json"];
      const { stdout } = await runNightcap("service-principal", ...args);
      const { appId, password } = JSON.parse(stdout) as { appId: string; password: string };
      session.az.set({ READER_ID: appId, READER_SECRET: password });
    });

    test("a Reader sees everything", async () => {
      await use("READER");
      expect(await works("vm list")).toHaveLength(1);
      expect(await works("network watcher packet-capture list -l local")).toEqual([]);
      expect(await works("resource list")).toHaveLength(4);
    });

    test("a Reader changes nothing, and gets no key", async () => {
      const commands = [
        "network watcher packet-capture create -g nightcap --vm vm -n no --file-path $CAPTURES/no.cap",
        "network watcher packet-capture delete -l local -n no",
        "monitor action-group create -g nightcap -n no --short-name no",
        "group create -n no -l local",
        "storage account keys list -g nightcap -n nightcapstore",
        `rest --method delete --url "${assignment}"`,
      ];
      for (const command of commands) {
        const { code } = await refused(command);
        expect(code, command).toMatch(/AuthorizationFailed/);
      }
    });

    test("an Owner assigns a role", async () => {
      await use("CLIENT");
      const role = `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${monitoringContributor}`;
      const body = String.raw`"{\"properties\":{\"roleDefinitionId\":\"${role}\",\"principalId\":\"$READER_ID\",\"principalType\":\"ServicePrincipal\"}}"`;
      const made = await works(`rest --method put --url "${assignment}" --body ${body}`);
      expect(made).toMatchObject({
        name: assignmentName,
        properties: { principalId: session.az.variables["READER_ID"] },
      });
      const names = await works<string[]>(
        `rest --url "$BASE${assignments}${version}" --query value[].name`,
      );
      expect(names).toContain(assignmentName);
    });

    test("who has the role may do what it says, and no more", async () => {
      await use("READER");
      await works("monitor action-group create -g nightcap -n yes --short-name yes");
      await works("monitor action-group delete -g nightcap -n yes");
      const { code } = await refused(
        "network watcher packet-capture create -g nightcap --vm vm -n no --file-path $CAPTURES/no.cap",
      );
      expect(code).toBe("AuthorizationFailed");
    });

    test("what was done and refused is in the activity log", async () => {
      await use("CLIENT");
      await works(`rest --method delete --url "${assignment}"`);
      const events = await works<{ operation: string; status: string }[]>(
        `monitor activity-log list --offset 1h --query "[].{operation:operationName.value,status:status.value}"`,
      );
      expect(events).toContainEqual({
        operation: "Microsoft.Network/networkWatchers/packetCaptures/write",
        status: "Failed",
      });
      expect(events).toContainEqual({
        operation: "Microsoft.Authorization/roleAssignments/write",
        status: "Succeeded",
      });
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
