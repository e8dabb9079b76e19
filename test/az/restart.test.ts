// kill -9 of the control plane in the middle of an az session, and of a long-running operation that
// az waits for: both go on.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

const create = "network watcher packet-capture create -g nightcap --vm vm";

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az restart${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("restart");
    const { works } = session;

    /** Long-running operations that the control plane has recorded. */
    function operationCount(): unknown {
      const path = join(session.installation.directory, "server", "nightcap.db");
      const database = new DatabaseSync(path, { readOnly: true });
      const query = "SELECT count(*) AS count FROM documents WHERE collection = 'operations'";
      const row = database.prepare(query).get();
      database.close();
      return row?.["count"];
    }

    test("a session goes on after the control plane was killed, without a new login", async () => {
      await works(`${create} -n before --file-path $CAPTURES/before.cap`);
      await session.installation.killServer();
      await session.installation.restartServer();
      expect(await works("network watcher packet-capture list -l local")).toMatchObject([
        { name: "before", provisioningState: "Succeeded" },
      ]);
      await works(`${create} -n after --file-path $CAPTURES/after.cap --time-limit 1`);
    });

    test("az waits on when the control plane is killed in the middle of a stop", async () => {
      const pid = session.installation.agentPid();
      process.kill(pid, "SIGSTOP"); // the host is connected, and does not answer
      let over = false;
      const stopping = works("network watcher packet-capture stop -l local -n before").finally(
        () => {
          over = true;
        },
      );
      try {
        await vi.waitFor(() => expect(operationCount()).toBe(1), {
          timeout: 30_000,
          interval: 50,
        });
        await session.installation.killServer();
        await sleep(500);
        await session.installation.restartServer();
        expect(over).toBe(false);
      } finally {
        process.kill(pid, "SIGCONT");
      }
      await stopping;
      expect(
        await works("network watcher packet-capture show-status -l local -n before"),
      ).toMatchObject({ packetCaptureStatus: "Stopped", stopReason: "Manual" });
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
