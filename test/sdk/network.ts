import assert from "node:assert/strict";
import type { SecurityRule } from "@azure/arm-network";
import type { RestError } from "@azure/storage-blob";
import { all, type Check, refusalOf } from "./check.ts";

const group = "nightcap";
const watcher = ["NetworkWatcherRG", "NetworkWatcher_local"] as const;
const polling = { updateIntervalInMs: 200 };
const machineAddress = "192.0.2.10";
const clientAddress = "192.0.2.20";

const rule = (change: Partial<SecurityRule> = {}): SecurityRule => ({
  protocol: "Tcp",
  sourceAddressPrefix: "*",
  sourcePortRange: "*",
  destinationAddressPrefix: "*",
  destinationPortRange: "22",
  access: "Deny",
  priority: 100,
  direction: "Inbound",
  ...change,
});

/** arm-network: a security group, what the watcher says with it, and that it goes when it is not in use. */
export const networkChecks: readonly Check[] = [
  {
    name: "arm-network: a network security group and its rules through their life",
    async run({ network: { networkSecurityGroups: groups, securityRules: rules } }) {
      const made = await groups.beginCreateOrUpdateAndWait(group, "sdk-nsg", {
        location: "local",
        securityRules: [{ name: "no-ssh", ...rule() }],
      });
      assert.equal(made.provisioningState, "Succeeded");
      assert.equal(made.defaultSecurityRules?.length, 6);
      const web = rule({ access: "Allow", priority: 110, destinationPortRange: "80" });
      const added = await rules.beginCreateOrUpdateAndWait(group, "sdk-nsg", "web", web);
      assert.equal(added.id, `${made.id}/securityRules/web`);
      const taken = rules.beginCreateOrUpdateAndWait(group, "sdk-nsg", "again", web);
      assert.deepEqual(await refusalOf(taken), { status: 400, code: "SecurityRuleConflict" });
      const names = (await all(rules.list(group, "sdk-nsg"))).map(({ name }) => name);
      assert.deepEqual(names, ["no-ssh", "web"]);
      await rules.beginDeleteAndWait(group, "sdk-nsg", "web", polling);
      const gone = rules.get(group, "sdk-nsg", "web");
      assert.deepEqual(await refusalOf(gone), { status: 404, code: "ResourceNotFound" });
      const tagged = await groups.updateTags(group, "SDK-NSG", { tags: { team: "net" } });
      assert.deepEqual(tagged.tags, { team: "net" });
      for (const list of [groups.listAll(), groups.list(group)]) {
        assert.deepEqual(
          (await all(list)).map(({ id }) => id),
          [made.id],
        );
      }
    },
  },
  {
    name: "arm-network: ipFlowVerify names the rule of the host's nftables that drops",
    async run({ network: { networkWatchers }, target }) {
      const verify = async (localPort: string) => {
        const { access, ruleName } = await networkWatchers.beginVerifyIPFlowAndWait(...watcher, {
          targetResourceId: target.machineId,
          direction: "Inbound",
          protocol: "TCP",
          localPort,
          remotePort: "*",
          localIPAddress: machineAddress,
          remoteIPAddress: clientAddress,
        });
        return { access, ruleName };
      };
      const dropped = await verify("81");
      assert.equal(dropped.access, "Deny");
      assert.match(dropped.ruleName ?? "", /^nftables\/inet\/filter\/input\/handle\/\d+/);
      const passed = await verify("82");
      assert.deepEqual(passed, {
        access: "Allow",
        ruleName: "nftables/inet/filter/input policy accept",
      });
    },
  },
  {
    name: "arm-network: ipFlowVerify and securityGroupView know the interface's security group",
    async run({ network, target }) {
      const { networkInterfaces, networkSecurityGroups: groups, networkWatchers } = network;
      const { id } = await groups.get(group, "sdk-nsg");
      const [first] = await all(networkInterfaces.listAll());
      assert.ok(first?.name && id);
      const { networkSecurityGroup } = await networkInterfaces.beginCreateOrUpdateAndWait(
        group,
        first.name,
        { ...first, networkSecurityGroup: { id } },
        polling,
      );
      assert.equal(networkSecurityGroup?.id, id);
      const flow = await networkWatchers.beginVerifyIPFlowAndWait(...watcher, {
        targetResourceId: target.machineId,
        direction: "Inbound",
        protocol: "TCP",
        localPort: "22",
        remotePort: "60000",
        localIPAddress: machineAddress,
        remoteIPAddress: clientAddress,
      });
      assert.equal(flow.access, "Deny");
      assert.match(flow.ruleName ?? "", /no-ssh$/);
      const view = await networkWatchers.beginGetVMSecurityRulesAndWait(...watcher, {
        targetResourceId: target.machineId,
      });
      const associations = view.networkInterfaces?.[0]?.securityRuleAssociations;
      const own = associations?.networkInterfaceAssociation?.securityRules;
      assert.deepEqual(
        own?.map(({ name }) => name),
        ["no-ssh"],
      );
      assert.equal(associations?.effectiveSecurityRules?.length, 7);
    },
  },
  {
    name: "arm-network: topology has the machine, its interface and the group",
    async run({ network: { networkWatchers }, target }) {
      const { resources = [] } = await networkWatchers.getTopology(...watcher, {
        targetResourceGroupName: group,
      });
      const machine = resources.find(({ id }) => id === target.machineId);
      assert.equal(machine?.associations?.[0]?.associationType, "Contains");
      const names = resources.map(({ name }) => name);
      assert.ok(names.includes("sdk-nsg") && names.includes("vm-eth0"), names.join());
    },
  },
  {
    name: "arm-network: nextHop says where the host's kernel sends a packet",
    async run({ network: { networkWatchers }, target }) {
      const hop = (destinationIPAddress: string) =>
        networkWatchers.beginGetNextHopAndWait(...watcher, {
          targetResourceId: target.machineId,
          sourceIPAddress: machineAddress,
          destinationIPAddress,
        });
      const out = await hop(target.webAddress);
      assert.equal(out.nextHopType, "Internet");
      assert.equal(out.nextHopIpAddress, "192.0.2.1");
      assert.equal(out.routeTableId, "System Route");
      assert.equal((await hop(clientAddress)).nextHopType, "VnetLocal");
    },
  },
  {
    name: "arm-network: connectivityCheck connects from the host",
    async run({ network: { networkWatchers }, target }) {
      const check = (port: number) =>
        networkWatchers.beginCheckConnectivityAndWait(...watcher, {
          source: { resourceId: target.machineId },
          destination: { address: target.webAddress, port },
        });
      const reached = await check(80);
      assert.equal(reached.connectionStatus, "Reachable");
      assert.deepEqual([reached.probesSent, reached.probesFailed], [10, 0]);
      assert.deepEqual(
        reached.hops?.map(({ type }) => type),
        ["Source", "Gateway", "Internet"],
      );
      const refused = await check(9);
      assert.equal(refused.connectionStatus, "Unreachable");
      assert.equal(refused.probesFailed, 10);
    },
  },
  {
    name: "arm-network: what the watcher is not asked here is 501 and named, at once",
    async run({ network, target }) {
      const { networkWatchers: watchers, connectionMonitors } = network;
      const targetResourceId = target.machineId;
      const asked = {
        queryTroubleshootResult: () =>
          watchers.beginGetTroubleshootingResultAndWait(...watcher, { targetResourceId }),
        availableProvidersList: () => watchers.beginListAvailableProvidersAndWait(...watcher, {}),
        networkConfigurationDiagnostic: () =>
          watchers.beginGetNetworkConfigurationDiagnosticAndWait(...watcher, {
            targetResourceId,
            profiles: [],
          }),
        connectionMonitors: () => all(connectionMonitors.list(...watcher)),
      };
      const begun = performance.now();
      for (const [name, ask] of Object.entries(asked)) {
        await assert.rejects(ask(), (error: RestError) => {
          assert.deepEqual([error.statusCode, error.code], [501, "NotImplemented"]);
          assert.ok(error.message.includes(name), error.message);
          return true;
        });
      }
      assert.ok(performance.now() - begun < 2_000);
    },
  },
  {
    name: "arm-network: a group that is in use stays, and goes when it is not",
    async run({ network: { networkInterfaces, networkSecurityGroups: groups } }) {
      const used = groups.beginDeleteAndWait(group, "sdk-nsg", polling);
      assert.deepEqual(await refusalOf(used), {
        status: 400,
        code: "InUseNetworkSecurityGroupCannotBeDeleted",
      });
      const { networkSecurityGroup: _, ...free } = await networkInterfaces.get(group, "vm-eth0");
      await networkInterfaces.beginCreateOrUpdateAndWait(group, "vm-eth0", free, polling);
      await groups.beginDeleteAndWait(group, "sdk-nsg", polling);
      assert.deepEqual(await all(groups.listAll()), []);
    },
  },
];
