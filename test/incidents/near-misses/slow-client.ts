import { hosts, type Scenario } from "../scenario.ts";

const port = 8000;

/** Clients of this host are slow; no server that it asks is. */
export const slowClient: Scenario = {
  name: "slow clients",
  metric: "latency",
  kinds: ["none", "singleDestination", "spread"],
  async prepare({ bed, node }) {
    await bed.startServer("node", "vm", { port });
    return () => {
      node("client", "slow-client", `http://${hosts.vm}:${port}/bytes/300000`);
      return { address: null, port: null, process: null, part: null };
    };
  },
};
