import type { SecurityRule, SecurityRuleProperties } from "./security-rule.ts";

function defaultRule(
  name: string,
  description: string,
  rest: Pick<
    SecurityRuleProperties,
    "sourceAddressPrefix" | "destinationAddressPrefix" | "access" | "priority" | "direction"
  >,
): SecurityRule {
  const { sourceAddressPrefix = "*", destinationAddressPrefix = "*" } = rest;
  return {
    name,
    properties: {
      provisioningState: "Succeeded",
      description,
      protocol: "*",
      sourcePortRange: "*",
      sourcePortRanges: [],
      destinationPortRange: "*",
      destinationPortRanges: [],
      sourceAddressPrefix,
      sourceAddressPrefixes: [],
      destinationAddressPrefix,
      destinationAddressPrefixes: [],
      access: rest.access,
      priority: rest.priority,
      direction: rest.direction,
    },
  };
}

/**
 * The rules that every group ends with, under Azure's names and priorities
 * (https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview).
 */
export const defaultSecurityRules: readonly SecurityRule[] = [
  defaultRule("AllowVnetInBound", "Allow inbound traffic from all VMs in VNET", {
    sourceAddressPrefix: "VirtualNetwork",
    destinationAddressPrefix: "VirtualNetwork",
    access: "Allow",
    priority: 65_000,
    direction: "Inbound",
  }),
  defaultRule("AllowAzureLoadBalancerInBound", "Allow inbound traffic from azure load balancer", {
    sourceAddressPrefix: "AzureLoadBalancer",
    access: "Allow",
    priority: 65_001,
    direction: "Inbound",
  }),
  defaultRule("DenyAllInBound", "Deny all inbound traffic", {
    access: "Deny",
    priority: 65_500,
    direction: "Inbound",
  }),
  defaultRule("AllowVnetOutBound", "Allow outbound traffic from all VMs to all VMs in VNET", {
    sourceAddressPrefix: "VirtualNetwork",
    destinationAddressPrefix: "VirtualNetwork",
    access: "Allow",
    priority: 65_000,
    direction: "Outbound",
  }),
  defaultRule("AllowInternetOutBound", "Allow outbound traffic from all VMs to Internet", {
    destinationAddressPrefix: "Internet",
    access: "Allow",
    priority: 65_001,
    direction: "Outbound",
  }),
  defaultRule("DenyAllOutBound", "Deny all outbound traffic", {
    access: "Deny",
    priority: 65_500,
    direction: "Outbound",
  }),
];
