import { NightcapError } from "../../common/errors.ts";
import { answerPieces } from "../../logs/azure/answer-text.ts";
import { parsePreferences } from "../../logs/azure/preferences.ts";
import { parseTimespan } from "../../logs/azure/timespan.ts";
import type { LogAnswer } from "../../logs/log-query.ts";
import { openAccess } from "../../provider/authorization/assignment-store.ts";
import type { Asking } from "./asking.ts";
import { failureOutcome, type Outcome } from "./outcome.ts";
import type { Question } from "./question.ts";
import { openSources, type Target } from "./sources.ts";

interface Asked {
  readonly target: Target;
  readonly question: Question;
  readonly prefer: string | null;
}

/** Answers one question, also when it fails, and leaves one line of it in the log. */
export async function answerQuestion(asking: Asking, asked: Asked): Promise<Outcome> {
  const { parts, requestId } = asking;
  const startedMs = performance.now();
  const text = asked.question.query;
  let outcome: Outcome;
  try {
    outcome = await runQuestion(asking, asked);
  } catch (error) {
    const failed = failureOutcome(error, { requestId, text });
    // Who went away hears nothing, and nothing is wrong.
    if (failed.isFault && !asking.signal.aborted)
      parts.log.error({ err: error, requestId }, "query of logs failed");
    outcome = failed;
  }
  note(asking, asked, { outcome, durationMs: Math.round(performance.now() - startedMs) });
  return outcome;
}

async function runQuestion(asking: Asking, asked: Asked): Promise<Outcome> {
  const { parts, caller, signal } = asking;
  const { state, subscription, queries, clock } = parts;
  const { query, timespan, workspaces } = asked.question;
  const access = await openAccess(state, caller.id);
  const asker = { caller, access, state, subscription };
  const sources = await openSources(asker, asked.target, workspaces);
  const preferences = parsePreferences(asked.prefer);
  const nowMs = clock.now();
  const answer = await inPlace(asking, () =>
    queries.run({
      text: query,
      nowMs,
      timeRange: timespan === null || timespan === "" ? null : parseTimespan(timespan, nowMs),
      signal,
      ...(sources.rowsOf ? { rowsOf: sources.rowsOf } : {}),
      ...(preferences.waitSeconds === null ? {} : { timeoutSeconds: preferences.waitSeconds }),
    }),
  );
  const dataSources = sources.workspaces.map(({ resourceId, region }) => ({ resourceId, region }));
  const options = { preferences, settings: queries.settings, dataSources };
  return {
    status: 200,
    headers: {},
    pieces: () => answerPieces(answer, options),
    code: isWhole(answer) ? null : "PartialError",
    rowCount: answer.rows.length,
  };
}

const isWhole = ({ truncated, missingShards }: LogAnswer): boolean =>
  truncated === null && missingShards.length === 0;

/** Runs it when there is a place among the questions of clients; nobody waits longer than a query may take. */
async function inPlace(
  { parts, places, signal }: Asking,
  work: () => Promise<LogAnswer>,
): Promise<LogAnswer> {
  const { timeoutSecondsMax } = parts.queries.settings;
  const late = AbortSignal.timeout(timeoutSecondsMax * 1_000);
  const leave = await places.enter(AbortSignal.any([signal, late])).catch((cause: unknown) => {
    if (!late.aborted) throw cause;
    const message = `the query waited longer than ${timeoutSecondsMax} s for its turn`;
    throw new NightcapError("QueryTimeout", message, { cause });
  });
  if (!leave) throw new NightcapError("TooManyRequests", "too many queries wait already");
  try {
    return await work();
  } finally {
    leave();
  }
}

/** Who asked, how it went and what it cost; the text only where a setting wants it, as it may name secrets. */
function note(
  { parts, caller, requestId }: Asking,
  { target, question }: Asked,
  { outcome, durationMs }: { outcome: Outcome; durationMs: number },
): void {
  const { log, counter, queries } = parts;
  const { status, code, rowCount } = outcome;
  counter?.add(1, { outcome: code ?? "Success" });
  const of = "workspaceId" in target ? target.workspaceId : target.resourceId;
  const text = queries.settings.queryTextLogged ? { query: question.query } : {};
  log.info(
    {
      clientId: caller.id,
      of: of.slice(0, 300),
      status,
      code,
      durationMs,
      rowCount,
      requestId,
      ...text,
    },
    "logs queried",
  );
}
