import { describeError } from "../common/errors.ts";
import { startLoop } from "../common/lifecycle.ts";
import { followSource } from "../flowsource/follow-source.ts";
import { type FlowLogFlags, openFlowLogParts } from "./flow-logs-parts.ts";
import { stopSignal } from "./flow-logs-stop.ts";

/** What came in large numbers, mostly at the beginning, is rolled up so often. */
const addUpMilliseconds = 30_000;

/** Runs until it is stopped, and then ends with 0: what was begun is finished first. */
export async function runFollow(
  places: readonly string[],
  flags: FlowLogFlags & { interval: number },
): Promise<number> {
  const stop = stopSignal();
  const parts = await openFlowLogParts(places, flags, stop.signal);
  const say = (event: Record<string, string | number>, text: string): void => {
    const time = new Date().toISOString();
    const line = flags.json ? JSON.stringify({ time, ...event }) : `${time} ${text}`;
    process.stdout.write(`${line.replaceAll(/\p{Cc}/gu, "?")}\n`);
  };
  /** Of blobs that are not read this is said once, though they grow. */
  const told = new Set<string>();
  const followers = parts.sources.map((source) =>
    followSource(source, {
      ledger: parts.ledger,
      insert: parts.insert,
      parser: parts.startParser(),
      intervalMilliseconds: flags.interval * 1_000,
      onRows: ({ name }, rows) => say({ event: "rows", blob: name, rows }, `${name}: ${rows} rows`),
      onRound(totals) {
        for (const name of totals.recorded.filter((each) => !told.has(each))) {
          told.add(name);
          say({ event: "recorded", blob: name }, `${name}: already recorded by this control plane`);
        }
        for (const name of totals.replaced)
          say({ event: "replaced", blob: name }, `${name} is another one: read from its beginning`);
        for (const { blob, code, message } of totals.failures)
          say({ event: "failed", blob, code, message }, `${blob}: not read: ${message}`);
        if (totals.malformed > 0) {
          const count = totals.malformed;
          say({ event: "malformed", count }, `${count} malformed tuples were left out`);
        }
      },
      onError(error) {
        const message = describeError(error);
        say({ event: "error", place: source.title, message }, `${source.title}: ${message}`);
      },
    }),
  );
  const additions = startLoop({
    intervalMilliseconds: addUpMilliseconds,
    work: (signal) => parts.addUp(signal),
    onError(error) {
      const message = describeError(error);
      say({ event: "error", place: "", message }, `not added up: ${message}`);
    },
  });
  say(
    { event: "following", places: places.length },
    `following ${places.length} ${places.length === 1 ? "place" : "places"}`,
  );
  await new Promise((resolve) => {
    stop.signal.addEventListener("abort", resolve, { once: true });
    if (stop.signal.aborted) resolve(null);
  });
  await Promise.all(followers.map((follower) => follower.close()));
  await additions.close();
  await parts.close();
  return 0;
}
