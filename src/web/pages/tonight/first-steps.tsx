import { useTranslation } from "react-i18next";
import { DrillButton } from "./drill.tsx";
import css from "./tonight.module.css";

/** What to do where nothing has happened yet. */
export function FirstSteps(): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div className={css["steps"]}>
      <h3>{t("tonight.quiet")}</h3>
      <p>{t("tonight.quietText")}</p>
      <div>
        <DrillButton kind="first" />
      </div>
      <p>{t("drill.command")}</p>
      <pre tabIndex={0}>npm run nightcap -- drill</pre>
    </div>
  );
}
