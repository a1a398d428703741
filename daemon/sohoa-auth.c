#include "sohoa-auth.h"

#include "sohoa-errors.h"

#include <polkit/polkit.h>
#include <unistd.h>

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
