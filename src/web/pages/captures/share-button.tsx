import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Capture } from "../../api/capture.ts";
import { downloadPathOf } from "../../api/captures.ts";
import {
  type SharedLink,
  shareFile,
  shareFileAction,
  shareReport,
  shareReportAction,
} from "../../api/sharing.ts";
import { Button } from "../../parts/button.tsx";
import { CopyButton } from "../../parts/copy-button.tsx";
import dialogCss from "../../parts/dialog.module.css";
import { Field } from "../../parts/field.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Select } from "../../parts/select.tsx";
import { useAllowed } from "../../shell/session-context.ts";

const lives = { hour: 3_600, day: 86_400, week: 604_800 } as const;
type Life = keyof typeof lives;
type What = "file" | "report";

/** Makes a link for somebody who is not signed in, which ends by itself. */
export function ShareButton({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const mayFile = useAllowed(shareFileAction);
  const mayReport = useAllowed(shareReportAction);
  const { nightcap } = capture.properties;
  const kinds: What[] = [
    ...(mayFile && downloadPathOf(capture) !== null ? (["file"] as const) : []),
    ...(mayReport && nightcap?.report ? (["report"] as const) : []),
  ];
  const [first] = kinds;
  if (first === undefined) return null;
  return (
    <Dialog.Root>
      <Dialog.Trigger render={<Button />}>{t("share.open")}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialogCss["shade"]} />
        <Dialog.Popup className={dialogCss["dialog"]}>
          <Dialog.Title render={<h2 />}>{t("share.title", { name: capture.name })}</Dialog.Title>
          <Dialog.Description>{t("share.text")}</Dialog.Description>
          <Sharing capture={capture} kinds={kinds} first={first} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Sharing({
  capture,
  kinds,
  first,
}: {
  capture: Capture;
  kinds: readonly What[];
  first: What;
}): React.ReactNode {
  const { t } = useTranslation();
  const [what, setWhat] = useState<What>(first);
  const [life, setLife] = useState<Life>("day");
  const making = useMutation({ mutationFn: () => makeLink(capture, what, lives[life]) });
  return (
    <>
      <Select
        label={t("share.what")}
        value={what}
        choices={kinds.map((value) => ({ value, words: t(`share.${value}`) }))}
        choose={(value) => {
          setWhat(value);
          making.reset();
        }}
      />
      <Select
        label={t("share.life")}
        value={life}
        choices={(Object.keys(lives) as Life[]).map((value) => ({
          value,
          words: t(`share.lives.${value}`),
        }))}
        choose={(value) => {
          setLife(value);
          making.reset();
        }}
      />
      {making.error && (
        <Notice kind="bad" title={t("capture.notDone")} text={making.error.message} />
      )}
      {making.data && <Made shared={making.data} what={what} />}
      <div className={dialogCss["buttons"]}>
        {making.data ? (
          <CopyButton text={making.data.link} />
        ) : (
          <Button kind="first" isBusy={making.isPending} onClick={() => making.mutate()}>
            {t("share.make")}
          </Button>
        )}
        <Dialog.Close render={<Button />}>{t("kql.close")}</Dialog.Close>
      </div>
    </>
  );
}

function Made({ shared, what }: { shared: SharedLink; what: What }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Field
        label={t("share.link")}
        value={shared.link}
        readOnly
        onFocus={({ target }) => target.select()}
      />
      <p>
        {t("share.ends")} <Moment time={shared.expires} />. {t(`share.${what}Revoke`)}
      </p>
    </>
  );
}

function makeLink(capture: Capture, what: What, lifeSeconds: number): Promise<SharedLink> {
  const { nightcap, storageLocation } = capture.properties;
  if (what === "report") return shareReport(nightcap?.sessionId ?? "", lifeSeconds);
  const { storagePath = "" } = storageLocation ?? {};
  return shareFile(capture, { storagePath, name: `${capture.name}.cap` }, lifeSeconds);
}
