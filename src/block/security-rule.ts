import { type Block, blockIdOf, networkText, portText } from "./block.ts";

const nameLengthMax = 80;

/** A rule of an Azure network security group, as its REST API has it (2024-05-01). */
export interface SecurityRule {
  name: string;
  properties: {
    priority: number;
    direction: "Inbound" | "Outbound";
    access: "Deny";
    protocol: string;
    sourceAddressPrefix: string;
    sourcePortRange: "*";
    destinationAddressPrefix: string;
    destinationPortRange: string;
  };
}

/** The same stop in Azure: one rule for each direction. Azure has no time limit for rules. */
export function securityRulesOf(block: Block, priority: number): SecurityRule[] {
  const directions = block.direction === "both" ? (["in", "out"] as const) : [block.direction];
  return directions.map((direction) => {
    const isOut = direction === "out";
    const there = networkText(block.network);
    return {
      name: nameOf({ ...block, direction }),
      properties: {
        priority,
        direction: isOut ? "Outbound" : "Inbound",
        access: "Deny",
        protocol: azureProtocols[block.protocol ?? "any"],
        sourceAddressPrefix: isOut ? "*" : there,
        sourcePortRange: "*",
        destinationAddressPrefix: isOut ? there : "*",
        destinationPortRange: block.ports === null ? "*" : portText(block.ports),
      },
    };
  });
}

const azureProtocols = { any: "*", tcp: "Tcp", udp: "Udp", icmp: "Icmp" } as const;

/** Letters, digits, `_`, `-` and `.`; it begins with one of the first two and ends with no `-` or `.`. */
const nameOf = (block: Block): string =>
  `nightcap-${blockIdOf(block)}`.replaceAll(":", ".").slice(0, nameLengthMax);

/** The command that makes the rule; all in it was read by us, and `*` is quoted for the shell. */
export function securityRuleCommand({ name, properties }: SecurityRule): string {
  const quoted = (text: string): string => (text === "*" ? "'*'" : text);
  return [
    "az network nsg rule create",
    '--resource-group "$RESOURCE_GROUP" --nsg-name "$NSG"',
    `--name ${name}`,
    `--priority ${properties.priority}`,
    `--direction ${properties.direction} --access Deny`,
    `--protocol ${quoted(properties.protocol)}`,
    `--source-address-prefixes ${quoted(properties.sourceAddressPrefix)} --source-port-ranges '*'`,
    `--destination-address-prefixes ${quoted(properties.destinationAddressPrefix)}`,
    `--destination-port-ranges ${quoted(properties.destinationPortRange)}`,
  ].join(" \\\n  ");
}

/** The command that takes it away again, which is for whoever made it to run. */
export const securityRuleRemoval = ({ name }: SecurityRule): string =>
  `az network nsg rule delete --resource-group "$RESOURCE_GROUP" --nsg-name "$NSG" --name ${name}`;
