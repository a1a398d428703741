/* sohoa-sign-worker: one unlock of one PKCS#11 token. The only program that loads a vendor's module; it belongs to
 * whoever holds the other end of its pipe and ends with it. It signs what is on the list it was unlocked for, and
 * nothing that was added afterwards (design.md 2). The module is foreign code with a need of its own (USB, pcscd,
 * helper programs), so there is no system call filter here: the process is what is between it and the desk. */
#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "sohoa-errors.h"
#include "sohoa-log.h"
#include "sohoa-protocol.h"
#include "sohoa-sandbox.h"
#include "sohoa-sign-protocol.h"
#include "sohoa-token-guard.h"
#include "sohoa-token.h"
#include "sohoa-unlock.h"
#include "sohoa-wire.h"

#define SEND_TIMEOUT_MS (10 * 1000)
#define ITEM_TYPE "(sus)"

static struct {
  SohoaToken *token;   /* (owned) (nullable) until open */
  GHashTable *tries;   /* (owned) (nullable) until unlock: item, printed → signatures left */
} worker;

typedef struct {
  GVariant *args;  /* (unowned) */
  const int *fds;  /* (unowned) */
  guint     n_fds;
} Request;

static gboolean
fail_request (GError **error, const char *why)
{
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INTERNAL, "sign worker: %s: report this", why);
  return FALSE;
}

static GVariant *
no_results (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}

static GVariant *
op_open (const Request *request, GError **error)
{
  const char *uri = "";
  guint limit_ms = 0;

  if (worker.token != NULL || !g_variant_lookup (request->args, "uri", "&s", &uri)
      || !g_variant_lookup (request->args, "limit-ms", "u", &limit_ms)) {
    fail_request (error, "open");
    return NULL;
  }
  sohoa_token_guard_init (SOHOA_WORKER_FD, limit_ms);
  worker.token = sohoa_token_open (uri, error);
  return worker.token != NULL ? no_results () : NULL;
}

static GVariant *
op_report (const Request *request, GError **error)
{
  if (worker.token == NULL) {
    fail_request (error, "report before open");
    return NULL;
  }
  return sohoa_token_describe (worker.token, error);
}

static GHashTable *
read_items (GVariant *items, GError **error)
{
  g_autoptr (GHashTable) tries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (items == NULL || g_variant_n_children (items) == 0 || g_variant_n_children (items) > SOHOA_UNLOCK_MAX_ITEMS) {
    fail_request (error, "the list of documents");
    return NULL;
  }
  for (gsize i = 0; i < g_variant_n_children (items); i++) {
    g_autoptr (GVariant) item = g_variant_get_child_value (items, i);

    g_hash_table_replace (tries, g_variant_print (item, FALSE), GUINT_TO_POINTER (SOHOA_UNLOCK_MAX_TRIES));
  }
  return g_steal_pointer (&tries);
}

static GVariant *
op_unlock (const Request *request, GError **error)
{
  g_autoptr (GVariant) items = g_variant_lookup_value (request->args, "items", G_VARIANT_TYPE ("a" ITEM_TYPE));
  g_autoptr (SohoaPassphrase) pin = sohoa_passphrase_new ();
  g_autoptr (GHashTable) tries = read_items (items, error);
  g_autoptr (GPtrArray) certificates = NULL;
  gboolean final_try = FALSE;
  GVariantBuilder list;
  GVariantDict results;

  if (tries == NULL)
    return NULL;
  if (worker.token == NULL || worker.tries != NULL || !g_variant_lookup (request->args, "final-try", "b", &final_try)) {
    fail_request (error, "unlock");
    return NULL;
  }
  if (request->n_fds > 0
      && !SOHOA_GUARDED ("reading the PIN", SOHOA_TOKEN_LOGIN_MS, sohoa_passphrase_read (pin, request->fds[0], error)))
    return NULL;
  if (!sohoa_token_unlock (worker.token, pin, final_try, &certificates, error))
    return NULL;
  worker.tries = g_steal_pointer (&tries);
  g_variant_builder_init (&list, G_VARIANT_TYPE ("aay"));
  for (guint i = 0; i < certificates->len; i++)
    g_variant_builder_add_value (&list, g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, certificates->pdata[i], TRUE));
  g_variant_dict_init (&results, NULL);
  g_variant_dict_insert_value (&results, "certificates", g_variant_builder_end (&list));
  return g_variant_dict_end (&results);
}

/* Whether the item is on the list and may be signed once more. */
static gboolean
take_try (GVariant *item, GError **error)
{
  g_autofree char *key = item != NULL ? g_variant_print (item, FALSE) : NULL;
  guint left = key != NULL && worker.tries != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (worker.tries, key)) : 0;

  if (left == 0) {
    g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_LOCKED,
                 "token: this document is not what was unlocked: look at it again, then enter the PIN");
    return FALSE;
  }
  g_hash_table_replace (worker.tries, g_steal_pointer (&key), GUINT_TO_POINTER (left - 1));
  return TRUE;
}

static GVariant *
op_sign (const Request *request, GError **error)
{
  g_autoptr (GVariant) item = g_variant_lookup_value (request->args, "item", G_VARIANT_TYPE (ITEM_TYPE));
  g_autoptr (GVariant) attributes = g_variant_lookup_value (request->args, "attributes", G_VARIANT_TYPE_BYTESTRING);
  g_autoptr (GBytes) signature = NULL;
  gsize length = 0;
  const guint8 *data = attributes != NULL ? g_variant_get_fixed_array (attributes, &length, 1) : NULL;
  GVariantDict results;

  if (worker.token == NULL || length == 0 || length > SOHOA_SIGN_MAX_ATTRIBUTES_BYTES) {
    fail_request (error, "sign");
    return NULL;
  }
  if (!take_try (item, error))
    return NULL;
  signature = sohoa_token_sign (worker.token, data, length, error);
  if (signature == NULL)
    return NULL;
  g_variant_dict_init (&results, NULL);
  g_variant_dict_insert_value (&results, "signature", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, signature, TRUE));
  return g_variant_dict_end (&results);
}

static GVariant *
run (const char *name, const Request *request, GError **error)
{
  static const struct {
    const char *name;
    GVariant *(*run) (const Request *request, GError **error);
  } operations[] = { { SOHOA_SIGN_OP_OPEN, op_open }, { SOHOA_SIGN_OP_REPORT, op_report },
                     { SOHOA_SIGN_OP_UNLOCK, op_unlock }, { SOHOA_SIGN_OP_SIGN, op_sign } };

  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].name, name))
      return operations[i].run (request, error);
  fail_request (error, "unknown operation");
  return NULL;
}

/* FALSE: the other side is gone. */
static gboolean
serve_one (void)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) args = NULL;
  g_autoptr (GError) problem = NULL;
  int fds[SOHOA_WIRE_MAX_FDS];
  Request request = { .fds = fds };
  GVariant *reply;

  if (!sohoa_wire_receive (SOHOA_WORKER_FD, &name, &args, fds, &request.n_fds, -1, NULL))
    return FALSE;
  request.args = args;
  reply = run (name, &request, &problem);
  for (guint i = 0; i < request.n_fds; i++)
    (void) close (fds[i]);
  if (reply != NULL)
    return sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_ANSWER_OK, reply, NULL, 0, SEND_TIMEOUT_MS, NULL);
  return sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_ANSWER_ERROR, sohoa_wire_error_args (problem), NULL, 0, SEND_TIMEOUT_MS,
                          NULL);
}

int
main (void)
{
  GVariantDict hello;

  (void) signal (SIGPIPE, SIG_IGN);
  sohoa_log_init ("sohoa-sign-worker", FALSE);
  if (!sohoa_sandbox_give_up_powers (NULL)) /* the PIN must reach no disk: no core dump, nobody may attach */
    return EXIT_FAILURE;
  g_variant_dict_init (&hello, NULL);
  g_variant_dict_insert (&hello, "version", "s", PACKAGE_VERSION);
  g_variant_dict_insert (&hello, "sandbox", "s", "process only");
  if (!sohoa_wire_send (SOHOA_WORKER_FD, SOHOA_OP_HELLO, g_variant_dict_end (&hello), NULL, 0, SEND_TIMEOUT_MS, NULL))
    return EXIT_FAILURE;
  while (serve_one ())
    continue;
  sohoa_token_free (worker.token);
  g_clear_pointer (&worker.tries, g_hash_table_unref);
  return EXIT_SUCCESS;
}
