import { Dialog } from "@base-ui/react/dialog";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { FlowAnswer } from "../../api/flow-views.ts";
import { Button } from "../../parts/button.tsx";
import buttonCss from "../../parts/button.module.css";
import dialogCss from "../../parts/dialog.module.css";
import { logsLink } from "../logs/link.ts";
import css from "./traffic.module.css";

/** Opens the query that gives a view's rows, and leads to the page where it can be changed. */
export function KqlButton({
  answer,
  title,
}: {
  answer: Pick<FlowAnswer, "kql" | "timespan">;
  title: string;
}): React.ReactNode {
  const { t } = useTranslation();
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(answer.kql);
    setCopied(true);
  };
  return (
    <Dialog.Root onOpenChange={() => setCopied(false)}>
      <Dialog.Trigger className={css["kql"]} aria-label={t("kql.of", { title })}>
        KQL
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialogCss["shade"]} />
        <Dialog.Popup className={dialogCss["dialog"]}>
          <Dialog.Title render={<h2 />}>{t("kql.of", { title })}</Dialog.Title>
          <pre tabIndex={0}>{answer.kql}</pre>
          <div className={dialogCss["buttons"]}>
            <Link
              className={buttonCss["button"]}
              data-kind="first"
              href={logsLink({ query: answer.kql, timespan: widened(answer.timespan) })}
            >
              {t("traffic.openInLogs")}
            </Link>
            <Button onClick={() => void copy()}>
              {isCopied ? t("kql.copied") : t("kql.copy")}
            </Button>
            <Dialog.Close render={<Button />}>{t("kql.close")}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** No record lies longer than this outside of the time that it overlaps. */
const intervalMs = 3_600_000;

/** The query has its own times; records at the edges must lie in that of the page of logs, too. */
function widened(timespan: string): string {
  const [start = "", end = ""] = timespan.split("/");
  const moved = (time: string, byMs: number): string =>
    new Date(Date.parse(time) + byMs).toISOString();
  return `${moved(start, -intervalMs)}/${moved(end, intervalMs)}`;
}
