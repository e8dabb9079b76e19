import { isPublicAddress } from "./address-prefix.ts";
import { parseResourceId } from "./resource-id.ts";

export const publicAddressType = "Microsoft.Network/publicIPAddresses";

/** The id under which an interface's address is shown, or null when the Internet cannot reach it. */
export function publicAddressId(
  interfaceId: string,
  index: number,
  address: string,
): string | null {
  if (!isPublicAddress(address)) return null;
  const { scope, name } = parseResourceId(interfaceId);
  return `${scope}/providers/${publicAddressType}/${name}-ip${index + 1}`;
}

/** The public addresses of one interface, as its body has them. Their etag is the interface's. */
export function publicAddressBodies(owner: {
  id: string;
  etag: string;
  body: Record<string, unknown>;
}) {
  const { id: interfaceId, etag, body } = owner;
  const { ipConfigurations = [] } = body["properties"] as {
    ipConfigurations?: { id: string; properties: { privateIPAddress: string } }[];
  };
  return ipConfigurations.flatMap(({ id: configurationId, properties }, index) => {
    const { privateIPAddress } = properties;
    const id = publicAddressId(interfaceId, index, privateIPAddress);
    if (id === null) return [];
    return [
      {
        id,
        name: parseResourceId(id).name,
        type: publicAddressType,
        etag,
        location: body["location"],
        tags: {},
        sku: { name: "Standard", tier: "Regional" },
        properties: {
          provisioningState: "Succeeded",
          ipAddress: privateIPAddress,
          publicIPAddressVersion: privateIPAddress.includes(":") ? "IPv6" : "IPv4",
          publicIPAllocationMethod: "Static",
          idleTimeoutInMinutes: 4,
          ipTags: [],
          ipConfiguration: { id: configurationId },
        },
      },
    ];
  });
}
