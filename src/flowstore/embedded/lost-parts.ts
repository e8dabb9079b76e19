import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Inserts that may have been under way in one table when the engine was killed; each wrote one line at the end. */
const lastLinesMax = 64;
/** How a line of the log begins that says that a part was added. */
const added = "1";

interface TableFolder {
  readonly table: string;
  readonly path: string;
}

/**
 * A table writes down the token of an insert before it gives the insert's part its name. Killed between both it has
 * the token and not the rows, and would drop them when they are inserted again. Such lines are taken out of
 * its log here, before anybody can ask: the engine's lock is held, and nothing writes. `query` gives lines of text.
 */
export async function forgetLostParts(query: (sql: string) => string): Promise<void> {
  const folders =
    query(`SELECT database || '.' || name AS table, data_paths[1] AS path FROM system.tables
    WHERE engine LIKE '%MergeTree' AND database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')
    FORMAT JSONEachRow`);
  for (const line of folders.split("\n").filter(Boolean)) {
    const { table, path } = JSON.parse(line) as TableFolder;
    await repair(path, (work) => detached(query, table, work));
  }
}

/** The table reads its log when it is attached. */
async function detached(
  query: (sql: string) => string,
  table: string,
  work: () => Promise<void>,
): Promise<void> {
  query(`DETACH TABLE ${table} SYNC`);
  try {
    await work();
  } finally {
    query(`ATTACH TABLE ${table}`);
  }
}

async function repair(
  folder: string,
  whileDetached: (work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const logs = join(folder, "deduplication_logs");
  const names = (await readdir(logs).catch(() => [])).toSorted((a, b) => numberOf(a) - numberOf(b));
  const parts = names.length > 0 ? (await readdir(folder)).flatMap(rangeOf) : [];
  for (const name of names.slice(-2)) {
    const path = join(logs, name);
    const lines = (await readFile(path, "utf8")).split("\n");
    const lost = lostLines(lines.slice(-lastLinesMax - 1), parts);
    if (lost.size === 0) continue;
    const kept = lines.filter((line) => !lost.has(line)).join("\n");
    await whileDetached(() => writeFile(path, kept));
  }
}

const numberOf = (name: string): number => Number(/_(\d+)\.txt$/.exec(name)?.[1] ?? 0);

/** Lines about parts that are not there, and were not dropped either. */
function lostLines(lines: readonly string[], parts: readonly PartRange[]): Set<string> {
  const dropped = new Set<string>();
  for (const line of lines) {
    const [operation, , token] = line.split("\t");
    if (operation !== added && token !== undefined) dropped.add(token);
  }
  const isLost = (line: string): boolean => {
    const [operation, part = "", token = ""] = line.split("\t");
    const [wanted] = rangeOf(part);
    return (
      operation === added &&
      wanted !== undefined &&
      !dropped.has(token) &&
      !parts.some((one) => covers(one, wanted))
    );
  };
  return new Set(lines.filter(isLost));
}

interface PartRange {
  readonly partition: string;
  readonly first: number;
  readonly last: number;
}

/** Of `20261116_1_5_1`: the partition, and the numbers of the inserts that were merged into it. */
function rangeOf(name: string): PartRange[] {
  const [, partition = "", first, last] = /^([^_]+)_(\d+)_(\d+)_\d+(?:_\d+)?$/.exec(name) ?? [];
  return partition === "" ? [] : [{ partition, first: Number(first), last: Number(last) }];
}

const covers = (one: PartRange, wanted: PartRange): boolean =>
  one.partition === wanted.partition && one.first <= wanted.first && wanted.last <= one.last;
