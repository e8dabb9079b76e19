import type { TFunction } from "i18next";
import type { AlertPreview, PreviewSpan } from "../../api/alert-previews.ts";
import { formatsOf } from "../../words/moments.ts";
import { secondsWords } from "./durations.ts";
import { targetName } from "./names.ts";

const hourSeconds = 3_600;
const shownSpanCountMax = 4;

/** How the answer was found, and what limits it. */
export function previewNotes(
  preview: AlertPreview,
  { t, language, frequencySeconds }: { t: TFunction; language: string; frequencySeconds: number },
): string[] {
  const { number } = formatsOf(language);
  const { learnedEverySeconds, omittedTargetCount, missing, learning } = preview;
  const spans = (key: string, list: readonly PreviewSpan[]): string[] => {
    const shown = list
      .slice(0, shownSpanCountMax)
      .map((span) => spanWords(span, language, t("alerts.allHosts")));
    if (list.length > shownSpanCountMax) shown.push("…");
    return list.length === 0 ? [] : [t(key, { spans: shown.join("; ") })];
  };
  const notes = [
    t("alertPreview.evaluated", {
      times: number(preview.evaluatedCount),
      step: secondsWords(preview.stepSeconds, language),
    }),
    ...(preview.stepSeconds > frequencySeconds
      ? [t("alertPreview.sparse", { step: number(preview.stepSeconds / frequencySeconds) })]
      : []),
    ...spans("alertPreview.learning", learning),
    ...spans("alertPreview.missing", missing),
  ];
  if (learnedEverySeconds !== null && learnedEverySeconds > hourSeconds) {
    const every = secondsWords(learnedEverySeconds, language);
    notes.push(t("alertPreview.learnedEvery", { every }));
  }
  if (omittedTargetCount > 0) {
    notes.push(t("alertPreview.omitted", { count: omittedTargetCount }));
  }
  if (preview.isCut) notes.push(t("alertPreview.cut"));
  return notes;
}

function spanWords(
  { target, from, to }: PreviewSpan,
  language: string,
  everything: string,
): string {
  const { moment } = formatsOf(language);
  return `${targetName(target, everything)} ${moment(from)} – ${moment(to)}`;
}
