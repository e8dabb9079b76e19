import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import {
  beginVerification,
  useVerification,
  type Verification,
  type VerifyCheck,
} from "../../api/verifications.ts";
import { ActionDialog, DialogButtons } from "../../parts/action-dialog.tsx";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./incident.module.css";

/** Whether what is stored is what was recorded and signed: each thing that is looked at, and what came of it. */
export function VerifyDialog({
  sessionId,
  name,
}: {
  sessionId: string;
  name: string;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <ActionDialog
      words={t("verify.button")}
      label={t("verify.title", { name })}
      title={t("verify.title", { name })}
    >
      <Verifying sessionId={sessionId} />
    </ActionDialog>
  );
}

function Verifying({ sessionId }: { sessionId: string }): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data: last = null } = useVerification(sessionId);
  const begin = useMutation({
    mutationFn: beginVerification,
    onSettled: () => queries.invalidateQueries({ queryKey: ["verification", sessionId] }),
  });
  const { mutate } = begin;
  useEffect(() => mutate(sessionId), [mutate, sessionId]);
  const isBusy = begin.isPending || last?.state === "running";
  return (
    <>
      <p>{t("verify.text")}</p>
      {begin.error && <Notice kind="bad" title={t("verify.failed")} text={begin.error.message} />}
      <div aria-live="polite">{last && !begin.isPending && <Outcome verification={last} />}</div>
      <DialogButtons>
        <Button isBusy={isBusy} onClick={() => mutate(sessionId)}>
          {t("verify.again")}
        </Button>
      </DialogButtons>
    </>
  );
}

const noticeKinds = { right: "good", wrong: "bad", incomplete: "warn" } as const;

function Outcome({ verification }: { verification: Verification }): React.ReactNode {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const { state, verdict, checks, problem, readBytes, totalBytes } = verification;
  return (
    <div className={css["outcome"]}>
      {state === "running" && (
        <label className={css["progress"]}>
          {t("verify.running", { read: bytes(readBytes), total: bytes(totalBytes) })}
          <progress value={readBytes} max={Math.max(totalBytes, readBytes, 1)} />
        </label>
      )}
      {problem !== null && <Notice kind="bad" title={t("verify.failed")} text={problem} />}
      {verdict !== null && <Notice kind={noticeKinds[verdict]} title={t(`verify.${verdict}`)} />}
      <ul className={css["checks"]}>
        {checks.map((check) => (
          <CheckRow key={`${check.kind} ${check.name}`} check={check} />
        ))}
      </ul>
    </div>
  );
}

const signs = {
  right: "✓",
  wrong: "✗",
  missing: "✗",
  removed: "–",
  notHere: "–",
  notChecked: "–",
} as const;

function CheckRow({ check }: { check: VerifyCheck }): React.ReactNode {
  const { t } = useTranslation();
  const { number } = useFormats();
  const { kind, role, name, verdict, detail, ranges } = check;
  const [first] = ranges;
  return (
    <li data-verdict={verdict}>
      <span aria-hidden="true">{signs[verdict]}</span>
      <span>
        <b>{t(role === null ? `verifyKind.${kind}` : `verifyRole.${role}`)}</b>{" "}
        {t(`verifyVerdict.${verdict}`)}
        <small className={css["small"]}>
          {name !== "" && <code>{name}</code>}
          {detail !== null && <span>{detail}</span>}
          {first && (
            <span>
              {t("verify.ranges", {
                count: ranges.length,
                from: number(first.start),
                to: number(first.end),
              })}
            </span>
          )}
        </small>
      </span>
    </li>
  );
}
