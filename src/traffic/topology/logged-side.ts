import { joinName } from "./topology-places.ts";

/** What a flow log's target says of the side that it logs. Text that is not known is "". */
export interface LoggedSide {
  readonly virtualNetwork: string;
  readonly subnet: string;
  readonly networkInterface: string;
  readonly subscription: string;
  /** The target in words, for a reason. */
  readonly target: string;
}

const idLengthMax = 2_048;
const resourceId =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/[^/]+\/([^/]+)\/([^/]+)(?:\/subnets\/([^/]+))?$/i;

/** Null without a target: such a record does not say who wrote it. */
export function loggedSideOf(targetId: string): LoggedSide | null {
  if (targetId === "" || targetId.length > idLengthMax) return null;
  const found = resourceId.exec(targetId);
  const [, subscription = "", group = "", type = "", name = "", child = ""] = found ?? [];
  const known = { ...nothing, subscription };
  switch (type.toLowerCase()) {
    case "virtualnetworks": {
      const virtualNetwork = joinName(subscription, group, name);
      const subnet = child === "" ? "" : joinName(group, name, child);
      const target = child === "" ? `virtual network ${virtualNetwork}` : `subnet ${subnet}`;
      return { ...known, virtualNetwork, subnet, target };
    }
    case "networkinterfaces": {
      const networkInterface = joinName(group, name);
      return { ...known, networkInterface, target: `network interface ${networkInterface}` };
    }
    case "networksecuritygroups":
      return { ...known, target: `network security group ${joinName(group, name)}` };
    default:
      return { ...known, target: found ? joinName(group, name) : "what it is of" };
  }
}

const nothing = { virtualNetwork: "", subnet: "", networkInterface: "" };

/** Names of networks as they are written; a topology may leave the subscription out. */
export function isSameNetwork(one: string, other: string): boolean {
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
}
