// Windows of a stored capture at random places, as the API gives them to a browser.
import type { Page } from "playwright-core";

const rowCount = 200;
const windowCount = 300;
/** Notes of three million rows take about a minute. */
const roundCountMax = 120;

interface Round {
  times: number[];
  isNoted: boolean;
}

/** Measures while what the list says of each packet is still being noted, and again when all of it is. */
export async function windows(
  page: Page,
  session: string,
  print: (line: string) => void,
): Promise<void> {
  const during: number[] = [];
  for (let round = 0; round < roundCountMax; round++) {
    const { times, isNoted } = await ask(page, session);
    if (!isNoted) {
      during.push(...times);
      continue;
    }
    const title = `windows of ${rowCount} rows at random places`;
    if (during.length > 0) print(`${title}, while rows are noted: ${spread(during)}`);
    print(`${title}: ${spread(times)}`);
    return;
  }
  throw new Error("the rows are not noted");
}

const ask = (page: Page, session: string): Promise<Round> =>
  page.evaluate<Round>(`(async () => {
    const rows = async (from, count) => {
      const path = "/nightcap/v1/captures/${session}/packets?filter=&from=" + from + "&count=" + count;
      return (await fetch(path)).json();
    };
    const { packetCount, scannedCount } = await rows(0, 0);
    const times = [];
    for (let at = 0; at < ${windowCount}; at++) {
      const from = Math.floor(Math.random() * (packetCount - ${rowCount}));
      const begun = performance.now();
      await rows(from, ${rowCount});
      times.push(performance.now() - begun);
    }
    return { times, isNoted: scannedCount >= packetCount };
  })()`);

/** What half of them, most of them and all of them took. */
export function spread(times: readonly number[]): string {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, of ${sorted.length}`;
}
