import { Dialog } from "@base-ui/react/dialog";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FlowAnswer } from "../../api/flow-views.ts";
import { Button } from "../../parts/button.tsx";
import dialogCss from "../../parts/dialog.module.css";
import css from "./traffic.module.css";

/** Opens the query that gives a view's rows. */
export function KqlButton({
  answer,
  title,
}: {
  answer: FlowAnswer;
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
            <Button kind="first" onClick={() => void copy()}>
              {isCopied ? t("kql.copied") : t("kql.copy")}
            </Button>
            <Dialog.Close render={<Button />}>{t("kql.close")}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
