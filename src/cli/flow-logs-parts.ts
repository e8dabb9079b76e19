import { readFile } from "node:fs/promises";
import { NightcapError } from "../common/errors.ts";
import { Lifecycle } from "../common/lifecycle.ts";
import type { FlowSource } from "../flowsource/flow-source.ts";
import type { ImportParts } from "../flowsource/import-parts.ts";
import { openFlowSource, type SourceOptions } from "../flowsource/open-source.ts";
import { startWindowParser } from "../flowsource/parse/window-parser.ts";
import { createChunkLedger } from "../flowstore/ledger/chunk-ledger.ts";
import { openFlowEngine } from "../flowstore/engine.ts";
import { insertFlows } from "../flowstore/insert-flows.ts";
import { addUpHours } from "../flowstore/later/add-up.ts";
import { buildRecentSummaries } from "../flowstore/summary/build-summaries.ts";
import { openFlowClasses } from "./flow-logs-classes.ts";
import { type FlowStoreFlags, flowStoreOf } from "./flow-store.ts";
import { knownStore } from "./flow-logs-store.ts";

export interface FlowLogFlags extends FlowStoreFlags {
  json?: boolean;
  enrich: boolean;
  accountKeyFile?: string;
  connectionStringFile?: string;
  caFile?: string;
  s3Endpoint?: string;
  s3Region?: string;
  s3CredentialsFile?: string;
}

export interface FlowLogParts extends Pick<ImportParts, "ledger" | "insert"> {
  readonly sources: readonly FlowSource[];
  /** A parsing thread, closed with everything else. */
  startParser(): ImportParts["parser"];
  /** Rolls up what came in such numbers that it was put off. */
  addUp(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Opens the places first: one that is wrong is told before an engine is started. */
export async function openFlowLogParts(
  places: readonly string[],
  flags: FlowLogFlags,
  signal: AbortSignal,
): Promise<FlowLogParts> {
  const options = await sourceOptions(flags);
  const sources: FlowSource[] = [];
  for (const place of places) sources.push(await openFlowSource(place, options));
  const life = new Lifecycle();
  try {
    const engine = life.add(await openFlowEngine(flowStoreOf(flags)));
    const classes = life.add(await openFlowClasses({ ...flags, signal }));
    return {
      sources,
      ledger: createChunkLedger(engine),
      insert: (batch, token, isRolledLater) =>
        insertFlows(engine, batch, classes.classify(batch), { token, isRolledLater }),
      addUp: async (until) => {
        const moment = { nowMs: Date.now(), signal: until };
        // What came in small numbers is read as it is until the control plane is asked about it.
        if ((await addUpHours(engine, moment)) > 0) await buildRecentSummaries(engine, moment);
      },
      startParser: () => life.add(startWindowParser()),
      close: () => life.close(),
    };
  } catch (error) {
    await life.close();
    throw error;
  }
}

async function sourceOptions(flags: FlowLogFlags): Promise<SourceOptions> {
  const { caFile, accountKeyFile, connectionStringFile, s3Endpoint, s3Region } = flags;
  return {
    variables: process.env,
    knownStore: (url) => knownStore(url, flags.state),
    ...(caFile === undefined ? {} : { certificateAuthorityPem: await readAuthority(caFile) }),
    ...(accountKeyFile === undefined ? {} : { accountKeyFile }),
    ...(connectionStringFile === undefined ? {} : { connectionStringFile }),
    ...(s3Endpoint === undefined ? {} : { s3Endpoint }),
    ...(s3Region === undefined ? {} : { s3Region }),
    ...(flags.s3CredentialsFile === undefined
      ? {}
      : { s3CredentialsFile: flags.s3CredentialsFile }),
  };
}

async function readAuthority(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: unknown) => {
    throw new NightcapError("SettingsInvalid", `cannot read ${path}`, { cause });
  });
}
