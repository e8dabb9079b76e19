import { join } from "node:path";
import { describeError } from "../../common/errors.ts";
import { writeFileAtomic } from "../../common/files.ts";
import type { FlowLogsState } from "../../common/flow-log-spec.ts";
import { type Closable, Lifecycle, startLoop } from "../../common/lifecycle.ts";
import {
  createFlowLogReconciler,
  type FlowLogReconciler,
} from "../../provider/network/flow-log-reconciler.ts";
import type { FlowLogParts } from "../../provider/network/flow-log-status.ts";
import type { FlowStoreSettings } from "../../flowstore/settings.ts";
import type { TopologyInput } from "../../traffic/topology/topology-settings.ts";
import type { AgentHub } from "../../uplink/agent-hub.ts";
import type { FlowsMessage } from "../../uplink/flow-messages.ts";
import { flowLogProtocolVersion } from "../../uplink/messages.ts";
import type { ServerContext } from "../context.ts";
import type { SealedPart } from "../encryption/encryption.ts";
import type { ServerSettings } from "../settings.ts";
import type { EmbeddedStorage } from "../storage.ts";
import { startAddUpLoop } from "./add-up-loop.ts";
import { startBlobWriter } from "./blob-writer.ts";
import { createIntake } from "./intake.ts";
import { shareEngine } from "./open-engine.ts";
import { openFlowJournal } from "./open-journal.ts";
import { createProgress } from "./progress.ts";
import { createRecordWriter } from "./record-writer.ts";
import { startRetention } from "./retention.ts";
import { startRowWriter } from "./row-writer.ts";
import { readTopology } from "./topology-snapshot.ts";
import { createTraffic, type Traffic } from "./traffic.ts";

/** What is wanted is compared with what hosts said this often; a change looks at once. */
const reconcileMilliseconds = 3_000;
/** The topology is read anew this often without a hint that it changed: it is a look at every host. */
const topologyMilliseconds = 30_000;

/** Flow logs in the control plane: what hosts are asked for, and what becomes of what they send. */
export interface Flows extends Closable, Pick<FlowLogReconciler, "hello" | "observe"> {
  readonly parts: FlowLogParts;
  /** The journal, as it is encrypted. */
  readonly sealed: SealedPart;
  /** The agents can be reached from now on. */
  start(hub: AgentHub): void;
  /** What is known of addresses; null before the first rows were classed. */
  factsOf: Traffic["factsOf"];
  /** What flows are classed by at this moment. */
  trafficData: Traffic["data"];
  /** What addresses are known by. */
  feeds: Pick<Traffic, "feeds" | "refreshFeeds">;
  /** Takes flows of a host, and answers it. */
  take(hostId: string, message: FlowsMessage): Promise<void>;
}

/** Folder of the table's engine, and of what is published for those that read it. */
export const flowDirectory = (directory: string): string => join(directory, "flows");

/** `onRows` is told when there are new rows in the table. */
export async function openFlows(
  context: ServerContext,
  storage: EmbeddedStorage,
  onRows: () => void,
): Promise<Flows> {
  const { state, clock, log, settings, subscription, metrics } = context;
  const { certificatePem } = context.authority;
  const life = new Lifecycle();
  let hub: AgentHub | undefined;
  const store = await openFlowJournal({
    directory: join(settings.directory, "flow-journal"),
    sizeBytesMax: settings.flows.journalSizeBytesMax,
    keys: context.keys?.ring ?? null,
    metrics,
    log,
  });
  life.add(store.journal);
  const progress = createProgress();
  const traffic = life.add(createTraffic(context));
  const engine = life.add(shareEngine(storeSettings(settings)));
  const rows = life.add(
    startRowWriter({
      ...context,
      consumer: store.rows,
      engine,
      classifier: () => traffic.classifier(),
      gatherMilliseconds: settings.flows.rowMilliseconds,
      progress,
      onDone() {
        onRows();
        return store.tidy();
      },
    }),
  );
  life.add(
    startBlobWriter({
      ...context,
      consumer: store.blobs,
      storage,
      certificateAuthorityPem: certificatePem,
      intervalSeconds: settings.flows.blobSeconds,
      progress,
      onDone: () => store.tidy(),
    }),
  );
  life.add(
    startRetention({
      ...context,
      storage,
      certificateAuthorityPem: certificatePem,
      intervalSeconds: settings.flows.retentionSeconds,
    }),
  );
  // On a cluster nothing is rolled up later.
  const { flows, directory } = settings;
  if (flows.store.url === undefined)
    life.add(startAddUpLoop({ engine, directory: flowDirectory(directory), clock, log }));
  const onAppended = (): void => rows.wake();
  const intake = createIntake({ ...store, state, metrics, clock, log, onAppended });
  const reconciler = createFlowLogReconciler({
    state,
    subscription,
    clock,
    log,
    agents: {
      isConnected: (hostId) => hub?.isConnected(hostId) ?? false,
      takesFlowLogs(hostId) {
        const version = hub?.protocolVersionOf(hostId) ?? null;
        return version === null ? null : version >= flowLogProtocolVersion;
      },
      setFlowLogs: (hostId, wanted) => hub?.send(hostId, { kind: "setFlowLogs", wanted }),
    },
  });
  const topology = createTopologyFile(context, (next) => traffic.setTopology(next));
  const loop = life.add(
    startLoop({
      intervalMilliseconds: reconcileMilliseconds,
      async work(signal) {
        await reconciler.reconcile(signal);
        await topology.publishWhenDue();
      },
      onError: (error) =>
        log.error({ reason: describeError(error) }, "flow logs are not reconciled"),
    }),
  );
  const records = life.add(
    // A loop of its own: an engine that starts slowly holds up no host.
    startLoop({
      intervalMilliseconds: topologyMilliseconds,
      work: createRecordWriter({ ...context, engine, traffic }).write,
      onError: (error) =>
        log.warn({ reason: describeError(error) }, "topology and indicators are not written"),
    }),
  );
  const wake = (): void => {
    topology.isChanged();
    records.wake();
    loop.wake();
  };
  return {
    sealed: store.sealed,
    parts: {
      isConnected: (hostId) => hub?.isConnected(hostId) ?? false,
      progressOf: (flowLogId) => progress.of(flowLogId),
      onChanged: wake,
    },
    start(agents) {
      hub = agents;
      loop.wake();
    },
    async hello(hostId, observed: FlowLogsState | undefined) {
      await reconciler.hello(hostId, observed);
      wake();
    },
    factsOf: (addresses) => traffic.factsOf(addresses),
    trafficData: () => traffic.data(),
    feeds: traffic,
    observe: (hostId, observed) => reconciler.observe(hostId, observed),
    async take(hostId, message) {
      hub?.tell(hostId, await intake.take(hostId, message));
    },
    close: () => life.close(),
  };
}

/** Which engine has the table. */
export const storeSettings = ({ directory, flows }: ServerSettings): FlowStoreSettings =>
  flows.store.url === undefined
    ? { ...flows.store, directory: flowDirectory(directory) }
    : flows.store;

/** Writes the topology for those that class traffic, whenever it is another. */
function createTopologyFile(
  { state, settings, subscription, clock }: ServerContext,
  onChanged: (topology: TopologyInput) => void,
) {
  const path = join(flowDirectory(settings.directory), "topology.json");
  let written = "";
  let dueAt = 0;
  return {
    /** Somebody changed something that may be of it. */
    isChanged: () => void (dueAt = 0),
    async publishWhenDue(): Promise<void> {
      if (clock.now() < dueAt) return;
      dueAt = clock.now() + topologyMilliseconds;
      const topology = await readTopology(state, subscription);
      const text = JSON.stringify(topology, null, 1);
      if (text === written) return;
      await writeFileAtomic(path, text);
      written = text;
      onChanged(topology);
    },
  };
}
