import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { changeOwnPassword } from "../../api/users.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Panel } from "../../parts/panel.tsx";
import { textOf } from "../../shell/sign-in-page.tsx";
import css from "./settings.module.css";

/** A new password for whoever is signed in; the page begins anew with the new session. */
export function OwnPassword(): React.ReactNode {
  const { t } = useTranslation();
  const work = useMutation({
    mutationFn: changeOwnPassword,
    onSuccess: () => location.reload(),
  });
  return (
    <Panel title={t("people.ownPassword")}>
      <form
        className={css["form"]}
        action={(form: FormData) =>
          work.mutate({
            currentPassword: textOf(form, "current"),
            password: textOf(form, "next"),
          })
        }
      >
        <Field
          label={t("people.currentPassword")}
          name="current"
          type="password"
          autoComplete="current-password"
          required
        />
        <Field
          label={t("welcome.password")}
          name="next"
          type="password"
          autoComplete="new-password"
          required
        />
        <Button type="submit" isBusy={work.isPending}>
          {t("people.change")}
        </Button>
        {work.error && (
          <p role="alert" className={css["bad"]}>
            {work.error.message}
          </p>
        )}
      </form>
    </Panel>
  );
}
