// Merges wait while large inserts come, and never longer than they may.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  createMergePause,
  pauseMillisecondsMax,
  quietMilliseconds,
} from "../../src/flowstore/embedded/merge-pause.ts";

let said: string[];
const merges = {
  stop: (table: string) => said.push(`stop ${table}`),
  start: (table: string) => said.push(`start ${table}`),
};

beforeEach(() => {
  said = [];
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test("merges of a table wait until no large insert has come for a while", () => {
  const pause = createMergePause(merges);
  pause.touch("flow");
  vi.advanceTimersByTime(quietMilliseconds - 1);
  pause.touch("flow");
  pause.touch("other");
  vi.advanceTimersByTime(quietMilliseconds - 1);
  expect(said).toEqual(["stop flow", "stop other"]);
  vi.advanceTimersByTime(1);
  expect(said.slice(2)).toEqual(["start flow", "start other"]);
  pause.touch("flow");
  expect(said.slice(4)).toEqual(["stop flow"]);
});

test("inserts that do not end leave merges half of the time", () => {
  const pause = createMergePause(merges);
  const insertsOf = (milliseconds: number): void => {
    for (let passed = 0; passed < milliseconds; passed += 1_000) {
      pause.touch("flow");
      vi.advanceTimersByTime(1_000);
    }
  };
  insertsOf(pauseMillisecondsMax);
  expect(said).toEqual(["stop flow", "start flow"]);
  insertsOf(pauseMillisecondsMax);
  expect(said).toHaveLength(2);
  insertsOf(1_000);
  expect(said).toEqual(["stop flow", "start flow", "stop flow"]);
});
