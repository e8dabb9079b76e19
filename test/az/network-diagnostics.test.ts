// Security groups, flow logs and the network watcher's diagnostics by az, answered by a real host.
import { describe, expect, test } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az network diagnostics${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("network diagnostics");
    const { works, refused } = session;

    test("a network security group and its rules", async () => {
      expect(
        await works("network nsg create -g nightcap -n web -l local --tags team=net"),
      ).toMatchObject({
        NewNSG: { name: "web", provisioningState: "Succeeded", securityRules: [] },
      });
      expect(
        await works(
          "network nsg rule create -g nightcap --nsg-name web -n no-telnet --priority 100 --access Deny --protocol Tcp --destination-port-ranges 23 --source-address-prefixes Internet",
        ),
      ).toMatchObject({ name: "no-telnet", direction: "Inbound", sourceAddressPrefix: "Internet" });
      await works(
        "network nsg rule create -g nightcap --nsg-name web -n http --priority 110 --destination-port-ranges 80 8000-8080 --source-address-prefixes 192.0.2.0/24 198.51.100.0/24",
      );
      const updated = await works(
        "network nsg rule update -g nightcap --nsg-name web -n http --priority 120 --description web",
      );
      expect(updated).toMatchObject({
        priority: 120,
        description: "web",
        destinationPortRanges: ["80", "8000-8080"],
      });
      expect(await works("network nsg rule list -g nightcap --nsg-name web")).toHaveLength(2);
      expect(
        await works("network nsg rule list -g nightcap --nsg-name web --include-default"),
      ).toHaveLength(8);
      expect(await works("network nsg rule show -g nightcap --nsg-name web -n http")).toMatchObject(
        { name: "http" },
      );
      await works("network nsg rule delete -g nightcap --nsg-name web -n http");
      expect(await works("network nsg list")).toHaveLength(1);
      expect(await works("network nsg show -g nightcap -n web")).toMatchObject({
        tags: { team: "net" },
      });
    });

    test("a host's interfaces, one with a group", async () => {
      const nics = await works<{ name: string }[]>("network nic list -g nightcap");
      expect(nics.map(({ name }) => name)).toEqual(["vm-eth0"]);
      await works("network nic show -g nightcap -n vm-eth0");
      const updated = await works(
        "network nic update -g nightcap -n vm-eth0 --network-security-group web",
      );
      expect(updated).toMatchObject({
        networkSecurityGroup: { id: expect.stringContaining("/web") },
      });
      expect(await works("network public-ip list")).toEqual([]);
      await works("vm list-ip-addresses -g nightcap -n vm");
    });

    test("what lets a connection through", async () => {
      expect(
        await works(
          "network watcher test-ip-flow -g nightcap --vm vm --direction Inbound --protocol TCP --local 192.0.2.10:23 --remote 198.51.100.80:60000",
        ),
      ).toEqual(expect.objectContaining({ access: "Deny", ruleName: "securityRules/no-telnet" }));
      const { bed } = session;
      await bed.exec("vm", "nft", ["add", "table", "inet", "own"]);
      await bed.exec("vm", "nft", [
        "add",
        "chain",
        "inet",
        "own",
        "input",
        "{ type filter hook input priority 0; }",
      ]);
      await bed.exec("vm", "nft", [
        "add",
        "rule",
        "inet",
        "own",
        "input",
        "tcp",
        "dport",
        "22",
        "drop",
      ]);
      expect(
        await works(
          "network watcher test-ip-flow -g nightcap --vm vm --direction Inbound --protocol TCP --local 192.0.2.10:22 --remote 192.0.2.20:60000",
        ),
      ).toMatchObject({
        access: "Deny",
        ruleName: expect.stringContaining("nftables/inet/own/input"),
      });
      expect(
        await works("network watcher show-security-group-view -g nightcap --vm vm"),
      ).toMatchObject({
        networkInterfaces: [
          { securityRuleAssociations: { effectiveSecurityRules: expect.any(Array) } },
        ],
      });
    });

    test("where a packet goes, and what is there", async () => {
      expect(
        await works(
          "network watcher show-next-hop -g nightcap --vm vm --source-ip 192.0.2.10 --dest-ip 198.51.100.80",
        ),
      ).toMatchObject({ nextHopType: "Internet", nextHopIpAddress: "192.0.2.1" });
      const server = await session.bed.startServer("node", "internet");
      expect(
        await works(
          "network watcher test-connectivity -g nightcap --source-resource vm --dest-address 198.51.100.80 --dest-port 8080 --protocol Tcp",
        ),
      ).toMatchObject({ connectionStatus: server.port === 8080 ? "Reachable" : "Unreachable" });
      await server.close();
      expect(
        await works(
          "network watcher test-connectivity -g nightcap --source-resource vm --dest-address 198.51.100.80 --protocol Icmp",
        ),
      ).toMatchObject({ connectionStatus: "Reachable", probesFailed: 0 });
      const topology = await works<{ resources: { name: string }[] }>(
        "network watcher show-topology -g nightcap -l local",
      );
      expect(topology.resources.map(({ name }) => name)).toEqual(["vm", "vm-eth0", "web"]);
    });

    test("a flow log through its life", async () => {
      expect(
        await works(
          "network watcher flow-log create -l local -g nightcap -n flows --nsg web --storage-account nightcapstore --enabled true --retention 7 --format JSON --log-version 2",
        ),
      ).toMatchObject({
        name: "flows",
        enabled: true,
        retentionPolicy: { days: 7 },
        format: { version: 2 },
      });
      expect(await works("network watcher flow-log list -l local")).toHaveLength(1);
      await works("network watcher flow-log show -l local -n flows");
      expect(
        await works("network watcher flow-log update -l local -n flows --retention 9"),
      ).toMatchObject({
        retentionPolicy: { days: 9 },
      });
      await works("network watcher flow-log delete -l local -n flows");
    });

    test("what is refused", async () => {
      await refused(
        "network nsg rule create -g nightcap --nsg-name web -n second --priority 100 --access Deny --destination-port-ranges 24",
      );
      await refused("network nsg rule create -g nightcap --nsg-name web -n low --priority 99");
      await refused("network nsg delete -g nightcap -n web");
      await refused("network nsg show -g nightcap -n nosuch");
      await works("network nic update -g nightcap -n vm-eth0 --network-security-group ''");
      await works("network nsg delete -g nightcap -n web");
    });

    test("the page has what was run", () => session.holdPage());
  },
);
