import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { NightcapError } from "../../common/errors.ts";
import { parseTimespan } from "../../logs/azure/timespan.ts";
import { openLogQueries } from "../../logs/log-queries.ts";
import type { LogAnswer, LogQuery } from "../../logs/log-query.ts";
import { fillParameters } from "../../logs/query-parameters.ts";
import { logQuerySettings } from "../../logs/query-limits.ts";
import { shardNames } from "../../logs/missing-shards.ts";
import { QueryError } from "../../query/query-error.ts";
import { flowStoreOf, refuseWithoutTable } from "../flow-store.ts";
import { writeOut } from "../standard-output.ts";
import { chartText } from "./chart.ts";
import type { QueryFlags } from "./query.ts";
import { queryErrorText } from "./query-error-text.ts";
import { recordText } from "./record-text.ts";
import { answerCsv, answerJson } from "./rows-text.ts";
import { tableText } from "./table-text.ts";

const exitWrongQuery = 2;
const exitInterrupted = 130;

/** Runs or translates one query and prints the answer; gives the exit code. */
export async function runQuery(argument: string | undefined, flags: QueryFlags): Promise<number> {
  const nowMs = Date.now();
  const question = await readQuestion(argument, flags, nowMs);
  if (typeof question === "string") return refuse(question);
  const { openFlowEngine } = await import("../../flowstore/engine.ts");
  const store = { ...flowStoreOf(flags), partialAnswers: flags.partialAnswers === true };
  if (!flags.sql) await refuseWithoutTable(store);
  // The engine starts while the parser does; what becomes of it is told to who asks for it.
  const engine = flags.sql ? null : openFlowEngine(store);
  engine?.catch(() => {});
  const queries = openLogQueries({
    engine: () => engine ?? Promise.reject(new Error("only the translation is wanted")),
    settings: logQuerySettings.parse(
      flags.timeout === undefined ? {} : { timeoutSecondsMax: flags.timeout },
    ),
  });
  const interrupted = new AbortController();
  const stop = (): void => interrupted.abort();
  process.once("SIGINT", stop);
  try {
    if (flags.sql) {
      await writeOut(`${(await queries.translate(question, store.database)).sql}\n`);
      return 0;
    }
    const startedMs = performance.now();
    const answer = await queries.run({ ...question, signal: interrupted.signal });
    await print(answer, flags, (performance.now() - startedMs) / 1_000);
    return 0;
  } catch (error) {
    if (interrupted.signal.aborted) return exitInterrupted;
    if (error instanceof QueryError) return refuse(queryErrorText(question.text, error));
    throw error;
  } finally {
    process.off("SIGINT", stop);
    await queries.close();
    await engine?.then(
      (opened) => opened.close(),
      () => {},
    );
  }
}

function refuse(message: string): number {
  process.stderr.write(`nightcap: ${message}\n`);
  return exitWrongQuery;
}

/** What is asked; text in place of it says why it cannot be. */
async function readQuestion(
  argument: string | undefined,
  flags: QueryFlags,
  nowMs: number,
): Promise<LogQuery | string> {
  if (flags.json && flags.csv) return "--json and --csv exclude each other";
  if (argument !== undefined && flags.file !== undefined)
    return "a query and --file exclude each other";
  const text = await readQuery(argument, flags.file);
  if (text === null) return "no query: give one, or --file, or standard input";
  try {
    const timespan = flags.timespan === undefined ? null : isoTimespan(flags.timespan);
    return {
      text: fillParameters(text, flags.param, nowMs),
      nowMs,
      parameters: Object.fromEntries(flags.param),
      timeRange: timespan === null ? null : parseTimespan(timespan, nowMs),
      ...(flags.timeout === undefined ? {} : { timeoutSeconds: flags.timeout }),
    };
  } catch (error) {
    if (error instanceof NightcapError && error.code === "InvalidParameter") return error.message;
    throw error;
  }
}

async function readQuery(argument: string | undefined, file?: string): Promise<string | null> {
  if (file !== undefined && file !== "-") {
    return readFile(file, "utf8").catch((cause: unknown) => {
      throw new NightcapError("InvalidRequest", `query file ${file} cannot be read`, { cause });
    });
  }
  if (argument !== undefined && argument !== "-") return argument;
  const isAsked = argument === "-" || file === "-";
  return process.stdin.isTTY && !isAsked ? null : textOf(process.stdin);
}

/** Kusto's short timespans, beside ISO 8601. */
function isoTimespan(text: string): string {
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?)(d|h|m|s)$/i.exec(text) ?? [];
  if (amount === "") return text;
  return unit.toLowerCase() === "d" ? `P${amount}D` : `PT${amount}${unit.toUpperCase()}`;
}

async function print(answer: LogAnswer, flags: QueryFlags, seconds: number): Promise<void> {
  if (flags.json || flags.csv) {
    for (const piece of flags.json ? answerJson(answer) : answerCsv(answer)) await writeOut(piece);
  } else {
    // Files and pipes get all columns whole, a terminal what fits.
    const widthMax = process.stdout.isTTY ? process.stdout.columns : null;
    const drawn =
      widthMax === null
        ? null
        : ((flags.chart ? chartText(answer, widthMax) : null) ?? recordText(answer, widthMax));
    for (const piece of drawn === null ? tableText(answer, widthMax) : [drawn])
      await writeOut(piece);
    const count = answer.rows.length;
    await writeOut(`${count} ${count === 1 ? "row" : "rows"}, ${seconds.toFixed(3)} s\n`);
  }
  tellMissing(answer);
  if (answer.truncated === null) return;
  const limit = answer.truncated === "rows" ? "rows" : "bytes";
  process.stderr.write(
    `nightcap: the answer has more ${limit} than one may have and is cut off: summarize, or take fewer rows\n`,
  );
}

function tellMissing({ missingShards }: LogAnswer): void {
  if (missingShards.length === 0) return;
  process.stderr.write(
    `nightcap: the answer is a part only: no server of ${shardNames(missingShards)} answers\n`,
  );
}
