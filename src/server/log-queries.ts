import type { FlowEngine } from "../flowstore/engine.ts";
import { type LogQueries, openLogQueries } from "../logs/log-queries.ts";
import type { ServerContext } from "./context.ts";
import { storeSettings } from "./flows/flows.ts";

/** Queries, and the engine that they ask, for who asks it for something else. */
export interface ControlPlaneQueries extends LogQueries {
  engine(): Promise<FlowEngine>;
}

/** Queries of logs in the control plane: one parser and one client of the engine, both opened by the first query. */
export function openControlPlaneQueries({
  settings,
}: Pick<ServerContext, "settings">): ControlPlaneQueries {
  let opened: Promise<FlowEngine> | undefined;
  const open = async (): Promise<FlowEngine> => {
    const { openFlowEngine } = await import("../flowstore/engine.ts");
    return openFlowEngine(storeSettings(settings));
  };
  const engine = (): Promise<FlowEngine> => {
    // An engine that could not be opened is opened again for the next query.
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  const queries = openLogQueries({ settings: settings.logs, engine });
  return {
    ...queries,
    engine,
    async close() {
      await queries.close();
      const used = await opened?.catch(() => undefined);
      await used?.close();
    },
  };
}
