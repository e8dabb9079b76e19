// kill -9 of the control plane in the middle of an az session, and of a long-running operation that
// az waits for: both go on.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { azTimeout, suiteSkipReason, useAzBed } from "./az-bed.ts";

/** Where nobody listens az asks again at once, after 1.6 s and after 3.2 s more. */
const patienceSeconds = 4;
const create = "network watcher packet-capture create -g nightcap --vm vm";

const reason = suiteSkipReason();
describe.skipIf(reason !== null)(
  `az restart${reason === null ? "" : ` (${reason})`}`,
  azTimeout,
  () => {
    const session = useAzBed("restart");
    const { works } = session;

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
      const stop = "network watcher packet-capture stop -l local -n before";
      const pid = session.installation.agentPid();
      process.kill(pid, "SIGSTOP"); // the host is connected, and does not answer
      let awaySeconds = 0;
      const begun = session.begins(stop);
      try {
        // Before az has its answer it could not know that there is something to wait for.
        await begun.says("InProgress");
        expect(begun.isOver()).toBe(false);
        const killedAt = performance.now();
        await session.installation.killServer();
        await sleep(500);
        await session.installation.restartServer();
        awaySeconds = (performance.now() - killedAt) / 1_000;
        if (awaySeconds < patienceSeconds) expect(begun.isOver()).toBe(false);
      } finally {
        process.kill(pid, "SIGCONT");
      }
      const { exitCode, stderr } = await begun.answer;
      if (awaySeconds < patienceSeconds) expect(exitCode, stderr).toBe(0);
      // It asks three times; after that a user says it again.
      if (exitCode !== 0) await works(stop);
      expect(
        await works("network watcher packet-capture show-status -l local -n before"),
      ).toMatchObject({ packetCaptureStatus: "Stopped", stopReason: "Manual" });
    });

    test("docs/azure-clients.md shows these commands as run", () => session.holdPage());
  },
);
