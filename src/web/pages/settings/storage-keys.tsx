import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditEntry, readAuditAction, useAudit } from "../../api/audit.ts";
import {
  accountsKey,
  isOwnStore,
  type KeyName,
  keyNames,
  listKeysAction,
  readAccountsAction,
  readStorageKey,
  regenerateKey,
  regenerateKeyAction,
  signLinkAction,
  type StorageAccount,
  useStorageAccounts,
} from "../../api/storage-keys.ts";
import { ActButton } from "../../parts/act-button.tsx";
import { Button } from "../../parts/button.tsx";
import { CopyButton } from "../../parts/copy-button.tsx";
import { DataTable } from "../../parts/data-table.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import css from "./settings.module.css";

/** How far back links are counted that people made. */
const linkDays = 30;
const dayMilliseconds = 86_400_000;

/** The two keys of the store's account, what each signs, and their end; never shown but to who may read them. */
export function StorageKeys(): React.ReactNode {
  const { t } = useTranslation();
  const mayRead = useAllowed(readAccountsAction);
  const { data: accounts = [], error } = useStorageAccounts(mayRead);
  const elsewhere = accounts.filter((account) => !isOwnStore(account));
  if (!mayRead) return null;
  return (
    <Panel title={t("storageKeys.title")}>
      {error && <Notice kind="bad" title={t("storageKeys.none")} text={error.message} />}
      {accounts.filter(isOwnStore).map((account) => (
        <Keys key={account.id} account={account} />
      ))}
      {elsewhere.length > 0 && (
        <p className={css["empty"]}>
          {t("storageKeys.elsewhere", { names: elsewhere.map(({ name }) => name).join(", ") })}
        </p>
      )}
    </Panel>
  );
}

function Keys({ account }: { account: StorageAccount }): React.ReactNode {
  const { t } = useTranslation();
  const mayRegenerate = useAllowed(regenerateKeyAction);
  const [madeCount, setMadeCount] = useState(0);
  return (
    <DataTable<KeyName>
      label={`${t("storageKeys.title")} ${account.name}`}
      rows={keyNames}
      keyOf={(name) => name}
      columns={[
        {
          key: "key",
          title: t("keys.key"),
          show: (name) => (
            <>
              <code>{name}</code> <span className={css["small"]}>{account.name}</span>
            </>
          ),
        },
        { key: "signs", title: t("storageKeys.signs"), show: (name) => t(`storageKeys.${name}`) },
        {
          key: "value",
          title: t("storageKeys.value"),
          // A key that was shown and is no more is not shown any longer.
          show: (name) => <Value key={madeCount} account={account} name={name} />,
        },
        {
          key: "acts",
          title: t("settings.acts"),
          show: (name) =>
            mayRegenerate && (
              <div className={css["rowActs"]}>
                <ActButton
                  kind="danger"
                  words={t(`storageKeys.${name}End`)}
                  question={{
                    title: t(`storageKeys.${name}Question`),
                    text: t(`storageKeys.${name}Text`),
                    more: name === "key2" && <MadeLinks />,
                  }}
                  act={() => regenerateKey(account, name)}
                  changes={[accountsKey]}
                  onDone={() => setMadeCount(madeCount + 1)}
                />
              </div>
            ),
        },
      ]}
    />
  );
}

function Value({ account, name }: { account: StorageAccount; name: KeyName }): React.ReactNode {
  const { t } = useTranslation();
  const mayShow = useAllowed(listKeysAction);
  const show = useMutation({ mutationFn: () => readStorageKey(account, name) });
  if (!mayShow) return t("storageKeys.hidden");
  if (show.data === undefined) {
    return (
      <div className={css["rowActs"]}>
        <Button
          aria-label={t("storageKeys.showOf", { name })}
          isBusy={show.isPending}
          onClick={() => show.mutate()}
        >
          {t("storageKeys.show")}
        </Button>
        {show.error && (
          <p role="alert" className={css["bad"]}>
            {show.error.message}
          </p>
        )}
      </div>
    );
  }
  return (
    <div className={css["rowActs"]}>
      <code className={css["secret"]}>{show.data}</code>
      <CopyButton text={show.data} />
      <Button onClick={() => show.reset()}>{t("storageKeys.hide")}</Button>
    </div>
  );
}

/** Of links themselves nothing is kept: the audit says how often one was made. */
function MadeLinks(): React.ReactNode {
  const { t } = useTranslation();
  const mayRead = useAllowed(readAuditAction);
  return mayRead ? <CountedLinks /> : <p>{t("storageKeys.notCounted")}</p>;
}

function CountedLinks(): React.ReactNode {
  const { t } = useTranslation();
  const [from] = useState(() => new Date(Date.now() - linkDays * dayMilliseconds).toISOString());
  const { data } = useAudit(from);
  if (!data) return null;
  const count = data.filter(isMadeLink).length;
  return <p role="status">{t("storageKeys.made", { count, days: linkDays })}</p>;
}

const isMadeLink = ({ action, outcome }: AuditEntry): boolean =>
  action.toLowerCase() === signLinkAction.toLowerCase() && outcome.status < 300;
