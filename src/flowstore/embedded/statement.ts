/** One request of ClickHouse's HTTP protocol, as far as the engine's door understands it. */
export interface Statement {
  readonly sql: string;
  readonly queryId: string;
  readonly database: string;
  /** Name and value, as text, in the order given. */
  readonly settings: readonly (readonly [string, string])[];
  /** Values of `{name:Type}`, in ClickHouse's escaped form as the protocol has them. */
  readonly parameters: readonly (readonly [string, string])[];
  readonly defaultFormat: string;
  /** Whether its rows follow in the body. */
  readonly isInsert: boolean;
}

const settingName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const databaseName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

// Parts of the protocol, not settings of a query.
const ownParameters = new Set([
  "query",
  "query_id",
  "database",
  "default_format",
  "session_id",
  "user",
  "password",
  "role",
]);

// Settings of the HTTP server, which the library does not know.
const serverSettings = new Set([
  "wait_end_of_query",
  "send_progress_in_http_headers",
  "http_headers_progress_interval_ms",
  "http_response_buffer_size",
  "http_write_exception_in_output_format",
  "enable_http_compression",
  "http_zlib_compression_level",
]);

/** A request that is not one of the protocol; the message goes to the client. */
export class StatementError extends Error {}

export function parseStatement(url: URL, body: string, newQueryId: () => string): Statement {
  const given = url.searchParams.get("query") ?? "";
  const settings: [string, string][] = [];
  const parameters: [string, string][] = [];
  for (const [name, value] of url.searchParams) {
    if (name.startsWith("param_")) parameters.push([checkName(name.slice(6)), value]);
    else if (!ownParameters.has(name) && !serverSettings.has(name)) {
      settings.push([checkName(name), value]);
    }
  }
  const database = url.searchParams.get("database") ?? "default";
  if (!databaseName.test(database)) throw new StatementError(`not a database name: ${database}`);
  return {
    sql: [given, body].filter((part) => part !== "").join("\n"),
    queryId: url.searchParams.get("query_id") ?? newQueryId(),
    database,
    settings,
    parameters,
    defaultFormat: checkName(url.searchParams.get("default_format") ?? "TabSeparated"),
    isInsert: insertFormat(given) !== null,
  };
}

function checkName(name: string): string {
  if (!settingName.test(name)) throw new StatementError(`not a name: ${JSON.stringify(name)}`);
  return name;
}

/** A string literal of ClickHouse. */
export const quote = (value: string): string =>
  `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/** The statements that give a new connection what the request asks for, and defaults for what it leaves open. */
export function preparation(
  { database, settings, parameters }: Statement,
  defaults: Statement["settings"],
): string[] {
  const given = new Set(settings.map(([name]) => name));
  const assignments = [
    ...[...defaults.filter(([name]) => !given.has(name)), ...settings].map(
      ([name, value]) => `${name}=${quote(value)}`,
    ),
    ...parameters.map(([name, value]) => `param_${name}=${quote(value)}`),
  ];
  return [
    ...(database === "default" ? [] : [`USE ${database}`]),
    ...(assignments.length > 0 ? [`SET ${assignments.join(", ")}`] : []),
  ];
}

const insertWithFormat = /^\s*INSERT\s+INTO\s[\s\S]*?\bFORMAT\s+([A-Za-z0-9_]+)\s*;?\s*$/i;
const trailingFormat = /\bFORMAT\s+([A-Za-z0-9_]+)\s*(?:\bSETTINGS\b[\s\S]*)?;?\s*$/i;

/** The format of the rows that follow an INSERT in the body, or null when it is another statement. */
export const insertFormat = (sql: string): string | null => insertWithFormat.exec(sql)?.[1] ?? null;

const insertTarget = /^\s*INSERT\s+INTO\s+([A-Za-z_][A-Za-z0-9_]*)(?![A-Za-z0-9_.`"])/i;

/** The table, with its database, that an INSERT is into; null where it is named in another way. */
export function insertTable({ sql, database }: Statement): string | null {
  const name = insertTarget.exec(sql)?.[1];
  return name === undefined ? null : `${database}.${name}`;
}

// Settings stand between the file and the format.
const settingsAndFormat =
  /(?:\bSETTINGS\b(?:(?!\bSETTINGS\b)[\s\S])*)?\bFORMAT\s+[A-Za-z0-9_]+\s*;?\s*$/i;

/** The same INSERT, reading its rows from a file. */
export function insertFromFile(sql: string, path: string): string {
  return sql.replace(
    settingsAndFormat,
    (tail) => `FROM INFILE ${quote(path)} COMPRESSION 'none' ${tail}`,
  );
}

/** The format that the answer is written in. */
export const answerFormat = ({ sql, defaultFormat }: Statement): string =>
  trailingFormat.exec(sql)?.[1] ?? defaultFormat;

const comments = String.raw`(?:\s|/\*[\s\S]*?\*/|--[^\n]*\n)*`;
const selects = new RegExp(String.raw`^${comments}(?:\(${comments})*(?:SELECT|WITH)\b`, "i");

/** Formats of which two answers one after the other are one answer. */
const formatsInPieces = new Set([
  "JSONEachRow",
  "JSONCompactEachRow",
  "JSONStringsEachRow",
  "JSONCompactStringsEachRow",
  "TabSeparated",
  "TSV",
  "CSV",
  "Native",
  "RowBinary",
]);

/** Whether the library can give the answer piece by piece: it does so for rows, and begins each piece anew. */
export const isInPieces = (statement: Statement): boolean =>
  selects.test(statement.sql) && formatsInPieces.has(answerFormat(statement));
