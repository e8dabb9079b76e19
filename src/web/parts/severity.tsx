import { useTranslation } from "react-i18next";
import css from "./severity.module.css";

/** Azure's five severities, by number and by word: never by colour alone. */
export function Severity({ value }: { value: number }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <span className={css["severity"]} data-severity={value}>
      {t("severity.short", { value })} {t(`severity.${value}`)}
    </span>
  );
}
