import { denyLoggedAt, dropAt, rejectAt } from "../firewall.ts";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const port = 5432;

/** A program tries its database again and again, which a new firewall rule refuses or drops. */
export const deniedBurst: Scenario = {
  name: "deny burst",
  metric: "denied",
  kinds: ["deniedBurst"],
  async prepare({ bed, node, seed, random }) {
    const deny = seed % 2 === 0 ? rejectAt : dropAt;
    await deny(bed, "client", `tcp dport ${port}`);
    const every = 30 + Math.floor(random() * 40);
    return () => {
      const child = node("vm", "retry", hosts.neighbour, port, every);
      return {
        address: hosts.neighbour,
        port: `${port}/tcp`,
        process: processOf(child, "node"),
        part: ({ source, destinationPort }) => source === hosts.vm && destinationPort === port,
      };
    };
  },
  // A host logs what its own firewall denies, so here it is the neighbour that tries.
  async prepareLogged({ bed, node, random }) {
    await denyLoggedAt(bed, "vm", `tcp dport ${port}`);
    const every = 30 + Math.floor(random() * 40);
    return () => {
      node("client", "retry", hosts.vm, port, every);
      return {
        address: hosts.neighbour,
        port: `${port}/tcp`,
        process: null,
        part: ({ source, destinationPort }) =>
          source === hosts.neighbour && destinationPort === port,
      };
    };
  },
};
