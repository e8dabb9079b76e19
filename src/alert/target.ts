/** The parts of a resource id that alert payloads carry. */
export interface TargetParts {
  subscriptionId: string;
  resourceGroupName: string;
  /** With child types joined: `Microsoft.Network/networkWatchers/packetCaptures`. */
  resourceType: string;
  resourceName: string;
}

const idPattern =
  /^\/subscriptions\/([^/]+)(?:\/resourcegroups\/([^/]+))?\/providers\/([^/]+)\/(.+)$/i;

/**
 * Reads an id in the case it is written in; null when it is not one of a resource below a provider.
 * Azure's own samples have names such as `<subscription ID>`, so the parts are not checked further.
 */
export function targetParts(id: string): TargetParts | null {
  const match = idPattern.exec(id);
  if (!match) return null;
  const [, subscriptionId = "", resourceGroupName = "", namespace = "", rest = ""] = match;
  const segments = rest.split("/");
  if (segments.length % 2 !== 0 || segments.includes("")) return null;
  const types = segments.filter((_, index) => index % 2 === 0);
  return {
    subscriptionId,
    resourceGroupName,
    resourceType: [namespace, ...types].join("/"),
    resourceName: segments.at(-1) ?? "",
  };
}
