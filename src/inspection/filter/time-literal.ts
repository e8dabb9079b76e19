const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const isoForm =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/;
const namedForm =
  /^([A-Z][a-z]{2})\s+(\d{1,2}),\s+(\d{4})\s+(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/;

/** Nanoseconds since the epoch of a time as people write it, UTC unless it says otherwise; null for no time. */
export function parseTime(text: string): bigint | null {
  const iso = isoForm.exec(text.trim());
  if (iso) {
    const [, year, month, day, ...time] = iso;
    return nanosecondsOf([year, month, day], time);
  }
  const [, name = "", day, year, ...time] = namedForm.exec(text.trim()) ?? [];
  const month = months.indexOf(name) + 1;
  return month === 0 ? null : nanosecondsOf([year, String(month), day], time);
}

function nanosecondsOf(
  date: readonly (string | undefined)[],
  time: readonly (string | undefined)[],
): bigint | null {
  const [year = 0, month = 0, day = 0] = date.map(Number);
  const [hour = 0, minute = 0, second = 0] = time.slice(0, 3).map((part) => Number(part ?? 0));
  const [, , , fraction = "", zone] = time;
  const milliseconds = Date.UTC(year, month - 1, day, hour, minute, second);
  const isDate = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  if (!isDate || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return null;
  const nanoseconds = BigInt(fraction.padEnd(9, "0").slice(0, 9));
  return BigInt(milliseconds - zoneMilliseconds(zone)) * 1_000_000n + nanoseconds;
}

function zoneMilliseconds(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone ?? "");
  if (!match) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}
