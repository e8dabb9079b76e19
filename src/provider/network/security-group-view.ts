import { defaultSecurityRules } from "../../arm/default-security-rules.ts";
import { securityGroupViewRequest } from "../../arm/network-diagnostics.ts";
import type { SecurityRule } from "../../arm/security-rule.ts";
import { findResource } from "../kernel/answers.ts";
import type { ArmAnswer, ArmContext } from "../kernel/arm-request.ts";
import { parseContent } from "../kernel/request-body.ts";
import {
  type DiagnosedInterface,
  type DiagnosedMachine,
  findMachine,
} from "./diagnosed-machine.ts";
import { groupOf, showRule, withoutNulls } from "./security-group-store.ts";
import { expandPrefix } from "./security-rule-match.ts";

/** The rules on each interface of a machine, and together, in the order in which they are looked at. */
export async function viewSecurityGroups(context: ArmContext): Promise<ArmAnswer> {
  const request = parseContent(securityGroupViewRequest, withoutNulls(context.body));
  const machine = await findMachine(context, request.targetResourceId);
  const networkInterfaces = await Promise.all(
    machine.interfaces.map((each) => viewInterface(context, machine, each)),
  );
  return { status: 200, body: { networkInterfaces } };
}

async function viewInterface(
  context: ArmContext,
  machine: DiagnosedMachine,
  { id, securityGroupId }: DiagnosedInterface,
) {
  if (securityGroupId === null) return { id, securityRuleAssociations: {} };
  const group = await findResource(context, securityGroupId);
  const own = groupOf(group).properties.securityRules;
  const all = [
    ...own.map((rule) => effectiveRule(rule, "securityRules", machine.networks)),
    ...defaultSecurityRules.map((rule) =>
      effectiveRule(rule, "defaultSecurityRules", machine.networks),
    ),
  ];
  return {
    id,
    securityRuleAssociations: {
      networkInterfaceAssociation: { id, securityRules: own.map((rule) => showRule(group, rule)) },
      defaultSecurityRules: defaultSecurityRules.map((rule) =>
        showRule(group, rule, "defaultSecurityRules"),
      ),
      effectiveSecurityRules: all.toSorted((a, b) => a.priority - b.priority),
      nightcap: { enforced: false },
    },
  };
}

function effectiveRule(
  { name, properties }: SecurityRule,
  kind: string,
  networks: readonly string[],
) {
  const { provisioningState: _state, description: _text, protocol, ...rest } = properties;
  return {
    name: `${kind}/${name}`,
    protocol: protocol === "*" ? "All" : protocol,
    ...rest,
    ...expanded("expandedSourceAddressPrefix", rest.sourceAddressPrefix, networks),
    ...expanded("expandedDestinationAddressPrefix", rest.destinationAddressPrefix, networks),
  };
}

/** Of a service tag that stands for networks. */
function expanded(
  property: string,
  prefix: string | undefined,
  networks: readonly string[],
): Record<string, string[]> {
  if (prefix !== "VirtualNetwork" && prefix !== "AzureLoadBalancer") return {};
  return { [property]: expandPrefix(prefix, networks).prefixes };
}
