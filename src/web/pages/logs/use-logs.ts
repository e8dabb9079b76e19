import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation, useSearchParams } from "wouter";
import type { EditorControls, Problem } from "./editor/controls.ts";
import { logsLink, readLogsLink } from "./link.ts";
import type { History } from "./pane/history.ts";
import { failureOf, useProblems } from "./query-problems.ts";
import { defaultTimespan } from "./timespans.ts";
import { type Run, useRun } from "./use-run.ts";

const firstQuery = "NTANetAnalytics\n| take 10";
const defaultWaitSeconds = 180;

/** All that the page of logs knows, and what can be done with it. */
export interface Logs {
  readonly text: string;
  readonly setText: (text: string) => void;
  readonly timespan: string | null;
  readonly setTimespan: (timespan: string | null) => void;
  readonly waitSeconds: number;
  readonly setWait: (seconds: number) => void;
  readonly problems: readonly Problem[];
  readonly run: Run;
  /** Runs what is selected, or else the whole text. */
  readonly runNow: () => void;
  readonly cancel: () => void;
  /** Shows a query and runs it, with the time that is chosen unless told another. */
  readonly open: (query: string, timespan?: string | null) => void;
  readonly controls: React.RefObject<EditorControls | null>;
  readonly keepControls: (controls: EditorControls | null) => void;
}

export function useLogs(target: string, history: History): Logs {
  const [text, setText] = useState(firstQuery);
  const [timespan, setTimespan] = useState<string | null>(defaultTimespan);
  const [waitSeconds, setWait] = useState(defaultWaitSeconds);
  const controls = useRef<EditorControls | null>(null);
  const keepControls = useCallback((next: EditorControls | null) => {
    controls.current = next;
  }, []);
  const { run, ask, cancel, close } = useRun(target, ({ query, timespan: asked }, ended) => {
    const time = new Date().toISOString();
    history.add({ query, timespan: asked, time, rowCount: rowCountOf(ended) });
  });
  useEffect(() => close, [close]);
  const say = useAddress((place) => {
    setText(place.query);
    setTimespan(place.timespan);
    ask({ ...place, waitSeconds });
  });
  const open = (query: string, wanted: string | null = timespan): void => {
    setText(query);
    setTimespan(wanted);
    say({ query, timespan: wanted });
    ask({ query, timespan: wanted, waitSeconds });
  };
  const runNow = (): void => {
    const selected = controls.current?.selection() ?? "";
    const query = selected.trim() === "" ? text : selected;
    if (query.trim() === "") return;
    say({ query, timespan });
    ask({ query, timespan, waitSeconds });
  };
  const problems = useAllProblems(text, run);
  const shown = { text, setText, timespan, setTimespan, waitSeconds, setWait, problems };
  return { ...shown, run, runNow, cancel, open, controls, keepControls };
}

const rowCountOf = (run: Run): number | null =>
  run.state === "done" ? (run.answer.tables[0]?.rows.length ?? 0) : null;

/** What was found wrong; where nothing was, what the run itself stumbled over. */
function useAllProblems(text: string, run: Run): readonly Problem[] {
  const found = useProblems(text);
  if (found.length > 0 || run.state !== "failed" || run.question.query !== text) return found;
  const { problem } = failureOf(run.error);
  return problem ? [problem] : found;
}

interface Place {
  readonly query: string;
  readonly timespan: string | null;
}

/** Follows a link to the page, also while it is open; gives how to say in the address what is asked now. */
function useAddress(follow: (place: Place) => void): (place: Place) => void {
  const [parameters] = useSearchParams();
  const [, go] = useLocation();
  const said = useRef("");
  const latest = useRef(follow);
  latest.current = follow;
  const address = parameters.toString();
  useEffect(() => {
    const place = readLogsLink(new URLSearchParams(address));
    if (!place || textOf(place) === said.current) return;
    said.current = textOf(place);
    latest.current(place);
  }, [address]);
  return (place) => {
    said.current = textOf(place);
    go(logsLink(place), { replace: true });
  };
}

const textOf = ({ query, timespan }: Place): string => `${timespan ?? ""} ${query}`;
