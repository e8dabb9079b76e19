import { z } from "zod";
import { NightcapError } from "../common/errors.ts";
import { parseAddressPrefix } from "./address-prefix.ts";

/** Prefixes and ports in one rule: Azure's limit of a rule with several. */
const entryCountMax = 4_000;
const portMax = 65_535;
const priorityMin = 100;
const priorityMax = 4_096;

export const ruleProtocols = ["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"] as const;
export const serviceTags = ["VirtualNetwork", "Internet", "AzureLoadBalancer"] as const;
const directions = ["Inbound", "Outbound"] as const;
const accesses = ["Allow", "Deny"] as const;

/** Compared in any case and spelt as Azure does. */
const word = <Word extends string>(words: readonly Word[]) =>
  z.string().transform((text, context): Word => {
    const found = words.find((each) => each.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue(`"${text.slice(0, 60)}" is not allowed: ${words.join(", ")} expected`);
    return z.NEVER;
  });

const texts = z.array(z.string().max(100)).max(entryCountMax).default([]);
const applicationGroups = z
  .array(z.unknown())
  .max(0, "application security groups are not supported: address prefixes expected")
  .optional();

/** What clients send as a rule's `properties`; what is not named here is refused by its name. */
export const securityRuleRequest = z.strictObject({
  description: z.string().max(140).optional(),
  protocol: word(ruleProtocols),
  sourcePortRange: z.string().max(100).optional(),
  sourcePortRanges: texts,
  destinationPortRange: z.string().max(100).optional(),
  destinationPortRanges: texts,
  sourceAddressPrefix: z.string().max(100).optional(),
  sourceAddressPrefixes: texts,
  destinationAddressPrefix: z.string().max(100).optional(),
  destinationAddressPrefixes: texts,
  sourceApplicationSecurityGroups: applicationGroups,
  destinationApplicationSecurityGroups: applicationGroups,
  access: word(accesses),
  priority: z.int(),
  direction: word(directions),
  /** Azure's to say: taken, and not looked at. */
  provisioningState: z.string().max(40).optional(),
});

export type SecurityRuleRequest = z.infer<typeof securityRuleRequest>;

/** A rule's `properties` as stored and shown. */
export interface SecurityRuleProperties {
  provisioningState: "Succeeded";
  description?: string;
  protocol: (typeof ruleProtocols)[number];
  sourcePortRange?: string;
  sourcePortRanges: string[];
  destinationPortRange?: string;
  destinationPortRanges: string[];
  sourceAddressPrefix?: string;
  sourceAddressPrefixes: string[];
  destinationAddressPrefix?: string;
  destinationAddressPrefixes: string[];
  access: (typeof accesses)[number];
  priority: number;
  direction: (typeof directions)[number];
}

/** A rule in its group: the group's document has all of them. */
export interface SecurityRule {
  name: string;
  properties: SecurityRuleProperties;
}

/** Checks what a schema cannot say in Azure's words, and writes the rule as Azure does. */
export function securityRuleOf(name: string, request: SecurityRuleRequest): SecurityRule {
  checkPriority(name, request.priority);
  const { description, protocol, access, priority, direction } = request;
  const properties: SecurityRuleProperties = {
    provisioningState: "Succeeded",
    ...(description === undefined ? {} : { description }),
    protocol,
    ...several(name, request, "sourcePortRange", checkPortRange),
    ...several(name, request, "destinationPortRange", checkPortRange),
    ...several(name, request, "sourceAddressPrefix", checkPrefix),
    ...several(name, request, "destinationAddressPrefix", checkPrefix),
    access,
    priority,
    direction,
  };
  return { name, properties };
}

function checkPriority(name: string, priority: number): void {
  if (priority >= priorityMin && priority <= priorityMax) return;
  throw new NightcapError(
    "SecurityRuleInvalidPriority",
    `Security rule ${name} has invalid Priority. Value provided: ${priority} Allowed range ${priorityMin}-${priorityMax}.`,
  );
}

type Single =
  | "sourcePortRange"
  | "destinationPortRange"
  | "sourceAddressPrefix"
  | "destinationAddressPrefix";

type Several = Pick<
  SecurityRuleProperties,
  | "sourcePortRanges"
  | "destinationPortRanges"
  | "sourceAddressPrefixes"
  | "destinationAddressPrefixes"
>;

const plural = {
  sourcePortRange: "sourcePortRanges",
  destinationPortRange: "destinationPortRanges",
  sourceAddressPrefix: "sourceAddressPrefixes",
  destinationAddressPrefix: "destinationAddressPrefixes",
} as const satisfies Record<Single, keyof Several>;

/** One value or a list of them, never both and never none. */
function several(
  name: string,
  request: SecurityRuleRequest,
  single: Single,
  check: (text: string, property: string, rule: string) => string,
): Several {
  const one = request[single];
  const many = request[plural[single]];
  const hasOne = one !== undefined && one !== "";
  if (hasOne === many.length > 0) {
    throw new NightcapError(
      "InvalidParameter",
      `security rule ${name} has ${hasOne ? "both" : "neither"} ${single} ${hasOne ? "and" : "nor"} ${plural[single]}: one of the two expected`,
    );
  }
  const checked = (hasOne ? [one] : many).map((text) =>
    check(text, hasOne ? single : plural[single], name),
  );
  return {
    ...(hasOne ? { [single]: checked[0] } : {}),
    [plural[single]]: hasOne ? [] : checked,
  } as unknown as Several;
}

function checkPortRange(text: string, property: string, rule: string): string {
  const range = readPortRange(text);
  const isWhole = text !== "*" || !property.endsWith("s");
  if (range && range.from <= range.to && range.to <= portMax && isWhole) return text;
  throw new NightcapError(
    "SecurityRuleInvalidPortRange",
    `Security rule ${rule} has invalid Port range. Value provided: ${text}. Value should be an integer OR integer range with '-' delimiter. Valid range 0-65535.`,
  );
}

/** `80`, `8000-8080` or `*`; null for anything else. */
export function readPortRange(text: string): { from: number; to: number } | null {
  if (text === "*") return { from: 0, to: portMax };
  const parts = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  if (!parts) return null;
  const from = Number(parts[1]);
  return { from, to: Number(parts[2] ?? from) };
}

/** An address, a network, `*` or a service tag, which is spelt as Azure does. */
function checkPrefix(text: string, property: string, rule: string): string {
  const tag = serviceTags.find((each) => each.toLowerCase() === text.toLowerCase());
  const isMany = property.endsWith("es");
  if ((text === "*" || tag !== undefined) && !isMany) return tag ?? text;
  if (parseAddressPrefix(text)) return text;
  throw new NightcapError(
    "SecurityRuleInvalidAddressPrefix",
    `Security rule ${rule} has invalid Address prefix. Value provided: ${text}. ${property} takes an address or a network${isMany ? "" : ` or one of *, ${serviceTags.join(", ")}; other service tags are not known here`}.`,
  );
}

/** Throws `SecurityRuleConflict` when two rules of one direction have one priority, or one name. */
export function checkConflicts(rules: readonly SecurityRule[]): void {
  const places = new Map<string, string>();
  const names = new Set<string>();
  for (const { name, properties } of rules) {
    const place = `${properties.direction} ${properties.priority}`;
    const other = places.get(place);
    if (other !== undefined) {
      throw new NightcapError(
        "SecurityRuleConflict",
        `Security rule ${name} conflicts with rule ${other}. Rules cannot have the same Priority and Direction.`,
      );
    }
    if (names.has(name.toLowerCase())) {
      throw new NightcapError("SecurityRuleConflict", `two security rules are named ${name}`);
    }
    places.set(place, name);
    names.add(name.toLowerCase());
  }
}
