import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";

export interface SomeEngine {
  readonly engine: FlowEngine;
  readonly remove: () => Promise<void>;
}

/** A real engine over a folder of its own, which goes with it. */
export async function openSomeEngine(
  settings: Record<string, unknown> = {},
): Promise<SomeEngine & { directory: string }> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-flows-"));
  const engine = await openFlowEngine(
    flowStoreSettings.parse({ directory, idleSeconds: 20, ...settings }),
  );
  return {
    engine,
    directory,
    remove: async () => {
      await engine.stop();
      await engine.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
