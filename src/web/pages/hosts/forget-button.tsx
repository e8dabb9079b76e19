import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { forgetAction, forgetHost } from "../../api/hosts.ts";
import { Button } from "../../parts/button.tsx";
import { ConfirmDialog } from "../../parts/confirm-dialog.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useAllowed } from "../../shell/session-context.ts";

/** Asks first: a host that was forgotten has to join again. */
export function ForgetButton({ name }: { name: string }): React.ReactNode {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const [isOpen, setOpen] = useState(false);
  const forget = useMutation({ mutationFn: forgetHost, onSuccess: () => go("/hosts") });
  if (!useAllowed(forgetAction)) return null;
  return (
    <>
      <Button kind="danger" onClick={() => setOpen(true)}>
        {t("host.forget")}
      </Button>
      <ConfirmDialog
        isOpen={isOpen}
        change={setOpen}
        title={t("host.forgetTitle", { name })}
        text={t("host.forgetText")}
        words={{ confirm: t("host.forget"), cancel: t("host.keep") }}
        isBusy={forget.isPending}
        confirm={() => forget.mutate(name)}
      >
        {forget.error && (
          <Notice kind="bad" title={t("host.notForgotten")} text={forget.error.message} />
        )}
      </ConfirmDialog>
    </>
  );
}
