const ticksPerMs = 10_000n;

/** A point in time as ClickHouse reads it: "2023-08-09 13:00:00.0000000". */
export function datetimeTextOf(ticks: bigint): string {
  const ms = ticks / ticksPerMs - (ticks % ticksPerMs < 0n ? 1n : 0n);
  const rest = ticks - ms * ticksPerMs;
  const text = new Date(Number(ms)).toISOString().replace("T", " ").replace("Z", "");
  return text + String(rest).padStart(4, "0");
}

interface DateParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  fraction: string;
  zone: string;
}

const time = String.raw`(?:[T, ]+(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d+))?)?(?:\s*(?<half>[AP]M))?)?`;
const zone = String.raw`\s*(?<zone>Z|UTC|GMT|[+-]\d{1,2}:?\d{2})?`;
const monthName = String.raw`(?<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*`;

/** The forms that the page of the datetime type names, and the American one that portals write. */
const forms: readonly RegExp[] = [
  String.raw`(?<year>\d{4})(?:-(?<month>\d{1,2})(?:-(?<day>\d{1,2}))?)?${time}`,
  String.raw`(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})${time}`,
  String.raw`(?<year>\d{4})/(?<month>\d{1,2})/(?<day>\d{1,2})${time}`,
  String.raw`(?<month>\d{1,2})/(?<day>\d{1,2})/(?<year>\d{4})${time}`,
  String.raw`(?:[A-Z][a-z]{2,8},?\s+)?(?<day>\d{1,2})[ -]${monthName}[ -](?<year>\d{4}|\d{2})${time}`,
  String.raw`${monthName}\s+(?<day>\d{1,2}),?\s+(?<year>\d{4})${time}`,
].map((form) => new RegExp(`^${form}${zone}$`, "i"));

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** Reads a point in time in any form that Kusto reads; null where it is none. Gives ticks of 100 ns since 1970. */
export function parseDatetime(text: string): bigint | null {
  const trimmed = text.trim();
  for (const form of forms) {
    const groups = form.exec(trimmed)?.groups;
    if (groups) return ticksOf(partsOf(groups));
  }
  return null;
}

function partsOf(groups: Record<string, string | undefined>): DateParts {
  const year = Number(groups["year"]);
  const shortYear = groups["year"]?.length === 2;
  const named = months.indexOf(groups["name"]?.slice(0, 3).toLowerCase() ?? "") + 1;
  return {
    year: shortYear ? year + (year < 50 ? 2000 : 1900) : year,
    month: named || Number(groups["month"] ?? 1),
    day: Number(groups["day"] ?? 1),
    hour: hourOf(Number(groups["hour"] ?? 0), groups["half"]?.toUpperCase()),
    minute: Number(groups["minute"] ?? 0),
    second: Number(groups["second"] ?? 0),
    fraction: groups["fraction"] ?? "",
    zone: groups["zone"] ?? "",
  };
}

function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return 99;
  return (hour % 12) + (half === "PM" ? 12 : 0);
}

function ticksOf(parts: DateParts): bigint | null {
  const { year, month, day, hour, minute, second } = parts;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  date.setUTCHours(hour, minute, second);
  const fraction = BigInt(parts.fraction.padEnd(7, "0").slice(0, 7));
  return BigInt(date.getTime()) * ticksPerMs + fraction - zoneTicks(parts.zone);
}

function zoneTicks(zoneText: string): bigint {
  const match = /^([+-])(\d{1,2}):?(\d{2})$/.exec(zoneText);
  if (!match) return 0n;
  const minutes = BigInt(match[2] ?? 0) * 60n + BigInt(match[3] ?? 0);
  return (match[1] === "-" ? -minutes : minutes) * 600_000_000n;
}
