/* Who may do what: on the system bus polkit decides per action, the subject being the caller's unique bus
 * name; on a session bus only the daemon's own user. Blocking: call in a thread. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define SOHOA_ACTION_SCAN "vn.sohoa.desk.scan"
#define SOHOA_ACTION_CONFIRM "vn.sohoa.desk.confirm"
#define SOHOA_ACTION_SIGN "vn.sohoa.desk.sign"
#define SOHOA_ACTION_SUBMIT "vn.sohoa.desk.submit"
#define SOHOA_ACTION_READ_PETITIONS "vn.sohoa.desk.read-petitions"
#define SOHOA_ACTION_ADMINISTER "vn.sohoa.desk.administer"

/* @action NULL: reading, which any local user of the desk may (bus policy). SOHOA_ERROR_NOT_AUTHORISED otherwise.
 * @actor_out: "uid:1000", g_free. */
gboolean sohoa_auth_check (GDBusMethodInvocation *invocation, gboolean session, const char *action, char **actor_out,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether the caller handles letters of citizens: a member of the unix group @group, or (@group "") who polkit lets on the
 * system bus, or the user of a session's own desk. SOHOA_ERROR_NOT_AUTHORISED otherwise. */
gboolean sohoa_auth_check_petitions (GDBusMethodInvocation *invocation, gboolean session, const char *group, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
