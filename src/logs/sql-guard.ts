import assert from "node:assert/strict";

const literals = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`/g;

/** Calls that reach files, other servers, programs or the engine's own tables, and clauses that change a query's rules. */
const forbidden =
  /\b(?:file|fileCluster|url|urlCluster|remote|remoteSecure|cluster|clusterAllReplicas|s3|s3Cluster|gcs|hdfs|azureBlobStorage|iceberg|deltaLake|hudi|mysql|postgresql|mongodb|redis|sqlite|odbc|jdbc|executable|input|merge|python|dictionary|dictGet\w*|getSetting|getMacro|currentUser|hostName|sleep\w*)\s*\(|\bsystem\s*\.|\b(?:INTO\s+OUTFILE|SETTINGS)\b|;/i;

/**
 * The second wall behind the translator: SQL that does what no translation does is a fault of ours, and is not run.
 * The engine's own `readonly` lets the scalar `file()` read any file where the engine is embedded.
 */
export function assertReadsTablesOnly(sql: string): void {
  const found = forbidden.exec(sql.replaceAll(literals, "''"));
  assert(!found, `a translated query may not contain ${found?.[0]}`);
}
