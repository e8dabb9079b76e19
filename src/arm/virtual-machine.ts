import type { HostFacts } from "../common/host-facts.ts";

export interface VirtualMachineOptions {
  hostId: string;
  location: string;
  facts: HostFacts | null;
  /** In the order of the host's interfaces; the first is the primary one. */
  networkInterfaceIds: readonly string[];
}

/** The body of a virtual machine that is a Linux host with an agent. */
export function virtualMachineBody(options: VirtualMachineOptions): Record<string, unknown> {
  const { hostId, location, facts } = options;
  return {
    location,
    tags: {},
    properties: {
      vmId: hostId,
      provisioningState: "Succeeded",
      hardwareProfile: { vmSize: "Standard" },
      storageProfile: { osDisk: { osType: "Linux", createOption: "FromImage" }, dataDisks: [] },
      osProfile: { computerName: facts?.hostName ?? "", linuxConfiguration: {}, secrets: [] },
      networkProfile: {
        networkInterfaces: options.networkInterfaceIds.map((id, index) => ({
          id,
          properties: { primary: index === 0 },
        })),
      },
    },
  };
}

/** What `$expand=instanceView` adds: what the host is doing now. */
export function instanceView(options: {
  facts: HostFacts | null;
  connected: boolean;
  /** When the host was last heard, ISO 8601. */
  heardAt: string;
}): Record<string, unknown> {
  const { facts, connected, heardAt } = options;
  const status = (code: string, displayStatus: string, time?: string) => ({
    code,
    level: "Info",
    displayStatus,
    ...(time === undefined ? {} : { time }),
  });
  return {
    computerName: facts?.hostName ?? "",
    osName: facts?.operatingSystem ?? "",
    osVersion: facts?.kernelRelease ?? "",
    vmAgent: {
      vmAgentVersion: "Unknown",
      statuses: [
        connected
          ? status("ProvisioningState/succeeded", "Ready", heardAt)
          : status("ProvisioningState/Unavailable", "Not Ready", heardAt),
      ],
    },
    statuses: [
      status("ProvisioningState/succeeded", "Provisioning succeeded", heardAt),
      connected
        ? status("PowerState/running", "VM running")
        : status("PowerState/unknown", "VM state unknown: its agent is not connected"),
    ],
  };
}
