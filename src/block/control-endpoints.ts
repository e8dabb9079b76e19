import { lookup } from "node:dns/promises";
import { parseNetwork } from "../inspection/findings/network.ts";
import type { ControlEndpoint } from "./table-script.ts";

/** Addresses that are remembered, the newest of them. */
const endpointCountMax = 64;
const httpsPort = 443;

/**
 * The addresses of the control plane, by name or as they are. Those that were seen before stay: a name
 * that is not found just now, or that gives other addresses each time, must not cut the agent off.
 */
export function createControlEndpoints(url: () => string): () => Promise<ControlEndpoint[]> {
  const known = new Map<string, ControlEndpoint>();
  return async () => {
    const { hostname, port } = new URL(url());
    for (const address of await addressesOf(hostname.replaceAll(/^\[|\]$/g, ""))) {
      const network = parseNetwork(address);
      if (!network) continue;
      const endpoint = { network, port: port === "" ? httpsPort : Number(port) };
      known.set(`${address} ${endpoint.port}`, endpoint);
    }
    return [...known.values()].slice(-endpointCountMax);
  };
}

async function addressesOf(name: string): Promise<string[]> {
  if (parseNetwork(name)) return [name];
  const found = await lookup(name, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}
