import { join } from "node:path";
import { hosts, processOf, type Scenario } from "../scenario.ts";

const port = 9090;
/** In the bed's directory: how long answers take, as the application itself measures it. */
export const answerTimesFile = "asker.prom";

/** The backend of an application takes its time; the way to it is as fast as before. */
export const slowBackend: Scenario = {
  name: "slow backend",
  metric: "latency",
  kinds: ["slowBackend"],
  async prepare({ bed, node, random }) {
    const backend = node("client", "backend", port, 80 + Math.floor(random() * 300));
    const url = `http://${hosts.neighbour}:${port}/orders`;
    const child = node("vm", "asker", url, 60, join(bed.directory, answerTimesFile));
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
