// Queries by chance: whatever is translated runs in the engine without an error and gives the columns that it says.
import { Random } from "../../../bench/inspection/random.ts";
import { loadKusto } from "../../../src/logs/kusto-loader.ts";
import { QueryError } from "../../../src/query/query-error.ts";
import { type KustoType, sqlTypes } from "../../../src/query/sql-value.ts";
import type { TableDefinition } from "../../../src/query/table-definition.ts";
import type { TranslatedQuery } from "../../../src/query/translate-query.ts";
import { type KqlSession, openKqlSession } from "../../query/kql-session.ts";
import type { FuzzColumn, Ground } from "./expression.ts";
import { pick } from "./expression.ts";
import { sources, stageOf } from "./query.ts";
import { columnBinder, type FuzzFunction, fuzzFunctions } from "./symbols.ts";

const column = (name: string, type: KustoType, nullable = false) => ({ name, type, nullable });

const tables: readonly TableDefinition[] = [
  {
    name: "Flows",
    source: { table: "Flows" },
    columns: [
      column("SrcIp", "string"),
      column("Kind", "string"),
      column("Port", "int"),
      column("Bytes", "long"),
      column("Share", "real"),
      column("Start", "datetime"),
      column("Denied", "bool"),
      column("Peers", "string"),
    ],
  },
  {
    name: "Values",
    source: { table: "Vals" },
    columns: [
      column("s", "string"),
      column("n", "long", true),
      column("r", "real", true),
      column("b", "bool", true),
      column("t", "datetime", true),
      column("d", "dynamic"),
    ],
  },
];

const setup = [
  "CREATE TABLE Flows (SrcIp String, Kind String, Port Int32, Bytes Int64, Share Float64, Start DateTime64(7, 'UTC'), Denied Bool, Peers String) ENGINE = Memory",
  "INSERT INTO Flows SELECT if(number % 4 = 0, '', concat('10.0.0.', toString(number % 5))), ['IntraVNet', 'MaliciousFlow', 'S2S'][number % 3 + 1], number % 7 * 100, number * 1000, number / 3, toDateTime64('2026-11-20 00:00:00', 7, 'UTC') + number * 1800, number % 5 = 0, concat('8.8.8.', toString(number), '|1|2|3|4|5|6') FROM numbers(40)",
  "CREATE TABLE Vals (s String, n Nullable(Int64), r Nullable(Float64), b Nullable(Bool), t Nullable(DateTime64(7, 'UTC')), d String) ENGINE = Memory",
  `INSERT INTO Vals VALUES ('a', 1, 1.5, true, '2026-11-20 01:00:00', '[1,"x",null]'), ('', NULL, NULL, NULL, NULL, ''), ('10.0.0.1', -5, 'nan', false, '1970-01-01 00:00:00', '{"a":{"b":[1]},"c":"y"}'), ('é/b|c', 9223372036854775807, 'inf', true, '2026-11-20 23:59:59.9999999', '"text"')`,
];

const stageCountMax = 6;
const tryCountMax = 5;

/** What became of the parts of a query by chance. */
export interface FuzzCounts {
  queries: number;
  stages: number;
  refused: number;
  unbound: number;
}

export interface KqlFuzzer {
  readonly counts: FuzzCounts;
  /** Tries the query of a seed; raises an error that says the query and what is wrong. */
  check(seed: number): Promise<void>;
  close(): Promise<void>;
}

export async function openKqlFuzzer(): Promise<KqlFuzzer> {
  const session = await openKqlSession(tables);
  for (const sql of setup) await session.command(sql);
  const library = await loadKusto();
  const { scalar, aggregate } = fuzzFunctions(library);
  const boundColumns = columnBinder(library, tables);
  const counts = { queries: 0, stages: 0, refused: 0, unbound: 0 };
  return {
    counts,
    async check(seed) {
      const text = makeQuery(session, new Random(seed), { scalar, aggregate, counts });
      counts.queries++;
      const translated = session.translate(text);
      checkColumns(text, translated, boundColumns(text));
      await run(session, text, translated);
    },
    close: () => session.close(),
  };
}

interface Vocabulary {
  readonly scalar: readonly FuzzFunction[];
  readonly aggregate: readonly FuzzFunction[];
  readonly counts: FuzzCounts;
}

/** Stage after stage is added as long as the whole is translated; what is refused by name is left out. */
function makeQuery(
  session: KqlSession,
  random: Random,
  { scalar, aggregate, counts }: Vocabulary,
): string {
  let text = pick(random, sources);
  let { columns } = session.translate(text);
  for (let stage = random.below(stageCountMax) + 1; stage > 0; stage--)
    for (let attempt = 0; attempt < tryCountMax; attempt++) {
      const named = columns.filter(({ name }) => /^[A-Za-z_]\w*$/.test(name));
      const ground: Ground = {
        random,
        columns: named.length > 0 ? named : [{ name: "1", type: "long" }],
        functions: scalar,
      };
      const longer = `${text}\n| ${stageOf(ground, aggregate)}`;
      const translated = tryTranslate(session, longer, counts);
      if (!translated) continue;
      counts.stages++;
      text = longer;
      ({ columns } = translated);
      break;
    }
  return text;
}

function tryTranslate(
  session: KqlSession,
  text: string,
  counts: FuzzCounts,
): TranslatedQuery | null {
  try {
    return session.translate(text);
  } catch (error) {
    if (!(error instanceof QueryError))
      throw new Error(`${text}\ntranslation failed: ${String(error)}`, { cause: error });
    if (error.code === "NotSupported") counts.refused++;
    else counts.unbound++;
    return null;
  }
}

/** Names and types are those of Microsoft's binder; what it leaves open, and dynamic values, are not compared. */
function checkColumns(
  text: string,
  { columns }: TranslatedQuery,
  bound: readonly FuzzColumn[],
): void {
  const isLike = ({ name, type }: FuzzColumn, other: FuzzColumn | undefined): boolean =>
    (name === other?.name || (isNumbered(name) && isNumbered(other?.name ?? ""))) &&
    (type === other?.type || [type, other?.type ?? ""].some((one) => looseTypes.has(one)));
  if (columns.length === bound.length && columns.every((one, index) => isLike(one, bound[index])))
    return;
  throw new Error(
    `${text}\ncolumns ${columns.map(named).join()}\nbound ${bound.map(named).join()}`,
  );
}

const named = ({ name, type }: FuzzColumn): string => `${name}: ${type}`;

/** How names that nobody gave are numbered is not compared. */
const isNumbered = (name: string): boolean => /^Column\d+$/.test(name);

const looseTypes: ReadonlySet<string> = new Set(["unknown", "dynamic", "decimal"]);

async function run(session: KqlSession, text: string, translated: TranslatedQuery): Promise<void> {
  const rows = await session
    .sql(`DESCRIBE (${translated.sql})`)
    .then((described) => session.sql(translated.sql).then(() => described))
    .catch((error: unknown) => {
      throw new Error(`${text}\n${String(error).slice(0, 2_000)}`, { cause: error });
    });
  const given = rows.map(([, type]) => plain(String(type)));
  const said = translated.columns.map(({ type }) => plain(sqlTypes[type]));
  if (given.join() !== said.join())
    throw new Error(`${text}\nsays ${said.join()}\ngives ${given.join()}`);
}

const plain = (type: string): string =>
  type.replaceAll(/Nullable\((.*)\)|LowCardinality\((.*)\)/g, "$1$2");
