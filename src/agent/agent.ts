import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openSessionManager, type SessionManager } from "../capture/session-manager.ts";
import type { CaptureSpec } from "../capture/session.ts";
import type { Clock } from "../common/clock.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import { secretDirectoryMode } from "../common/files.ts";
import { type Closable, Lifecycle, startLoop } from "../common/lifecycle.ts";
import type { Log } from "../common/log.ts";
import { openSampler } from "../metric/sampler.ts";
import { uploadFile } from "../storage/upload.ts";
import { openAgentLink } from "../uplink/agent-link.ts";
import { type AgentCommand, type AgentMessage, protocolVersion } from "../uplink/messages.ts";
import { openSpool } from "../uplink/spool.ts";
import { readHostFacts } from "./host-facts.ts";
import { enrol, type AgentIdentity, loadIdentity, renewIfDue } from "./identity.ts";
import { createSender } from "./sender.ts";
import type { AgentSettings } from "./settings.ts";

const renewalCheckIntervalMilliseconds = 3_600_000;

export interface AgentOptions {
  settings: AgentSettings;
  version: string;
  /** Needed once, on a host that has not joined yet. */
  join: { token: string; name: string } | null;
  clock: Clock;
  log: Log;
}

/** The process on the host: looks at its counters, runs its captures, and tells the control plane. */
export async function startAgent(options: AgentOptions): Promise<Closable & AgentIdentity> {
  const { settings, clock, log } = options;
  await mkdir(settings.directory, { recursive: true, mode: secretDirectoryMode });
  let identity = await findIdentity(options);
  const life = new Lifecycle();
  try {
    const spool = life.add(
      await openSpool({
        directory: join(settings.directory, "spool"),
        sizeBytesMax: settings.spoolSizeBytesMax,
      }),
    );
    const sender = createSender(spool, log);
    const manager = await openSessionManager({
      directory: join(settings.directory, "sessions"),
      networkNamespace: settings.networkNamespace,
      fileRoots: settings.fileRoots,
      sessionCountMax: settings.sessionCountMax,
      upload: uploadCapture(() => identity, log),
      clock,
      log,
      onObserved: (observation) => sender.observe(observation),
    });
    life.add({ close: () => manager.close({ mode: "leave" }) });
    const hello = async (): Promise<AgentMessage> => ({
      type: "hello",
      protocolVersion,
      agentVersion: options.version,
      facts: await readHostFacts(settings.networkNamespace),
      sessions: manager.observations(),
    });
    const sampler = life.add(
      await openSampler({ networkNamespace: settings.networkNamespace, clock, log }),
    );
    life.add(
      startLoop({
        intervalMilliseconds: renewalCheckIntervalMilliseconds,
        work: async () => {
          identity = await renewIfDue(settings.directory, identity, clock);
        },
        onError: (error) =>
          log.warn({ reason: describeError(error) }, "certificate was not renewed"),
      }),
    );
    life.add(
      startSampling(
        settings.sampleIntervalMilliseconds,
        clock,
        async () => {
          await spool.append(await sampler.sample());
          sender.wake();
        },
        log,
      ),
    );
    life.add(
      openAgentLink({
        url: new URL("/agent/connect", identity.server).href.replace(/^https/, "wss"),
        credentials: async () => ({
          ca: identity.caPem,
          cert: identity.certificatePem,
          key: identity.keyPem,
        }),
        prepare: hello,
        onConnected: (channel, message) => sender.connected(channel, message),
        onMessage: async ({ commandId, command }) => {
          const error = await execute(manager, command);
          if (error) log.warn({ commandId, kind: command.kind, ...error }, "command was refused");
          return { type: "commandDone", commandId, error };
        },
        log,
      }),
    );
    return { ...identity, close: () => life.close() };
  } catch (error) {
    await life.close().catch(() => {});
    throw error;
  }
}

async function findIdentity({ settings, join: joining }: AgentOptions): Promise<AgentIdentity> {
  const known = await loadIdentity(settings.directory);
  if (known) return known;
  if (!joining) {
    throw new NightcapError(
      "SettingsInvalid",
      `this host has not joined a control plane yet (${settings.directory} has no identity); run "nightcap token create" there and pass --join-file`,
    );
  }
  return enrol({ directory: settings.directory, ...joining });
}

/** The uploader that sessions use; our own store is trusted by our own authority, Azure's by the system's. */
function uploadCapture(identity: () => AgentIdentity, log: Log) {
  return async (
    path: string,
    spec: CaptureSpec,
    signal: AbortSignal,
    onProgress?: (sentBytes: number, totalBytes: number) => void,
  ): Promise<{ sha256: string; sizeBytes: number }> => {
    if (spec.uploadUrl === null) throw new NightcapError("UploadFailed", "no upload was asked for");
    const own = new URL(spec.uploadUrl).origin === new URL(identity().server).origin;
    return uploadFile({
      path,
      url: spec.uploadUrl,
      ...(own ? { certificateAuthorityPem: identity().caPem } : {}),
      ...(onProgress ? { onProgress } : {}),
      signal,
      log,
    });
  };
}

/** Carries out one command; null when it is done (now or before), else why not. */
async function execute(
  manager: SessionManager,
  command: AgentCommand,
): Promise<{ code: string; message: string } | null> {
  try {
    switch (command.kind) {
      case "startCapture":
        await manager.start(command.spec);
        return null;
      case "stopCapture":
        await manager.stop(command.sessionId);
        return null;
      case "forgetCapture":
        await manager.forget(command.sessionId);
        return null;
    }
  } catch (error) {
    const code = error instanceof NightcapError ? error.code : "InternalServerError";
    return { code, message: describeError(error).slice(0, 2_000) };
  }
}

/** Runs `work` on each whole interval of the wall clock, one at a time; a late one is skipped, not queued. */
function startSampling(
  intervalMilliseconds: number,
  clock: Clock,
  work: () => Promise<void>,
  log: Log,
): Closable {
  const abort = new AbortController();
  let failing = false;
  const running = (async () => {
    while (!abort.signal.aborted) {
      const waitMilliseconds = intervalMilliseconds - (clock.now() % intervalMilliseconds);
      await clock.sleep(waitMilliseconds, abort.signal).catch(() => {});
      if (abort.signal.aborted) return;
      try {
        await work();
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ reason: describeError(error) }, "host's counters cannot be read");
        failing = true;
      }
    }
  })();
  return {
    async close() {
      abort.abort();
      await running;
    },
  };
}
