// Interfaces and flow logs by az.
import { describe, expect, test } from "vitest";
import { readBlock } from "../../src/block/block.ts";
import { securityRuleCommand, securityRulesOf } from "../../src/block/security-rule.ts";
import { remediesFor } from "../../src/inspection/findings/remedies.ts";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const flowLog = (verb: string): string => `network watcher flow-log ${verb} -l local -n flows`;

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az network${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("network");
    const { works, refused } = session;

    test("the machine's network interface", async () => {
      const [list, one] = await Promise.all([
        works<{ name: string; id: string }[]>("network nic list"),
        works("network nic show -g nightcap -n vm-eth0"),
      ]);
      expect(list.map(({ name }) => name)).toEqual(["vm-eth0"]);
      expect(one).toMatchObject({ ipConfigurations: [{ privateIpAddress: "192.0.2.10" }] });
      session.az.set({ NIC_ID: list[0]?.id ?? "" });
    });

    test("a virtual network, its subnets and the hosts in them", async () => {
      const vnet = "network vnet";
      const made = await works<{ newVNet: object }>(
        `${vnet} create -g nightcap -n net -l local --address-prefixes 192.0.2.0/24 --subnet-name web --subnet-prefixes 192.0.2.0/28`,
      );
      expect(made.newVNet).toMatchObject({
        addressSpace: { addressPrefixes: ["192.0.2.0/24"] },
        subnets: [{ name: "web", addressPrefix: "192.0.2.0/28" }],
      });
      await works(
        `${vnet} subnet create -g nightcap --vnet-name net -n data --address-prefixes 192.0.2.64/26`,
      );
      const subnets = await works<{ name: string }[]>(
        `${vnet} subnet list -g nightcap --vnet-name net`,
      );
      expect(subnets.map(({ name }) => name)).toEqual(["web", "data"]);
      expect(await works(`${vnet} list`)).toMatchObject([{ name: "net" }]);
      expect(await works(`${vnet} show -g nightcap -n net`)).toMatchObject({
        subnets: [{ ipConfigurations: [{}] }, {}],
      });
      const log = "network watcher flow-log create -l local -n of-net -g nightcap --vnet net";
      expect(await works(`${log} --storage-account nightcapstore`)).toMatchObject({
        targetResourceId: expect.stringMatching(/\/virtualNetworks\/net$/),
      });
      await works("network watcher flow-log delete -l local -n of-net");
      await works(`${vnet} delete -g nightcap -n net`);
    });

    test("a flow log through its life", async () => {
      expect(
        await works(
          `${flowLog("create")} -g nightcap --nic $NIC_ID --storage-account nightcapstore`,
        ),
      ).toMatchObject({
        name: "flows",
        enabled: true,
        provisioningState: "Succeeded",
        targetResourceId: session.az.variables["NIC_ID"],
        retentionPolicy: { days: 0, enabled: false },
      });
      expect(await works("network watcher flow-log list -l local")).toMatchObject([
        { name: "flows" },
      ]);
      expect(await works(flowLog("show"))).toMatchObject({ enabled: true });
      expect(
        await works(`${flowLog("update")} --enabled false --retention 3 --tags team=net`),
      ).toMatchObject({
        enabled: false,
        retentionPolicy: { days: 3, enabled: true },
        tags: { team: "net" },
      });
      await works(flowLog("delete"));
      await works(flowLog("delete")); // deleting what is gone is no error
      expect(await works("network watcher flow-log list -l local")).toEqual([]);
    });

    test("what is refused", async () => {
      expect(await refused(flowLog("show"))).toEqual({ exitCode: 3, code: "ResourceNotFound" });
      const lost = await refused(
        `${flowLog("create")} -g nightcap --nic $\{NIC_ID}x --storage-account nightcapstore`,
      );
      expect(lost).toEqual({ exitCode: 3, code: "ResourceNotFound" });
    });

    /** What az would send, by its own account; nobody has such a group here, so it is refused. */
    const sentBy = async (command: string): Promise<unknown> => {
      session.az.set({ RESOURCE_GROUP: "nightcap", NSG: "web" });
      const { stderr } = await session.az.runProgram(`${command} --debug`);
      expect(stderr).toContain("(ResourceNotFound)");
      return JSON.parse(/Request body:\n.*?policies: (\{.*\})$/m.exec(stderr)?.[1] ?? "null");
    };

    test("the rules that stop traffic, of nightcap block and of findings, are what az sends", async () => {
      const blocks = [
        readBlock({ address: "203.0.113.0/24", port: "8000-8100/udp", direction: "in" }),
        readBlock({ address: "2001:db8::7", port: "443/tcp", direction: "out" }),
        readBlock({ address: "203.0.113.7", port: null, direction: "out" }),
      ];
      const rules = blocks.flatMap((block) => securityRulesOf(block, 210));
      const known = { name: "telnet", transport: "tcp", direction: "out" } as const;
      const peers = ["203.0.113.7", "203.0.113.8"];
      const [remedy] = remediesFor({ ...known, peers, ports: [23, 2323] });
      const commands = [...rules.map(securityRuleCommand), remedy?.command ?? ""];
      const sent = await Promise.all(commands.map(sentBy));
      expect(sent.slice(0, -1)).toEqual(rules);
      expect(sent.at(-1)).toMatchObject({
        name: "nightcap-deny-telnet-tcp-out",
        properties: {
          access: "Deny",
          direction: "Outbound",
          destinationAddressPrefixes: peers,
          destinationPortRanges: ["23", "2323"],
        },
      });
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
