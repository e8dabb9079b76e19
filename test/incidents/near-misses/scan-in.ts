import { hosts, type Scenario } from "../scenario.ts";

/** Another host tries this one's ports: refused attempts, not a scan by it. */
export const scanIn: Scenario = {
  name: "port scan in",
  metric: "denied",
  kinds: ["deniedBurst"],
  async prepare({ node, random }) {
    return () => {
      node("internet", "port-scan", hosts.vm, 10_000 + Math.floor(random() * 20_000));
      return {
        address: hosts.outside,
        port: null,
        process: null,
        part: ({ source, destination }) => source === hosts.outside && destination === hosts.vm,
      };
    };
  },
};

/** The same seen by connections. */
export const scanInByConnections: Scenario = {
  ...scanIn,
  name: "port scan in, by connections",
  metric: "connections",
};
