const second = 10_000_000n;
const day = 86_400n * second;

const unitTicks: Readonly<Record<string, bigint>> = Object.fromEntries(
  [
    ["d day days", day],
    ["h hr hrs hour hours", 3_600n * second],
    ["m min mins minute minutes", 60n * second],
    ["s sec secs second seconds", second],
    ["ms milli millis millisecond milliseconds", 10_000n],
    ["micro micros microsecond microseconds", 10n],
    ["tick ticks", 1n],
  ].flatMap(([names, ticks]) =>
    String(names)
      .split(" ")
      .map((name) => [name, BigInt(ticks ?? 0n)]),
  ),
);

/**
 * Reads a span of time in any form that Kusto reads: "1d", "2.5 hours", "1.02:03:04.5", "-00:10", or a plain
 * number, which counts days. Gives ticks of 100 ns, null where it is none.
 */
export function parseTimespan(text: string): bigint | null {
  const trimmed = text.trim().toLowerCase();
  return parseWithUnit(trimmed) ?? parseClock(trimmed);
}

function parseWithUnit(text: string): bigint | null {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?\s*([a-z]*)$/.exec(text);
  const ticks = match ? unitTicks[match[4] || "d"] : undefined;
  if (!match || ticks === undefined) return null;
  const fraction = (match[3] ?? "").slice(0, fractionDigitsMax);
  const whole = BigInt(match[2] + fraction) * ticks;
  const total = whole / 10n ** BigInt(fraction.length);
  return match[1] === "-" ? -total : total;
}

/** More digits than this are less than a tick even of a day. */
const fractionDigitsMax = 15;

function parseClock(text: string): bigint | null {
  const match =
    /^([+-]?)(?:(\d+)[.:](?=\d{1,2}:))?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(
      text,
    );
  if (!match) return null;
  const [days, hours, minutes, seconds] = [2, 3, 4, 5].map((index) => BigInt(match[index] ?? 0));
  if (hours === undefined || hours > 23n || (minutes ?? 0n) > 59n || (seconds ?? 0n) > 59n)
    return null;
  const fraction = BigInt((match[6] ?? "").padEnd(7, "0"));
  const clock = hours * 3600n + (minutes ?? 0n) * 60n + (seconds ?? 0n);
  const total = (days ?? 0n) * day + clock * second + fraction;
  return match[1] === "-" ? -total : total;
}
