import { defineConfig } from "vitest/config";
import { LongestFirst } from "./scripts/setup/longest-first.mjs";

const soak = process.env["NIGHTCAP_SOAK"] === "1";

export default defineConfig({
  test: {
    include: soak
      ? [
          "test/e2e/kill.test.ts",
          "test/capture/flight/flight-kill.test.ts",
          "test/e2e/flow-kill.test.ts",
          "test/cli/import-kill.soak.ts",
          "test/incidents/real/incidents.soak.ts",
          "test/cluster/cluster.test.ts",
          "test/cluster/restarts.soak.ts",
        ]
      : ["test/**/*.test.ts"],
    // One module graph for each worker: tests share no global state, so isolation only costs time.
    isolate: false,
    // Most of the time goes to other programs (az, dumpcap, servers), and much of it is waiting: four workers keep two
    // cores busy, where two leave a fifth of them idle.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // Of 4,000 tests that share two cores with real kernels, recorders and servers, one in a run comes too late for what
    // it watches. It is run once more, and named at the end: whoever breaks something for good fails twice.
    retry: soak ? 0 : 1,
    // Far more than a test takes: a machine that is busy with other things fails no test.
    testTimeout: soak ? 600_000 : 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
  },
});
