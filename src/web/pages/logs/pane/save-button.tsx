import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  firstWorkspaceName,
  makeWorkspaceAction,
  type Place,
  saveAction,
  saveQuery,
  useSavedQueries,
  workspaceKeys,
} from "../../../api/saved-queries.ts";
import { Button } from "../../../parts/button.tsx";
import dialogCss from "../../../parts/dialog.module.css";
import { Field } from "../../../parts/field.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { useAllowed } from "../../../shell/session-context.ts";

const nameLengthMax = 260;

/** Keeps the query for everybody who reads the workspace, for whoever may write there. */
export function SaveButton({ query, place }: { query: string; place: Place }): React.ReactNode {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const maySave = useAllowed(saveAction);
  const mayMake = useAllowed(makeWorkspaceAction);
  if (!maySave || (place.workspaceId === null && !mayMake)) return null;
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger render={<Button disabled={query.trim() === ""} />}>
        {t("logs.save")}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialogCss["shade"]} />
        <Dialog.Popup className={dialogCss["dialog"]}>
          <Dialog.Title render={<h2 />}>{t("logs.saveTitle")}</Dialog.Title>
          <SaveForm query={query} place={place} close={() => setOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function SaveForm({
  query,
  place,
  close,
}: {
  query: string;
  place: Place;
  close: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { data: saved = [] } = useSavedQueries(place);
  const [displayName, setName] = useState("");
  const [category, setCategory] = useState(() => t("logs.category"));
  const before = saved.find(({ properties }) => properties.displayName === displayName.trim());
  const save = useMutation({
    mutationFn: () => {
      const names = { category: category.trim(), displayName: displayName.trim() };
      return saveQuery(place, { ...names, query }, before);
    },
    onSuccess: async () => {
      for (const queryKey of workspaceKeys) await queries.invalidateQueries({ queryKey });
      close();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {place.workspaceId === null && <p>{t("logs.saveFirst", { name: firstWorkspaceName })}</p>}
      <Field
        label={t("logs.saveName")}
        required
        maxLength={nameLengthMax}
        value={displayName}
        {...(before ? { hint: t("logs.saveReplaces") } : {})}
        onChange={({ target }) => setName(target.value)}
      />
      <Field
        label={t("logs.saveCategory")}
        required
        maxLength={nameLengthMax}
        value={category}
        onChange={({ target }) => setCategory(target.value)}
      />
      <pre tabIndex={0}>{query}</pre>
      {save.error && <Notice kind="bad" title={t("logs.notSaved")} text={save.error.message} />}
      <div className={dialogCss["buttons"]}>
        <Button kind="first" type="submit" isBusy={save.isPending}>
          {t("logs.save")}
        </Button>
        <Dialog.Close render={<Button />}>{t("kql.close")}</Dialog.Close>
      </div>
    </form>
  );
}
