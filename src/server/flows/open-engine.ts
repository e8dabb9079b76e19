import type { Closable } from "../../common/lifecycle.ts";
import type { FlowEngine } from "../../flowstore/engine.ts";
import type { FlowStoreSettings } from "../../flowstore/settings.ts";

/** The table's engine, for all that write to it. */
export interface SharedEngine extends Closable {
  /** Opens it at the first call; ClickHouse's client and engine are loaded with it. */
  open(): Promise<FlowEngine>;
}

export function shareEngine(store: FlowStoreSettings): SharedEngine {
  let opened: Promise<FlowEngine> | undefined;
  const load = async (): Promise<FlowEngine> => {
    const { openFlowEngine } = await import("../../flowstore/engine.ts");
    return openFlowEngine(store);
  };
  return {
    open() {
      // One that could not be opened is opened again by the next call.
      opened ??= load().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close() {
      const engine = await opened?.catch(() => undefined);
      await engine?.stop().catch(() => {});
      await engine?.close();
    },
  };
}
