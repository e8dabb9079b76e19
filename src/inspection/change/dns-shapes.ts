import { SliceLog } from "./slice-log.ts";
import { longLabelLengthMin } from "./thresholds.ts";

const domainCountMax = 20_000;
/** Names, and long labels, remembered to tell new ones from repeated ones, as hashes. */
const nameCountMax = 200_000;
const entryCountMax = 200_000;
const sliceMilliseconds = 100;

export const dnsCount = { queries: 0, newNames: 1, longNames: 2 } as const;

/** Second parts under which names are sold, as `co.uk`: the domain is then the part before them too. */
const publicSecondLabels: ReadonlySet<string> = new Set([
  "co", "com", "net", "org", "gov", "ac", "edu", "or", "ne", "go",
]); // prettier-ignore

/** What is asked under each domain: many long names that are new each time carry something else than names. */
export class DnsShapes {
  readonly log = new SliceLog({
    shape: { counts: 3, sums: 1 },
    entryCountMax,
    sliceMilliseconds,
  });
  readonly #domains = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #seen = new Set<number>();
  readonly #seenLabels = new Set<number>();

  /** The domain of an owner in the log. */
  domain(owner: number): string {
    return this.#names[owner] ?? "";
  }

  add(name: string, time: number): void {
    const domain = domainOf(name);
    const owner = this.#ownerOf(domain);
    const entry = owner < 0 ? -1 : this.log.entryAt(owner, time);
    if (entry < 0) return;
    const prefix = name.slice(0, Math.max(0, name.length - domain.length - 1));
    const { counts, sums } = this.log;
    counts[entry * 3 + dnsCount.queries] = (counts[entry * 3 + dnsCount.queries] ?? 0) + 1;
    if (isNewIn(this.#seen, name))
      counts[entry * 3 + dnsCount.newNames] = (counts[entry * 3 + dnsCount.newNames] ?? 0) + 1;
    if (this.#hasNewLongLabel(prefix))
      counts[entry * 3 + dnsCount.longNames] = (counts[entry * 3 + dnsCount.longNames] ?? 0) + 1;
    sums[entry] = (sums[entry] ?? 0) + prefix.length;
  }

  #ownerOf(domain: string): number {
    const known = this.#domains.get(domain);
    if (known !== undefined) return known;
    if (this.#names.length >= domainCountMax) return -1;
    this.#domains.set(domain, this.#names.length);
    return this.#names.push(domain) - 1;
  }

  /**
   * Addresses turned round, as block lists and PTR have them, are many short labels; a customer's key, which some block
   * lists want in each name, is long but always the same. Neither carries anything.
   */
  #hasNewLongLabel(prefix: string): boolean {
    let hasNew = false;
    for (const label of prefix.split("."))
      if (label.length >= longLabelLengthMin && isNewIn(this.#seenLabels, label)) hasNew = true;
    return hasNew;
  }
}

/** Remembers what it is asked about; what comes when it is full counts as new each time. */
function isNewIn(seen: Set<number>, text: string): boolean {
  const key = hash(text);
  if (seen.has(key)) return false;
  if (seen.size < nameCountMax) seen.add(key);
  return true;
}

/** The part of a name that somebody registered, as far as it can be told without a list of all registries. */
export function domainOf(name: string): string {
  const labels = name.split(".");
  const isLong = labels.length > 2 && publicSecondLabels.has(labels.at(-2) ?? "");
  return labels.slice(isLong && (labels.at(-1)?.length ?? 0) === 2 ? -3 : -2).join(".");
}

/** FNV-1a in 32 bits twice over: chance of two names being one is below one in a million. */
function hash(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
  }
  return (high & 0x1fffff) * 4_294_967_296 + (low >>> 0);
}
