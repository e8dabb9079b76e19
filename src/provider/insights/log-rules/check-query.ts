import { seriesQuery } from "../../../alert/logs/compose-query.ts";
import {
  criterionOf,
  type LogCriterion,
  type LogRuleProperties,
} from "../../../alert/logs/log-rule.ts";
import { NightcapError } from "../../../common/errors.ts";
import { QueryError } from "../../../query/query-error.ts";

/** A column of a query's answer. */
export interface QueryColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns that a query answers with; a `QueryError` when it is wrong. */
export type QueryCheck = (query: string) => Promise<readonly QueryColumn[]>;

const numberTypes = new Set(["long", "int", "real", "decimal"]);
const columnsShownMax = 40;

/** Throws `BadRequest` when the query is wrong, or lacks a column that the rule names. */
export async function checkRuleQuery(rule: LogRuleProperties, check: QueryCheck): Promise<void> {
  if (rule.skipQueryValidation) return;
  const criterion = criterionOf(rule);
  const columns = await check(criterion.query).catch((error: unknown) => {
    if (!(error instanceof QueryError)) throw error;
    throw new NightcapError("BadRequest", `The query is not valid: ${describe(error)}`, {
      cause: error,
    });
  });
  checkColumns(criterion, columns);
  await checkEnding(criterion, check);
}

/** What follows a rule's query when it is evaluated must be understood too. */
async function checkEnding(criterion: LogCriterion, check: QueryCheck): Promise<void> {
  await check(seriesQuery({ criterion, rows: null })).catch((error: unknown) => {
    if (!(error instanceof QueryError)) throw error;
    throw new NightcapError(
      "BadRequest",
      `The query is not valid: its answer cannot be summarized (${describe(error)}); leave out what follows its last operator`,
      { cause: error },
    );
  });
}

function describe({ diagnostics }: QueryError): string {
  const [first] = diagnostics;
  return first ? `line ${first.line}, column ${first.column}: ${first.message}` : "it has no text";
}

function checkColumns(criterion: LogCriterion, columns: readonly QueryColumn[]): void {
  const find = (field: string, name: string): QueryColumn => {
    const found = columns.find((column) => column.name === name);
    if (found) return found;
    const known = columns.slice(0, columnsShownMax).map((column) => column.name);
    throw wrong(`${field} "${name}" is not a column of the query's answer: ${known.join(", ")}`);
  };
  const { metricMeasureColumn: measure, resourceIdColumn: resource } = criterion;
  if (measure && !numberTypes.has(find("metricMeasureColumn", measure).type)) {
    throw wrong(`metricMeasureColumn "${measure}" holds no numbers`);
  }
  for (const { name } of criterion.dimensions) find("dimension", name);
  if (resource && find("resourceIdColumn", resource).type !== "string") {
    throw wrong(`resourceIdColumn "${resource}" holds no text`);
  }
}

const wrong = (message: string): NightcapError => new NightcapError("BadRequest", message);
