import { useTranslation } from "react-i18next";
import type { WholeIncident } from "../../../api/incidents.ts";
import { Notice } from "../../../parts/notice.tsx";
import { useFormats } from "../../../words/moments.ts";

/** That nobody is told of it, and why; nothing where no expectation is about it. */
export function ExpectedNotice({ incident }: { incident: WholeIncident }): React.ReactNode {
  const { t } = useTranslation();
  const { moment } = useFormats();
  const { expected } = incident;
  if (expected?.state === "met") {
    const { reason, by } = expected;
    return (
      <Notice kind="good" title={t("expect.because", { reason })} text={t("expect.by", { by })} />
    );
  }
  if (expected?.state !== "awaited") return null;
  return (
    <Notice
      kind="calm"
      title={t("expect.awaited")}
      text={t("expect.awaitedText", { time: moment(expected.until) })}
    />
  );
}
