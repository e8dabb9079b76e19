import { NightcapError } from "../../common/errors.ts";
import type { FlowEngine } from "../engine.ts";

interface Answers<Answer> {
  readonly answers: ReadonlyMap<FlowEngine, Answer>;
  /** Why a server gave none: it was away. */
  readonly failure: NightcapError | undefined;
}

/** Asks each server; those that are away are left out, unless all are. Any other failure is thrown. */
export async function onEachServer<Answer>(
  servers: readonly FlowEngine[],
  work: (server: FlowEngine) => Promise<Answer>,
): Promise<Answers<Answer>> {
  const answers = new Map<FlowEngine, Answer>();
  let failure: NightcapError | undefined;
  const ask = async (server: FlowEngine): Promise<void> => {
    try {
      answers.set(server, await work(server));
    } catch (error) {
      if (!(error instanceof NightcapError) || error.code !== "ServiceUnavailable") throw error;
      failure ??= error;
    }
  };
  await Promise.all(servers.map(ask));
  if (answers.size === 0 && failure !== undefined) throw failure;
  return { answers, failure };
}
