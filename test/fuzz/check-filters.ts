import type { Random } from "../../bench/inspection/random.ts";
import { catalog } from "../../src/inspection/filter/catalog.ts";
import { FilterError } from "../../src/inspection/filter/filter-error.ts";
import { compileFilter, type Filter } from "../../src/inspection/filter/filter.ts";
import type { Inspection, ProtocolNode } from "../../src/inspection/inspection.ts";
import type { CaptureSource } from "../../src/inspection/packet-pass.ts";
import { countPackets, listPackets } from "../../src/inspection/packets.ts";

const filterCount = 6;
const fieldCount = 12;
/** A name of the filter is any of the catalog one time in so many, otherwise one of a protocol that is there. */
const anyNameOneIn = 8;
const damagedFilterOneIn = 4;

/** `X` and `Y` stand for names. */
const shapes = [
  "X",
  "X == 1",
  "X != Y",
  "X >= 0x10",
  'X contains "a"',
  'X matches "^[a-z]+\\\\."',
  "X[0:2] == 00:01",
  "X[-1] & 1",
  "len(X) > 4",
  "count(X) == 2",
  'lower(string(X)) contains "e"',
  "max(X, Y) > 3",
  "X in {1 .. 5, 80}",
  "any X == Y",
  "all X == 0",
  "X#1 == Y",
  "X + 1 > Y",
  "X && !Y",
  "X || Y",
  "X ^^ Y",
  "X === 1",
];
const oddCharacters = "(){}[]\"'\\#@$%&|!=<>~,.:-+*/ \n\u00e9\u0000019azX_";

/** Asks every packet for fields and filters, by chance; what a filter and its opposite match is everything. */
export async function checkFilters(
  inspection: Inspection,
  source: CaptureSource,
  random: Random,
): Promise<void> {
  const names = likelyNames(inspection);
  const name = (): string => {
    const from = random.below(anyNameOneIn) === 0 ? catalog().names() : names;
    return from[random.below(from.length)] ?? "frame";
  };
  const filters: Filter[] = [];
  for (let count = 0; count < filterCount; count++) addWithOpposite(filters, text(name, random));
  const counts = await countPackets(source, filters);
  for (let index = 0; index < counts.length; index += 2) {
    const sum = (counts[index] ?? 0) + (counts[index + 1] ?? 0);
    if (sum !== inspection.file.packets)
      throw new Error(`${filters[index]?.text}: it and its opposite match ${sum} packets`);
  }
  const fields = Array.from({ length: fieldCount }, name);
  const { packets } = await listPackets(source, { fields }, () => Promise.resolve());
  if (packets !== inspection.file.packets) throw new Error(`${packets} packets in the list`);
}

function addWithOpposite(filters: Filter[], condition: string): void {
  try {
    filters.push(compileFilter(condition), compileFilter(`!(${condition})`));
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    filters.length -= filters.length % 2;
  }
}

function text(name: () => string, random: Random): string {
  const shape = shapes[random.below(shapes.length)] ?? "X";
  const condition = shape.replace("X", name()).replace("Y", name());
  if (random.below(damagedFilterOneIn) > 0) return condition;
  const at = random.below(condition.length);
  const odd = oddCharacters[random.below(oddCharacters.length)] ?? "";
  return condition.slice(0, at) + odd + condition.slice(at + random.below(3));
}

/** Fields and names of protocols that the capture holds. */
function likelyNames({ protocolHierarchy }: Inspection): readonly string[] {
  const protocols = new Set(["frame"]);
  const visit = (nodes: readonly ProtocolNode[]): void => {
    for (const { protocol, children } of nodes) {
      protocols.add(protocol);
      visit(children);
    }
  };
  visit(protocolHierarchy);
  return catalog()
    .names()
    .filter((name) => protocols.has(name.split(".")[0] ?? ""));
}
