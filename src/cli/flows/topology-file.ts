import { z } from "zod";
import type { KnownEstate } from "../../logs/views/known-estate.ts";

/** The parts of the control plane's topology file that views ask for. */
const topologyFile = z.object({
  virtualNetworks: z
    .array(
      z.object({
        resourceGroup: z.string(),
        name: z.string(),
        region: z.string().optional(),
        subnets: z.array(z.object({ name: z.string() })).optional(),
      }),
    )
    .default([]),
  hosts: z
    .array(
      z.object({
        resourceGroup: z.string(),
        name: z.string(),
        scaleSet: z.string().optional(),
      }),
    )
    .default([]),
});

/** Subnets and machines by the names that flows have; rules are not in the file. */
export function estateOfTopology(text: string): KnownEstate {
  const { virtualNetworks, hosts } = topologyFile.parse(JSON.parse(text));
  return {
    rules: [],
    subnets: virtualNetworks.flatMap(({ resourceGroup, name, region, subnets }) =>
      (subnets ?? []).map((subnet) => ({
        subnet: `${resourceGroup}/${name}/${subnet.name}`,
        region: region ?? "",
      })),
    ),
    machines: hosts.map(({ resourceGroup, name, scaleSet }) => ({
      machine: `${resourceGroup}/${name}`,
      scaleSet: scaleSet ? `${resourceGroup}/${scaleSet}` : "",
    })),
  };
}
