import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openSessionManager } from "../capture/session-manager.ts";
import type { Clock } from "../common/clock.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { secretDirectoryMode } from "../common/files.ts";
import { type Closable, Lifecycle, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import type { HostSample } from "../metric/sample.ts";
import { openSampler, startSampling } from "../metric/sampler.ts";
import { certificateExpiry } from "../pki/validity.ts";
import { type AgentChannel, openAgentLink } from "../uplink/agent-link.ts";
import { protocolVersion } from "../uplink/messages.ts";
import { openSpool } from "../uplink/spool.ts";
import { followAlertFiles } from "./alert-files.ts";
import { createAnswering } from "./answers.ts";
import { openBlocking } from "./blocking.ts";
import { createPreviewing } from "./capture-preview.ts";
import { execute, refusedObservation } from "./commands.ts";
import { helloSessions, openFlight } from "./flight.ts";
import { openFlowLogging } from "./flow-logging.ts";
import { flowIdentity } from "./told-flows.ts";
import { startMeter } from "./flow-meter.ts";
import { readHostFacts } from "./host-facts.ts";
import { HostStateReader } from "./host-state.ts";
import { openHostTelling } from "./host-telling.ts";
import { type AgentIdentity, enrol, loadIdentity, renewIfDue } from "./identity.ts";
import { requestFile } from "./file-request.ts";
import { openOwners } from "./owners.ts";
import { createSender, type Sender } from "./sender.ts";
import type { AgentSettings } from "./settings.ts";
import { uploadAhead, uploadCapture } from "./upload.ts";

const renewalCheckIntervalMilliseconds = 3_600_000;

export interface AgentOptions {
  settings: AgentSettings;
  version: string;
  /** Needed once, on a host that has not joined yet. */
  join: { token: string; name: string } | null;
  clock: Clock;
  log: Log;
}

/** Holds the newest identity; certificates are renewed while the agent runs. */
interface IdentityHolder {
  current: AgentIdentity;
}

/** The process on the host: looks at its counters, runs its captures, and tells the control plane. */
export async function startAgent(options: AgentOptions): Promise<Closable & { hostId: string }> {
  await mkdir(options.settings.directory, { recursive: true, mode: secretDirectoryMode });
  const identity = { current: await findIdentity(options) };
  const life = new Lifecycle();
  try {
    await startParts(options, identity, life);
  } catch (error) {
    await life.close().catch(() => {});
    throw error;
  }
  return { hostId: identity.current.hostId, close: () => life.close() };
}

async function findIdentity({ settings, join: joining }: AgentOptions): Promise<AgentIdentity> {
  const known = await loadIdentity(settings.directory);
  if (known) return known;
  if (joining) return enrol({ directory: settings.directory, ...joining });
  throw new NightcapError(
    "SettingsInvalid",
    `this host has not joined a control plane yet (${settings.directory} has no identity); run "nightcap token create" there and pass --join-file`,
  );
}

async function startParts(
  options: AgentOptions,
  identity: IdentityHolder,
  life: Lifecycle,
): Promise<void> {
  const { settings, clock, log } = options;
  const { networkNamespace } = settings;
  const spool = life.add(
    await openSpool({
      directory: join(settings.directory, "spool"),
      sizeBytesMax: settings.spoolSizeBytesMax,
    }),
  );
  const owners = life.add(openOwners({ settings: settings.owners, networkNamespace, log }));
  const sender = createSender(spool, { log, owners: () => owners.figures() });
  const flight = await openFlight(settings, options);
  const flightRecorder = flight.recorder;
  if (flightRecorder) life.add(flightRecorder);
  let newest: AgentChannel | null = null;
  const manager = await openSessionManager({
    directory: join(settings.directory, "sessions"),
    networkNamespace,
    fileRoots: settings.fileRoots,
    sessionCountMax: settings.sessionCountMax,
    privacyFloor: settings.privacyFloor,
    privacyKeyFile: settings.privacyKeyFile,
    requestFile: async (request, signal) => requestFile(identity.current, request, signal),
    upload: (path, spec, signal, sent) =>
      uploadCapture({ path, spec, signal, identity: identity.current, log }, sent),
    uploadAhead: (path, spec, signal) =>
      uploadAhead({ path, spec, signal, identity: identity.current, log }),
    clock,
    log,
    ownersOf: (window) => owners.linesOf(window),
    onObserved(observation) {
      owners.observe(observation);
      sender.observe(observation);
    },
    flightRecorder,
    clockOffsetMilliseconds: () => newest?.clockOffsetMilliseconds ?? null,
  });
  life.add({ close: () => manager.close({ mode: "leave" }) });
  const sampler = life.add(await openSampler({ networkNamespace, clock, log }));
  const hostState = new HostStateReader({
    flight,
    spool,
    certificateEndsAt: () => certificateExpiry(identity.current.certificatePem),
    clockOffsetMilliseconds: () => newest?.clockOffsetMilliseconds ?? null,
  });
  const telling = life.add(openHostTelling({ read: () => hostState.read() }));
  const onSample = (sample: HostSample): void => {
    hostState.sampled(sample);
    void keepSample(spool.append(sample), sender, log);
  };
  life.add(startSampling({ sampler, clock, log, onSample }));
  life.add(startRenewal(options, identity));
  life.add(
    followAlertFiles({
      files: settings.alertFiles,
      directory: join(settings.directory, "alert-files"),
      identity: () => identity.current,
      clock,
      log,
    }),
  );
  const blocking = life.add(
    openBlocking({
      settings,
      hostId: identity.current.hostId,
      server: () => identity.current.server,
      log,
    }),
  );
  const preview = createPreviewing({
    directory: settings.directory,
    networkNamespace,
    flightRecorder,
    clock,
  });
  const answer = createAnswering(networkNamespace, { blocking, preview });
  const flowLogs = life.add(
    await openFlowLogging({
      directory: settings.directory,
      spoolSizeBytesMax: settings.flowSpoolSizeBytesMax,
      identity: await flowIdentity(networkNamespace, settings.flowMeter),
      startMeter: (flows) => startMeter(settings, flows),
      log,
    }),
  );
  life.add(
    openAgentLink({
      url: new URL("/agent/connect", identity.current.server).href.replace(/^https/, "wss"),
      credentials: async () => credentialsOf(identity.current),
      prepare: async () => ({
        type: "hello",
        protocolVersion,
        agentVersion: options.version,
        facts: {
          ...(await readHostFacts(networkNamespace)),
          scaleSet: settings.scaleSet,
          location: settings.location,
        },
        sessions: helloSessions(manager.observations()),
        flowLogs: flowLogs.state(),
        blocks: await blocking.state(),
      }),
      onConnected(channel, hello) {
        newest = channel;
        sender.connected(channel, hello);
        flowLogs.connected(channel);
        blocking.connected(channel);
        telling.connected(channel);
      },
      async onMessage(message) {
        if (message.type === "question") return answer(message);
        if (message.type === "hostStateWanted") {
          telling.wanted();
          return null;
        }
        if (message.type === "flowsTaken") {
          flowLogs.answered(message);
          return null;
        }
        const { commandId, command } = message;
        const error = await execute({ manager, flowLogs, blocking }, command);
        if (error) log.warn({ commandId, kind: command.kind, ...error }, "command was refused");
        if (error && command.kind === "startCapture") {
          sender.observe(refusedObservation(command.spec, error));
        }
        return { type: "commandDone", commandId, error };
      },
      log,
    }),
  );
}

const credentialsOf = ({ caPem, certificatePem, keyPem }: AgentIdentity) => ({
  ca: caPem,
  cert: certificatePem,
  key: keyPem,
});

async function keepSample(appended: Promise<void>, sender: Sender, log: Log): Promise<void> {
  try {
    await appended;
    sender.wake();
  } catch (error) {
    log.warn({ reason: describeError(error) }, "sample was not kept");
  }
}

function startRenewal({ settings, clock, log }: AgentOptions, identity: IdentityHolder): Closable {
  return startLoop({
    intervalMilliseconds: renewalCheckIntervalMilliseconds,
    work: async () => {
      identity.current = await renewIfDue(settings.directory, identity.current, clock);
    },
    onError: (error) => log.warn({ reason: describeError(error) }, "certificate was not renewed"),
  });
}
