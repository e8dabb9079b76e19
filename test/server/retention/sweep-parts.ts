// The store with its retention over a folder, without a control plane: for a process that can be killed in the middle.
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createProcessMetrics } from "../../../src/common/metrics.ts";
import type { AccessFacts } from "../../../src/evidence/access-log/entry.ts";
import { createAudit } from "../../../src/provider/kernel/audit.ts";
import { openAccountSecrets } from "../../../src/server/account-secrets.ts";
import { openEvidenceLog } from "../../../src/server/evidence/evidence.ts";
import { openRetentionGuard } from "../../../src/server/retention/guard.ts";
import { openRetention } from "../../../src/server/retention/retention.ts";
import { serverSettings } from "../../../src/server/settings.ts";
import { openEmbeddedStorage } from "../../../src/server/storage.ts";
import { openState } from "../../../src/state/state.ts";

/** As if so many days had gone by since the files were written. */
const laterMilliseconds = 8 * 86_400_000;
const clock = { ...systemClock, now: () => Date.now() + laterMilliseconds };

export async function openStoreParts(directory: string) {
  const settings = serverSettings.parse({
    directory,
    retention: { bulk: { days: 7 }, intervalSeconds: 1 },
  });
  const state = await openState({ kind: "sqlite", path: `${directory}/nightcap.db` });
  const guard = await openRetentionGuard(state, settings.retention);
  const storage = await openEmbeddedStorage({
    directory,
    baseUrl: "https://127.0.0.1:8443",
    secrets: await openAccountSecrets(directory, ["a2V5", "a2V5"]),
    remoteAddress: () => null,
    guard,
    clock: systemClock,
    log: silentLog,
  });
  return {
    settings,
    state,
    guard,
    storage,
    close: async () => {
      await storage.close();
      await state.close();
    },
  };
}

/** Deletes slowly; `onRecord` is told of each deletion before it is made. */
export async function openSlowRetention(
  directory: string,
  {
    pauseMilliseconds,
    onRecord,
  }: { pauseMilliseconds: number; onRecord: (target: string) => void },
) {
  const parts = await openStoreParts(directory);
  const { settings, state, guard, storage } = parts;
  const evidence = await openEvidenceLog({ settings, clock: systemClock, log: silentLog });
  const record = async (facts: AccessFacts): Promise<number> => {
    onRecord(facts.target);
    await sleep(pauseMilliseconds);
    return evidence.records.record(facts);
  };
  const metrics = createProcessMetrics();
  const retention = await openRetention(
    { settings, state, metrics, clock, log: silentLog },
    {
      guard,
      storage,
      evidenceLog: { records: { ...evidence.records, record } },
      audit: createAudit(state),
      isAlertClient: () => false,
      addressOf: () => null,
    },
  );
  return {
    ...parts,
    evidence,
    async close() {
      await retention.close();
      await evidence.close();
      await parts.close();
    },
  };
}
