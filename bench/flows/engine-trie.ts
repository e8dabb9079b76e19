import { writeFileSync } from "node:fs";
import { join } from "node:path";

interface TrieRun {
  threads: number;
  seconds: number;
  found: number;
}

const runCount = 3;

/** The same prefixes and addresses in the engine: a dictionary of layout IP_TRIE, asked for a table of addresses. */
export async function trieLookups(
  prefixes: readonly string[],
  addresses: readonly string[],
  folder: string,
): Promise<TrieRun[]> {
  const { Session } = await import("chdb");
  const session = new Session();
  const ask = (sql: string): string => session.query(sql, "TSV").trim();
  try {
    fill(ask, folder, { prefixes, addresses });
    return [1, 2].map((threads) => measure(ask, threads));
  } finally {
    session.cleanup();
  }
}

function fill(
  ask: (sql: string) => string,
  folder: string,
  { prefixes, addresses }: { prefixes: readonly string[]; addresses: readonly string[] },
): void {
  const prefixFile = join(folder, "prefixes.tsv");
  const addressFile = join(folder, "addresses.tsv");
  writeFileSync(prefixFile, prefixes.map((text, index) => `${text}\t${index + 1}\n`).join(""));
  writeFileSync(
    addressFile,
    addresses.map((text) => `${text.includes(":") ? "" : "::ffff:"}${text}\n`).join(""),
  );
  ask("CREATE DATABASE bench ENGINE = Atomic");
  ask("CREATE TABLE bench.prefix (prefix String, id UInt32) ENGINE = MergeTree ORDER BY id");
  ask(
    `INSERT INTO bench.prefix SELECT * FROM file('${prefixFile}', 'TSV', 'prefix String, id UInt32')`,
  );
  ask("CREATE TABLE bench.address (ip IPv6) ENGINE = Memory");
  ask(`INSERT INTO bench.address SELECT * FROM file('${addressFile}', 'TSV', 'ip IPv6')`);
  ask(
    "CREATE DICTIONARY bench.trie (prefix String, id UInt32) PRIMARY KEY prefix SOURCE(CLICKHOUSE(DB 'bench' TABLE 'prefix')) LAYOUT(IP_TRIE()) LIFETIME(0)",
  );
  ask("SYSTEM RELOAD DICTIONARY bench.trie");
}

/** The median of the runs, with the time of the call, which is some milliseconds. */
function measure(ask: (sql: string) => string, threads: number): TrieRun {
  const sql = `SELECT countIf(dictGetOrDefault('bench.trie', 'id', tuple(ip), toUInt32(0)) > 0) FROM bench.address SETTINGS max_threads = ${threads}`;
  const runs = Array.from({ length: runCount }, () => {
    const begin = performance.now();
    const found = Number(ask(sql));
    return { threads, found, seconds: (performance.now() - begin) / 1e3 };
  });
  const sorted = runs.toSorted((a, b) => a.seconds - b.seconds);
  return sorted[runCount >> 1] ?? { threads, found: 0, seconds: Number.NaN };
}
