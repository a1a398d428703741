#include "sohoa-agent-desk.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-record.h"
#include "sohoa-time.h"

#include <gio/gunixfdlist.h>

#define BUS_NAME "vn.sohoa.Desk1"
#define BUS_PATH "/vn/sohoa/Desk1"
#define CALL_MS (60 * 1000)
#define UNLOCK_MS (120 * 1000)
#define LOOK_MS 200
#define SIGN_WAIT_S (15 * 60)
#define DELIVERED_WAIT_S 30
#define MAX_PAPERS 200u

struct _SohoaAgentDesk {
  GDBusConnection *bus;         /* (owned) */
  GCancellable    *cancellable; /* (owned) (nullable) */
};

SohoaAgentDesk *
sohoa_agent_desk_new (GCancellable *cancellable, GError **error)
{
  const char *wanted = g_getenv ("SOHOA_BUS");
  GBusType type = wanted != NULL && g_str_equal (wanted, "session") ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM;
  g_autofree char *address = g_dbus_address_get_for_bus_sync (type, cancellable, error);
  SohoaAgentDesk *self;
  GDBusConnection *bus;

  if (address == NULL)
    return NULL;
  bus = g_dbus_connection_new_for_address_sync (
    address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, cancellable,
    error);
  if (bus == NULL)
    return NULL;
  self = g_new0 (SohoaAgentDesk, 1);
  self->bus = bus;
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  return self;
}

void
sohoa_agent_desk_free (SohoaAgentDesk *self)
{
  if (self == NULL)
    return;
  (void) g_dbus_connection_close_sync (self->bus, NULL, NULL);
  g_object_unref (self->bus);
  g_clear_object (&self->cancellable);
  g_free (self);
}

/* @method: "Documents.Get". @args is consumed. */
static GVariant *
call_with (SohoaAgentDesk *self, const char *method, GVariant *args, const char *reply, int ms, GUnixFDList *fds,
           GUnixFDList **fds_out, GError **error)
{
  g_auto(GStrv) parts = g_strsplit (method, ".", 2);
  g_autofree char *interface = g_strconcat (BUS_NAME ".", parts[0], NULL);
  GVariant *answer = g_dbus_connection_call_with_unix_fd_list_sync (self->bus, BUS_NAME, BUS_PATH, interface, parts[1], args,
                                                                    G_VARIANT_TYPE (reply), G_DBUS_CALL_FLAGS_NONE, ms, fds,
                                                                    fds_out, self->cancellable, error);

  if (answer == NULL && error != NULL && *error != NULL)
    g_dbus_error_strip_remote_error (*error);
  return answer;
}

static GVariant *
call (SohoaAgentDesk *self, const char *method, GVariant *args, const char *reply, GError **error)
{
  return call_with (self, method, args, reply, CALL_MS, NULL, NULL, error);
}

static const char *
text_of (GVariant *dict, const char *key)
{
  const char *text = "";

  (void) g_variant_lookup (dict, key, "&s", &text);
  return text;
}

/* One document; the outs may be NULL. */
static gboolean
get (SohoaAgentDesk *self, const char *id, char **state_out, guint *revision_out, SohoaRecord **record_out, GVariant **info_out,
     GError **error)
{
  g_autoptr(GVariant) answer = call (self, "Documents.Get", g_variant_new ("(s)", id), "(ssua{sv})", error);
  g_autoptr(GVariant) info = NULL;
  const char *json, *state;
  guint revision;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(&s&su@a{sv})", &json, &state, &revision, &info);
  if (record_out != NULL && (*record_out = sohoa_record_from_json (json, -1, error)) == NULL)
    return FALSE;
  if (state_out != NULL)
    *state_out = g_strdup (state);
  if (revision_out != NULL)
    *revision_out = revision;
  if (info_out != NULL)
    *info_out = g_steal_pointer (&info);
  return TRUE;
}

/* ---- what may be handed over ---- */

void
sohoa_agent_paper_free (SohoaAgentPaper *self)
{
  g_free (self->id);
  g_free (self->title);
  g_free (self->detail);
  g_free (self);
}

static SohoaAgentPaper *
paper_new (const char *id, const char *state, GVariant *summary)
{
  SohoaAgentPaper *paper = g_new0 (SohoaAgentPaper, 1);
  const char *number = text_of (summary, "number");

  paper->id = g_strdup (id);
  paper->title = g_strdup_printf ("%s%s%s", number, number[0] != '\0' ? " · " : "", text_of (summary, "subject"));
  paper->detail = g_strdup_printf ("%s · %s", text_of (summary, "issuer"), text_of (summary, "issued"));
  paper->needs_signature = g_str_equal (state, "confirmed") || g_str_equal (state, "registered") || g_str_equal (state, "signing");
  return paper;
}

/* Whether the daemon leaves handing over to the clerk. */
static gboolean
is_assisted (SohoaAgentDesk *self, const char *id)
{
  g_autoptr(GVariant) info = NULL;
  gboolean assisted = FALSE;

  if (!get (self, id, NULL, NULL, NULL, &info, NULL))
    return FALSE;
  return g_variant_lookup (info, "assisted", "b", &assisted) && assisted;
}

static gboolean
list_state (SohoaAgentDesk *self, const char *state, GPtrArray *papers, GError **error)
{
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GVariantIter) rows = NULL;
  GVariantBuilder filter;
  const char *id, *now;
  GVariant *summary;
  guint revision;

  g_variant_builder_init (&filter, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&filter, "{sv}", "state", g_variant_new_string (state));
  answer = call (self, "Documents.List", g_variant_new ("(a{sv}su)", &filter, "", MAX_PAPERS), "(a(susa{sv})s)", error);
  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(a(susa{sv})s)", &rows, NULL);
  while (g_variant_iter_loop (rows, "(&su&s@a{sv})", &id, &revision, &now, &summary))
    if (papers->len < MAX_PAPERS && is_assisted (self, id))
      g_ptr_array_add (papers, paper_new (id, now, summary));
  return TRUE;
}

GPtrArray *
sohoa_agent_desk_list (SohoaAgentDesk *self, GError **error)
{
  static const char *const states[] = { "confirmed", "signing", "delivered" };
  g_autoptr(GPtrArray) papers = g_ptr_array_new_with_free_func ((GDestroyNotify) sohoa_agent_paper_free);

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    if (!list_state (self, states[i], papers, error))
      return NULL;
  return g_steal_pointer (&papers);
}

/* ---- the token ---- */

/* (nullable) base64 of the first certificate of @token that may sign. g_free. */
static char *
dup_certificate (GVariant *token)
{
  g_autoptr(GVariant) certificates = g_variant_lookup_value (token, "certificates", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; certificates != NULL && i < g_variant_n_children (certificates); i++) {
    g_autoptr(GVariant) certificate = g_variant_get_child_value (certificates, i);
    g_autoptr(GVariant) der = g_variant_lookup_value (certificate, "der", G_VARIANT_TYPE_BYTESTRING);
    gboolean may_sign = FALSE;
    gsize length;
    gconstpointer data;

    if (der == NULL || !g_variant_lookup (certificate, "may-sign", "b", &may_sign) || !may_sign)
      continue;
    data = g_variant_get_fixed_array (der, &length, 1);
    return g_base64_encode (data, length);
  }
  return NULL;
}

char *
sohoa_agent_desk_dup_token (SohoaAgentDesk *self, char **certificate_out, GError **error)
{
  g_autoptr(GError) local = NULL;
  g_autoptr(GVariant) answer = call (self, "Signing.ListTokens", NULL, "(a{sv})", &local);
  g_autoptr(GVariant) report = NULL;
  g_autoptr(GVariant) tokens = NULL;
  char *line = NULL;

  if (certificate_out != NULL)
    *certificate_out = NULL;
  if (answer == NULL && g_error_matches (local, SOHOA_ERROR, SOHOA_ERROR_CONFIG))
    return NULL; /* no token is configured */
  if (answer == NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  report = g_variant_get_child_value (answer, 0);
  tokens = g_variant_lookup_value (report, "tokens", G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; line == NULL && tokens != NULL && i < g_variant_n_children (tokens); i++) {
    g_autoptr(GVariant) token = g_variant_get_child_value (tokens, i);

    line = g_strdup (text_of (token, "label"));
    if (certificate_out != NULL)
      *certificate_out = dup_certificate (token);
  }
  return line != NULL ? line : g_strdup ("");
}

/* ---- signing ---- */

static gboolean
begin_signing (SohoaAgentDesk *self, const char *id, int pin_fd, gboolean final_try, GError **error)
{
  g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
  g_autoptr(GVariant) info = NULL;
  g_autoptr(GVariant) answer = NULL;
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  GVariantBuilder list, options;
  guint revision;

  if (!get (self, id, NULL, &revision, NULL, &info, error))
    return FALSE;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (pin_fd < 0) {
    answer = call (self, "Documents.Sign", g_variant_new ("(susa{sv})", id, revision, token, &options), "(u)", error);
    return answer != NULL;
  }
  if (final_try)
    g_variant_builder_add (&options, "{sv}", "final-try", g_variant_new_boolean (TRUE));
  if (g_unix_fd_list_append (fds, pin_fd, error) < 0)
    return FALSE;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sus)"));
  g_variant_builder_add (&list, "(sus)", id, revision, text_of (info, "shown-sha256"));
  answer = call_with (self, "Signing.Unlock", g_variant_new ("(a(sus)ha{sv})", &list, 0, &options), "(sa(ss))", UNLOCK_MS, fds, NULL,
                      error);
  return answer != NULL;
}

/* Sleeps a little; FALSE when the time is over or the call ends. */
static gboolean
wait_a_little (SohoaAgentDesk *self, gint64 until_us, const char *late, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (g_get_monotonic_time () > until_us) {
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, late);
    return FALSE;
  }
  g_usleep (LOOK_MS * 1000);
  return TRUE;
}

gboolean
sohoa_agent_desk_sign (SohoaAgentDesk *self, const char *id, int pin_fd, gboolean final_try, GError **error)
{
  gint64 until_us = g_get_monotonic_time () + (gint64) SIGN_WAIT_S * G_USEC_PER_SEC;

  if (!begin_signing (self, id, pin_fd, final_try, error))
    return FALSE;
  for (;;) {
    g_autofree char *state = NULL;
    g_autoptr(GVariant) info = NULL;
    const char *reason;

    if (!get (self, id, &state, NULL, NULL, &info, error))
      return FALSE;
    reason = text_of (info, "reason");
    if (!g_str_equal (state, "confirmed") && !g_str_equal (state, "registered") && !g_str_equal (state, "signing")
        && !g_str_equal (state, "failed"))
      return TRUE;
    if (g_str_equal (state, "failed") || (g_str_equal (state, "signing") && reason[0] != '\0')) {
      g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_INVALID, "%s", reason[0] != '\0' ? reason : state);
      return FALSE;
    }
    if (!wait_a_little (self, until_us, "Ký số quá lâu: xem văn bản tại bàn.", error))
      return FALSE;
  }
}

GBytes *
sohoa_agent_desk_get_file (SohoaAgentDesk *self, const char *id, guint64 max_bytes, char **name_out, GError **error)
{
  g_autoptr(GUnixFDList) fds = NULL;
  g_autoptr(GVariant) answer
    = call_with (self, "Documents.GetDocumentFile", g_variant_new ("(s)", id), "(hs)", CALL_MS, NULL, &fds, error);
  SOHOA_AUTO_FD int fd = answer != NULL && fds != NULL ? g_unix_fd_list_get (fds, 0, error) : -1;
  GBytes *bytes = fd >= 0 ? sohoa_fd_read_bytes (fd, max_bytes, error) : NULL;

  if (bytes != NULL)
    *name_out = g_strconcat (id, ".pdf", NULL);
  return bytes;
}

gboolean
sohoa_agent_desk_get_number (SohoaAgentDesk *self, const char *id, char **number_out, char **day_out, GError **error)
{
  g_autoptr(SohoaRecord) record = NULL;

  if (!get (self, id, NULL, NULL, &record, NULL, error))
    return FALSE;
  *number_out = g_strdup (sohoa_record_value (record, "CodeNumber"));
  *day_out = g_strdup (sohoa_record_value (record, "IssuedDate"));
  return TRUE;
}

gboolean
sohoa_agent_desk_enter (SohoaAgentDesk *self, const char *id, const char *number, const char *day, const char *via, GError **error)
{
  g_autofree char *token = sohoa_id_new (sohoa_time_now_us ());
  gint64 until_us = g_get_monotonic_time () + (gint64) DELIVERED_WAIT_S * G_USEC_PER_SEC;
  g_autoptr(GVariant) answer = NULL;
  GVariantBuilder options;
  guint revision = 0;

  for (;;) {
    g_autofree char *state = NULL;

    if (!get (self, id, &state, &revision, NULL, NULL, error))
      return FALSE;
    if (g_str_equal (state, "delivered"))
      break;
    if (!wait_a_little (self, until_us, "Văn bản chưa ở trạng thái đã chuyển: nhập số đến sau tại bàn.", error))
      return FALSE;
  }
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&options, "{sv}", "arrival-number", g_variant_new_string (number));
  if (day[0] != '\0')
    g_variant_builder_add (&options, "{sv}", "arrival-date", g_variant_new_string (day));
  g_variant_builder_add (&options, "{sv}", "via", g_variant_new_string (via));
  answer = call (self, "Documents.EnterAnswer", g_variant_new ("(susa{sv})", id, revision, token, &options), "(u)", error);
  return answer != NULL;
}
