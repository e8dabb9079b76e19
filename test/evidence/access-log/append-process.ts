// Appends to the log in the folder given until it is killed, and says each number once it is acknowledged.
import { openAccessLog } from "../../../src/evidence/access-log/access-log.ts";
import { openKeyRing } from "../../../src/evidence/key-ring.ts";

const [, , directory = ""] = process.argv;
const clock = { now: () => Date.now() };
const log = await openAccessLog({
  directory: `${directory}/log`,
  keys: await openKeyRing(directory, clock),
  clock,
  segmentSizeBytesMax: 20_000,
  segmentCountMax: 1_000,
  headMilliseconds: 20,
  onError: () => {},
});
const one = async (): Promise<void> => {
  for (;;) {
    const who = { kind: "key" } as const;
    const target = "network-watcher-logs/a.cap";
    const sequence = await log.append({ kind: "download", who, address: null, target });
    process.stdout.write(`${sequence}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, one));
