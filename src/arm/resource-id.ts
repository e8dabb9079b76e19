import { NightcapError } from "../common/errors.ts";

/** Azure's own limit is 2,048 characters for a request path. */
const resourceIdLengthMax = 2_048;
const depthMax = 16;
/** What Azure's naming rules allow in any type together; each type may allow less. */
const segmentPattern = /^[\p{L}\p{N}_.()\-$+@ ]{1,260}$/u;
const resourceGroupPattern = /^[\p{L}\p{N}_.()-]{0,89}[\p{L}\p{N}_()-]$/u;
const childNamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$/;

/** A resource id taken apart; every text keeps the case in which it came. */
export interface ResourceId {
  /** The whole id, without a slash at its end. */
  id: string;
  subscriptionId: string | null;
  resourceGroupName: string | null;
  /** `Microsoft.Network`; null for a subscription or a resource group. */
  provider: string | null;
  /** `Microsoft.Network/networkWatchers/packetCaptures`. */
  type: string;
  /** One name for each segment of the type. */
  names: readonly string[];
  /** The last of `names`. */
  name: string;
  /** The id of the resource it is in: its parent, its group, its subscription; null for a subscription. */
  scope: string | null;
}

/**
 * Reads an id of any depth, in any case, also one that extends another resource (`.../providers/A/b/c/providers/D/e/f`).
 * Throws `InvalidRequest` that names the segment at fault.
 */
export function parseResourceId(text: string): ResourceId {
  const id = text.replace(/\/+$/, "");
  if (!id.startsWith("/") || id.length > resourceIdLengthMax)
    throw invalid(text, "a path expected");
  const segments = id.slice(1).split("/");
  if (segments.length > 2 * depthMax) throw invalid(text, `more than ${depthMax} levels`);
  const wrong = segments.find((segment) => !segmentPattern.test(segment));
  if (wrong !== undefined) throw invalid(text, `segment "${wrong}" is not a name`);
  const subscriptionId = valueAfter(segments, 0, "subscriptions");
  const resourceGroupName =
    subscriptionId === null ? null : valueAfter(segments, 2, "resourcegroups");
  const at = segments.findLastIndex((segment) => segment.toLowerCase() === "providers");
  if (at >= 0) {
    return { id, subscriptionId, resourceGroupName, ...readProvider(text, segments, at) };
  }
  return { id, subscriptionId, resourceGroupName, ...readContainer(text, segments) };
}

/** The id of a child: `childId(watcher, "packetCaptures", name)`. */
export function childId(parent: string, type: string, name: string): string {
  return `${parent.replace(/\/+$/, "")}/${type}/${name}`;
}

/** True when both texts are the id of one resource; Azure compares without regard to case. */
export function sameId(a: string, b: string): boolean {
  return a.replace(/\/+$/, "").toLowerCase() === b.replace(/\/+$/, "").toLowerCase();
}

/** Throws `InvalidParameter` when a new resource may not have this name. */
export function checkResourceName(name: string, kind: string): void {
  if (childNamePattern.test(name)) return;
  throw new NightcapError(
    "InvalidParameter",
    `${kind} name "${name}" is not valid: 1 to 80 letters, digits, ".", "_" and "-", beginning with a letter or digit and ending with one of them or "_"`,
  );
}

/** Throws `InvalidParameter` when a resource group may not have this name. */
export function checkResourceGroupName(name: string): void {
  if (resourceGroupPattern.test(name)) return;
  throw new NightcapError(
    "InvalidParameter",
    `resource group name "${name}" is not valid: 1 to 90 letters, digits, ".", "_", "(", ")" and "-", not ending with "."`,
  );
}

function valueAfter(segments: string[], at: number, word: string): string | null {
  return segments[at]?.toLowerCase() === word ? (segments[at + 1] ?? null) : null;
}

type Rest = Pick<ResourceId, "provider" | "type" | "names" | "name" | "scope">;

function readProvider(text: string, segments: string[], at: number): Rest {
  const [provider, ...pairs] = segments.slice(at + 1);
  if (provider === undefined || pairs.length === 0 || pairs.length % 2 !== 0) {
    throw invalid(text, "provider, then type and name in pairs expected");
  }
  const types = pairs.filter((_, index) => index % 2 === 0);
  const names = pairs.filter((_, index) => index % 2 === 1);
  const parent = types.length > 1 ? segments.slice(0, -2) : segments.slice(0, at);
  return {
    provider,
    type: [provider, ...types].join("/"),
    names,
    name: names.at(-1) ?? "",
    scope: parent.length === 0 ? null : `/${parent.join("/")}`,
  };
}

function readContainer(text: string, segments: string[]): Rest {
  const [subscriptions, subscription, groups, group] = segments;
  if (subscriptions?.toLowerCase() !== "subscriptions" || subscription === undefined) {
    throw invalid(text, '"/subscriptions/ID" expected');
  }
  const container = { provider: null };
  if (segments.length === 2) {
    const type = "Microsoft.Resources/subscriptions";
    return { ...container, type, names: [subscription], name: subscription, scope: null };
  }
  if (segments.length === 4 && groups?.toLowerCase() === "resourcegroups" && group !== undefined) {
    const type = "Microsoft.Resources/resourceGroups";
    const scope = `/${subscriptions}/${subscription}`;
    return { ...container, type, names: [group], name: group, scope };
  }
  throw invalid(text, '"/subscriptions/ID/resourceGroups/NAME[/providers/...]" expected');
}

function invalid(text: string, why: string): NightcapError {
  const shown = text.length > 300 ? `${text.slice(0, 300)}...` : text;
  return new NightcapError("InvalidRequest", `resource id "${shown}" cannot be read: ${why}`);
}

/** `/subscriptions/{id}` of a resource's id. */
export const subscriptionOf = (id: string): string =>
  `/subscriptions/${parseResourceId(id).subscriptionId}`;
