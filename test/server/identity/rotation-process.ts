// A process that rotates the token keys of a folder as fast as it can, until it is killed. It prints
// the id of each key that it could have signed with.
import { writeSync } from "node:fs";
import { silentLog } from "../../../src/common/log.ts";
import { openSigningKeys } from "../../../src/server/identity/signing-keys.ts";

const rotationMilliseconds = 10 * 60_000;
const [, , directory = "", startedAt = ""] = process.argv;
let now = Number(startedAt);
const keys = await openSigningKeys({
  directory,
  clock: { now: () => now, sleep: async () => {} },
  log: silentLog,
  tokenLifeMillisecondsMax: 3_600_000,
});
for (;;) {
  const { kid } = await keys.current();
  writeSync(1, `${JSON.stringify({ kid, now })}\n`);
  now += rotationMilliseconds;
  await keys.rotate({ revokeEarlier: false });
}
