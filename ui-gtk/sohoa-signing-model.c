#include "sohoa-signing-model.h"

#include "sohoa-errors.h"
#include "sohoa-secret.h"
#include "sohoa-words.h"

#include <unistd.h>

typedef struct {
  char *id, *shown; /* (owned) */
  guint revision;
} Shown;

struct _SohoaSigningModel {
  GObject       parent;
  SohoaDeskBus *bus;     /* (owned) */
  GPtrArray    *shown;   /* (owned) (element-type Shown) */
  char         *token, *unlock; /* (owned) (nullable) */
  guint         pending; /* answers outstanding */
  guint         round;   /* answers of an older list are dropped */
  gboolean      final;
};

G_DEFINE_FINAL_TYPE (SohoaSigningModel, sohoa_signing_model, G_TYPE_OBJECT)

enum { CHANGED, UNLOCKED, FAILED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
shown_free (gpointer data)
{
  Shown *shown = data;

  g_free (shown->id);
  g_free (shown->shown);
  g_free (shown);
}

static void
sohoa_signing_model_dispose (GObject *object)
{
  SohoaSigningModel *self = SOHOA_SIGNING_MODEL (object);

  g_clear_object (&self->bus);
  g_clear_pointer (&self->shown, g_ptr_array_unref);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->unlock, g_free);
  G_OBJECT_CLASS (sohoa_signing_model_parent_class)->dispose (object);
}

static void
sohoa_signing_model_class_init (SohoaSigningModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = sohoa_signing_model_dispose;
  signals[CHANGED] = g_signal_new ("changed", SOHOA_TYPE_SIGNING_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[UNLOCKED] = g_signal_new ("unlocked", SOHOA_TYPE_SIGNING_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", SOHOA_TYPE_SIGNING_MODEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                  G_TYPE_STRING, G_TYPE_STRING);
}

static void
sohoa_signing_model_init (SohoaSigningModel *self)
{
  self->shown = g_ptr_array_new_with_free_func (shown_free);
}

SohoaSigningModel *
sohoa_signing_model_new (SohoaDeskBus *bus)
{
  SohoaSigningModel *self = g_object_new (SOHOA_TYPE_SIGNING_MODEL, NULL);

  self->bus = g_object_ref (bus);
  return self;
}

static void
tell_failed (SohoaSigningModel *self, const GError *error)
{
  g_autofree char *text = sohoa_words_error (error);

  g_signal_emit (self, signals[FAILED], 0, text, sohoa_error_name (error));
}

/* ---- what is shown ---- */

typedef struct {
  SohoaSigningModel *self; /* (owned) */
  char              *id;   /* (owned) */
  guint              round;
} Asked;

static void
on_got (GObject *source, GAsyncResult *result, gpointer data)
{
  Asked *asked = data;
  SohoaSigningModel *self = asked->self;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, NULL);

  if (asked->round == self->round) {
    self->pending--;
    if (answer != NULL) {
      g_autoptr(GVariant) info = g_variant_get_child_value (answer, 3);
      Shown *shown = g_new0 (Shown, 1);

      shown->id = g_strdup (asked->id);
      shown->shown = g_strdup (sohoa_variant_text (info, "shown-sha256"));
      g_variant_get_child (answer, 2, "u", &shown->revision);
      g_ptr_array_add (self->shown, shown);
    }
    g_signal_emit (self, signals[CHANGED], 0);
  }
  g_object_unref (self);
  g_free (asked->id);
  g_free (asked);
}

static void
on_tokens (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaSigningModel) self = SOHOA_SIGNING_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);
  g_autoptr(GVariant) report = answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
  g_autoptr(GVariant) tokens = report != NULL ? g_variant_lookup_value (report, "tokens", G_VARIANT_TYPE ("aa{sv}")) : NULL;

  g_free (self->token);
  self->token = NULL;
  if (tokens != NULL && g_variant_n_children (tokens) > 0) {
    g_autoptr(GVariant) token = g_variant_get_child_value (tokens, 0);

    self->final = sohoa_variant_flag (token, "pin-final");
    self->token = sohoa_variant_flag (token, "pin-locked") ? sohoa_words_fault ("Sign.PinLocked", 0)
                  : self->final ? sohoa_words_fault ("Sign.PinFinal", 0)
                                : g_strdup_printf (_("USB ký số: %s"), sohoa_variant_text (token, "label"));
  } else {
    self->token = sohoa_words_fault ("Sign.TokenRemoved", 0);
  }
  g_signal_emit (self, signals[CHANGED], 0);
}

void
sohoa_signing_model_prepare (SohoaSigningModel *self, const char *const *ids)
{
  self->round++;
  self->pending = 0;
  g_ptr_array_set_size (self->shown, 0);
  for (guint i = 0; ids[i] != NULL; i++) {
    Asked *asked = g_new0 (Asked, 1);

    asked->self = g_object_ref (self);
    asked->id = g_strdup (ids[i]);
    asked->round = self->round;
    self->pending++;
    sohoa_desk_bus_call (self->bus, "Documents.Get", g_variant_new ("(s)", ids[i]), "(ssua{sv})", NULL, NULL, on_got, asked);
  }
  sohoa_desk_bus_call (self->bus, "Signing.ListTokens", NULL, "(a{sv})", NULL, NULL, on_tokens, g_object_ref (self));
}

guint
sohoa_signing_model_count (SohoaSigningModel *self)
{
  return self->shown->len;
}

gboolean
sohoa_signing_model_is_ready (SohoaSigningModel *self)
{
  return self->pending == 0 && self->shown->len > 0;
}

gboolean
sohoa_signing_model_asked_final (SohoaSigningModel *self)
{
  return self->final;
}

const char *
sohoa_signing_model_peek_token (SohoaSigningModel *self)
{
  return self->token != NULL ? self->token : _("Đang tìm USB ký số …");
}

/* ---- the PIN ---- */

static void
on_unlocked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(SohoaSigningModel) self = SOHOA_SIGNING_MODEL (data);
  g_autoptr(GError) error = NULL;
  g_autoptr(GVariant) answer = sohoa_desk_bus_call_finish (result, NULL, &error);

  self->pending = 0;
  if (answer == NULL) {
    self->final = g_error_matches (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_PIN_FINAL);
    tell_failed (self, error);
    return;
  }
  g_free (self->unlock);
  g_variant_get_child (answer, 0, "s", &self->unlock);
  g_signal_emit (self, signals[UNLOCKED], 0);
}

void
sohoa_signing_model_sign (SohoaSigningModel *self, const char *pin)
{
  g_autoptr(GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr(GError) error = NULL;
  GVariantBuilder documents, options;
  int fd, handle;

  if (!sohoa_signing_model_is_ready (self))
    return;
  fd = sohoa_secret_open_pipe (pin, &error);
  handle = fd >= 0 ? g_unix_fd_list_append (fds, fd, &error) : -1;
  if (fd >= 0)
    (void) close (fd);
  if (handle < 0) {
    tell_failed (self, error);
    return;
  }
  g_variant_builder_init (&documents, G_VARIANT_TYPE ("a(sus)"));
  for (guint i = 0; i < self->shown->len; i++) {
    const Shown *shown = g_ptr_array_index (self->shown, i);

    g_variant_builder_add (&documents, "(sus)", shown->id, shown->revision, shown->shown);
  }
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (self->final)
    g_variant_builder_add (&options, "{sv}", "final-try", g_variant_new_boolean (TRUE));
  self->pending = 1;
  sohoa_desk_bus_call (self->bus, "Signing.Unlock", g_variant_new ("(a(sus)ha{sv})", &documents, handle, &options), "(sa(ss))", fds,
                       NULL, on_unlocked, g_object_ref (self));
}

void
sohoa_signing_model_lock (SohoaSigningModel *self)
{
  if (self->unlock == NULL)
    return;
  sohoa_desk_bus_call (self->bus, "Signing.Lock", g_variant_new ("(s)", self->unlock), "()", NULL, NULL, NULL, NULL);
  g_clear_pointer (&self->unlock, g_free);
}
