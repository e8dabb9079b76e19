import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isProgramThere, skipReason } from "../bed/availability.ts";
import { type BrowserBed, openBrowserBed } from "./browser-bed.ts";

/** What people do on one page, as tests; `bed()` is there once they run. */
export interface Story {
  title: string;
  tell(bed: () => BrowserBed): void;
}

const reason = skipReason() ?? (isProgramThere("chromium") ? null : "chromium is missing");

/** Stories that share one control plane, agent and browser, because starting those takes most of the time. */
export function describeStories(
  title: string,
  stories: readonly Story[],
  more: readonly "--no-drill"[] = [],
): void {
  describe.skipIf(reason !== null)(`${title}${reason === null ? "" : ` (${reason})`}`, () => {
    let bed: BrowserBed | null = null;
    const theBed = (): BrowserBed => {
      if (!bed) throw new Error("the bed is not open yet");
      return bed;
    };
    beforeAll(async () => {
      bed = await openBrowserBed(more);
    });
    afterEach(({ task }) => closeWhatIsLeft(task, bed));
    afterAll(() => bed?.close());
    for (const story of stories) describe(story.title, () => story.tell(theBed));
    test("no page had anything to complain of", () => {
      // The drill's host, and what people delete, may go while a page asks for it: the page says so where it shows it.
      const problems = theBed().problems.filter((text) => !text.includes("404 (Not Found)"));
      expect(problems).toEqual([]);
    });
  });
}

/** After a test that failed: what it left open would take the next one, or its second try, along. */
export async function closeWhatIsLeft(
  task: { result?: { state: string } | undefined },
  bed: BrowserBed | null,
): Promise<void> {
  if (task.result?.state === "fail") await bed?.recover();
}
