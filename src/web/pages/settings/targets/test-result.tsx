import { useTranslation } from "react-i18next";
import type { TargetTest } from "../../../api/notification-targets.ts";
import css from "../settings.module.css";

/** What became of a test, said aloud as it comes. */
export function TestResult({ result }: { result: TargetTest | undefined }): React.ReactNode {
  const { t } = useTranslation();
  const { delivered, reason, milliseconds } = result ?? {};
  return (
    <p role="status" className={css[delivered === false ? "bad" : "good"]} hidden={!result}>
      {delivered === true && t("targets.delivered", { milliseconds })}
      {delivered === false && t("targets.failed", { reason })}
    </p>
  );
}
