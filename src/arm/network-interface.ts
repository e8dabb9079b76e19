import type { HostInterface } from "../common/host-facts.ts";
import { publicAddressId } from "./public-ip-address.ts";

/** The body of a network interface: one of a host's, with each of its addresses. */
export function networkInterfaceBody(options: {
  id: string;
  location: string;
  virtualMachineId: string;
  primary: boolean;
  hostInterface: HostInterface;
}): Record<string, unknown> {
  const { id, hostInterface } = options;
  return {
    location: options.location,
    tags: {},
    properties: {
      provisioningState: "Succeeded",
      macAddress: hostInterface.macAddress.toUpperCase().replaceAll(":", "-"),
      primary: options.primary,
      enableIPForwarding: false,
      virtualMachine: { id: options.virtualMachineId },
      ipConfigurations: hostInterface.addresses.map(({ address }, index) => ({
        id: `${id}/ipConfigurations/ipconfig${index + 1}`,
        name: `ipconfig${index + 1}`,
        type: "Microsoft.Network/networkInterfaces/ipConfigurations",
        properties: {
          provisioningState: "Succeeded",
          privateIPAddress: address,
          privateIPAddressVersion: address.includes(":") ? "IPv6" : "IPv4",
          privateIPAllocationMethod: "Static",
          primary: index === 0,
          ...publicAddress(id, index, address),
        },
      })),
    },
  };
}

function publicAddress(interfaceId: string, index: number, address: string) {
  const id = publicAddressId(interfaceId, index, address);
  return id === null ? {} : { publicIPAddress: { id } };
}
