import { hosts, processOf, type Scenario } from "../scenario.ts";

const port = 9090;

/** The backend of an application takes its time; the way to it is as fast as before. */
export const slowBackend: Scenario = {
  name: "slow backend",
  metric: "latency",
  kinds: ["slowBackend"],
  async prepare({ node, random }) {
    const backend = node("client", "backend", port, 80 + Math.floor(random() * 300));
    const child = node("vm", "asker", `http://${hosts.neighbour}:${port}/orders`, 60);
    return () => {
      backend.kill("SIGUSR2");
      return {
        address: hosts.neighbour,
        port: `${port}/tcp`,
        process: processOf(child, "node"),
        // No other server was made slower.
        part: 1,
      };
    };
  },
};
