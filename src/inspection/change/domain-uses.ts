import { dnsCount, type DnsShapes } from "./dns-shapes.ts";

/** Domains that rules look at. */
const domainToldMax = 100;

/** What was asked under one domain, in the part after but for `queriesBefore`. */
export interface DomainUse {
  domain: string;
  queriesBefore: number;
  queries: number;
  newNames: number;
  /** With a long label that was not there before. */
  longNames: number;
  /** Characters before the domain, all together. */
  prefixLength: number;
}

/** Domains by their questions after the split (milliseconds after the moment), most first, and all questions. */
export function domainUses(
  shapes: DnsShapes,
  split: number,
): { domains: DomainUse[]; queries: number } {
  const uses: DomainUse[] = [];
  for (let owner = 0; owner < shapes.log.ownerCount; owner++)
    uses.push(useOf(shapes, owner, split));
  const queries = uses.reduce((total, use) => total + use.queries, 0);
  const domains = uses.toSorted((one, other) => other.queries - one.queries);
  return { domains: domains.slice(0, domainToldMax), queries };
}

function useOf(shapes: DnsShapes, owner: number, split: number): DomainUse {
  const { log } = shapes;
  const use: DomainUse = {
    domain: shapes.domain(owner),
    queriesBefore: 0,
    queries: 0,
    newNames: 0,
    longNames: 0,
    prefixLength: 0,
  };
  for (let at = log.newestOf(owner); at > 0; at = log.previous[at - 1] ?? 0) {
    const entry = (at - 1) * log.shape.counts;
    const queries = log.counts[entry + dnsCount.queries] ?? 0;
    if ((log.slices[at - 1] ?? 0) * log.sliceMilliseconds < split) {
      use.queriesBefore += queries;
      continue;
    }
    use.queries += queries;
    use.newNames += log.counts[entry + dnsCount.newNames] ?? 0;
    use.longNames += log.counts[entry + dnsCount.longNames] ?? 0;
    use.prefixLength += log.sums[at - 1] ?? 0;
  }
  return use;
}
