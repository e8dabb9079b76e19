// The order of the test files: what takes longest comes first, so that a run does not end with one long file
// alone. vitest remembers durations only where it ran before, which a fresh checkout did not.
import { relative } from "node:path";
import { BaseSequencer } from "vitest/node";
import { projectRoot } from "./paths.mjs";

/** From a run's JSON report, longest first; a file that is not named comes behind these. */
const longest = [
  "test/web/operations.test.ts",
  "test/web/analysis.test.ts",
  "test/web/page.test.ts",
  "test/e2e/kill.test.ts",
  "test/cli/az-setup.test.ts",
  "test/capture/flight/flight-recorder.test.ts",
  "test/logs/views/flow-views.test.ts",
  "test/az/monitor.test.ts",
  "test/e2e/flow-alert.test.ts",
  "test/logs/log-queries.test.ts",
  "test/az/storage.test.ts",
  "test/e2e/flow-kill.test.ts",
  "test/az/network-diagnostics.test.ts",
  "test/e2e/continuous.test.ts",
  "test/az/captures.test.ts",
  "test/az/insights.test.ts",
  "test/azure/function-app.test.ts",
  "test/capture/recovery.test.ts",
  "test/cluster/cluster.test.ts",
  "test/capture/session-manager.test.ts",
  "test/responder/crash.test.ts",
  "test/sdk/sdk.test.ts",
  "test/storage/upload.test.ts",
  "test/capture/ring.test.ts",
  "test/az/network.test.ts",
  "test/az/scale-sets.test.ts",
  "test/e2e/flow-logs.test.ts",
  "test/flowmeter/meter.test.ts",
  "test/e2e/loop.test.ts",
  "test/server/identity/signing-keys.test.ts",
  "test/cli/query.test.ts",
  "test/server/identity/tokens.test.ts",
  "test/flowstore/large-answers.test.ts",
  "test/e2e/up.test.ts",
  "test/alert/logs/flow-rules.test.ts",
  "test/server/logs-api.test.ts",
  "test/flowstore/engine.test.ts",
  "test/cli/flows.test.ts",
  "test/flowsource/import.test.ts",
  "test/responder/responder.test.ts",
  "test/az/session.test.ts",
  "test/flowstore/rolled-later-crash.test.ts",
  "test/diagnosis/host.test.ts",
  "test/az/roles.test.ts",
  "test/flowstore/destinations.test.ts",
  "test/cli/roles-and-audit.test.ts",
  "test/cli/service-principal.test.ts",
  "test/server/identity/service-principals.test.ts",
  "test/flowstore/engine-crash.test.ts",
  "test/server/flows-views.test.ts",
  "test/flowstore/schema.test.ts",
];

export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }) {
  const rank = longest.indexOf(relative(projectRoot, moduleId));
  return rank === -1 ? longest.length : rank;
}
