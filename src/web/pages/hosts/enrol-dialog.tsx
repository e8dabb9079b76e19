import { Dialog } from "@base-ui/react/dialog";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { type Invitation, inviteHost, useHosts, useInvitation } from "../../api/hosts.ts";
import { Button } from "../../parts/button.tsx";
import { CopyButton } from "../../parts/copy-button.tsx";
import dialogCss from "../../parts/dialog.module.css";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import css from "./hosts.module.css";

/** Lets one more host join: a command to paste there, and a place where the host shows when it is here. */
export function EnrolDialog(): React.ReactNode {
  const { t } = useTranslation();
  const invite = useMutation({ mutationFn: inviteHost });
  const { data, error } = invite;
  const change = (isOpen: boolean): void => {
    invite.reset();
    if (isOpen) invite.mutate();
  };
  return (
    <Dialog.Root onOpenChange={change}>
      <Dialog.Trigger render={<Button kind="first" />}>{t("enrol.button")}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialogCss["shade"]} />
        <Dialog.Popup className={dialogCss["dialog"]}>
          <Dialog.Title render={<h2 />}>{t("enrol.title")}</Dialog.Title>
          <Dialog.Description>{t("enrol.text")}</Dialog.Description>
          {error && <Notice kind="bad" title={t("enrol.failed")} text={error.message} />}
          {data && <Command invitation={data} />}
          <div className={dialogCss["buttons"]}>
            {data && (
              <CopyButton
                kind="first"
                text={data.command}
                words={{ copy: t("enrol.copy"), copied: t("enrol.copied") }}
              />
            )}
            <Dialog.Close render={<Button />}>{t("enrol.close")}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Command({ invitation }: { invitation: Invitation }): React.ReactNode {
  const { t } = useTranslation();
  const { command, expiresTime, server, caSha256 } = invitation;
  return (
    <>
      <pre className={css["command"]} tabIndex={0} aria-label={t("enrol.command")}>
        {command}
      </pre>
      <dl className={css["token"]}>
        <dt>{t("enrol.expires")}</dt>
        <dd>
          <Moment time={expiresTime} />
        </dd>
        <dt>{t("enrol.server")}</dt>
        <dd>{server}</dd>
        <dt>{t("enrol.authority")}</dt>
        <dd>
          <code>{caSha256}</code>
        </dd>
      </dl>
      {isLoopback(server) && (
        <Notice kind="warn" title={t("enrol.loopback")} text={t("enrol.loopbackText")} />
      )}
      <Arrival id={invitation.id} />
    </>
  );
}

/** Waits for the host, and says when it is here. */
function Arrival({ id }: { id: string }): React.ReactNode {
  const { t } = useTranslation();
  const { data } = useInvitation(id);
  const { data: hosts } = useHosts();
  const host = hosts?.value.find(({ resourceId }) => resourceId === data?.host?.resourceId);
  const isHere = host?.state === "connected";
  return (
    <div className={css["arrival"]} role="status" data-kind={isHere ? "here" : data?.state}>
      {data?.state === "expired" && t("enrol.expired")}
      {data?.state === "waiting" && t("enrol.waiting")}
      {data?.state === "used" && !isHere && t("enrol.joined", { name: data.host?.name ?? "" })}
      {isHere && (
        <>
          {t("enrol.here", { name: host.name })}{" "}
          <Link href={`/hosts/${host.name}`}>{host.name}</Link>
        </>
      )}
    </div>
  );
}

/** An address that only this machine has. */
const isLoopback = (server: string): boolean => {
  const { hostname } = new URL(server);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
};
