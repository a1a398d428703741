#include "sohoa-auth.h"

#include "sohoa-errors.h"

#include <grp.h>
#include <polkit/polkit.h>
#include <pwd.h>
#include <unistd.h>

#define MAX_GROUPS 256        /* of one user */
#define NAMES_MAX_BYTES 65536 /* of a row of the user or group data base */

static gboolean
get_uid (GDBusMethodInvocation *invocation, guint *uid_out, GError **error)
{
  g_autoptr(GVariant) answer = g_dbus_connection_call_sync (
    g_dbus_method_invocation_get_connection (invocation), "org.freedesktop.DBus", "/org/freedesktop/DBus",
    "org.freedesktop.DBus", "GetConnectionUnixUser", g_variant_new ("(s)", g_dbus_method_invocation_get_sender (invocation)),
    G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);

  if (answer == NULL) {
    g_prefix_error (error, "caller: ");
    return FALSE;
  }
  g_variant_get (answer, "(u)", uid_out);
  return TRUE;
}

static gboolean
ask_polkit (GDBusMethodInvocation *invocation, const char *action, GError **error)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);
  g_autoptr(PolkitAuthority) authority = polkit_authority_get_sync (NULL, error);
  g_autoptr(PolkitSubject) subject = polkit_system_bus_name_new (g_dbus_method_invocation_get_sender (invocation));
  g_autoptr(PolkitAuthorizationResult) result = NULL;
  PolkitCheckAuthorizationFlags flags = POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE;

  if (authority == NULL)
    return FALSE;
  if (g_dbus_message_get_flags (message) & G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION)
    flags = POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION;
  result = polkit_authority_check_authorization_sync (authority, subject, action, NULL, flags, NULL, error);
  if (result == NULL)
    return FALSE;
  if (polkit_authorization_result_get_is_authorized (result))
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "%s: not allowed: ask the administrator of this desk", action);
  return FALSE;
}

gboolean
sohoa_auth_check (GDBusMethodInvocation *invocation, gboolean session, const char *action, char **actor_out,
                  GError **error)
{
  g_autoptr(GError) local = NULL;
  guint uid = 0;

  *actor_out = NULL;
  if (!get_uid (invocation, &uid, &local) || (!session && action != NULL && !ask_polkit (invocation, action, &local))) {
    if (local->domain == SOHOA_ERROR)
      g_propagate_error (error, g_steal_pointer (&local));
    else
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "%s: cannot be decided: %s",
                   action != NULL ? action : "caller", local->message);
    return FALSE;
  }
  if (session && uid != getuid ()) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "uid %u: this desk belongs to another user: use your own", uid);
    return FALSE;
  }
  *actor_out = g_strdup_printf ("uid:%u", uid);
  return TRUE;
}

static gboolean
is_member (guint uid, const char *group)
{
  g_autofree char *user_buffer = g_malloc (NAMES_MAX_BYTES);
  g_autofree char *group_buffer = g_malloc (NAMES_MAX_BYTES);
  struct passwd user, *user_found = NULL;
  struct group row, *group_found = NULL;
  gid_t groups[MAX_GROUPS];
  int n = MAX_GROUPS;

  if (getpwuid_r (uid, &user, user_buffer, NAMES_MAX_BYTES, &user_found) != 0 || user_found == NULL
      || getgrnam_r (group, &row, group_buffer, NAMES_MAX_BYTES, &group_found) != 0 || group_found == NULL
      || getgrouplist (user.pw_name, user.pw_gid, groups, &n) < 0)
    return FALSE;
  for (int i = 0; i < n; i++)
    if (groups[i] == row.gr_gid)
      return TRUE;
  return FALSE;
}

gboolean
sohoa_auth_check_petitions (GDBusMethodInvocation *invocation, gboolean session, const char *group, GError **error)
{
  guint uid = 0;

  if (group[0] == '\0')
    return session || ask_polkit (invocation, SOHOA_ACTION_READ_PETITIONS, error);
  if (!get_uid (invocation, &uid, error))
    return FALSE;
  if (is_member (uid, group))
    return TRUE;
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_AUTHORISED, "uid %u: not in the group %s", uid, group);
  return FALSE;
}
