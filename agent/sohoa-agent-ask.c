#include "sohoa-agent-ask.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-json.h"

#include <string.h>

#define ANSWER_MAX_BYTES (64u * 1024)
#define MAX_WAITING 12 /* questions; a page that asks more is told to wait */

static GMutex turn;        /* one question at a time */
static int    waiting;     /* atomic */

void
sohoa_agent_put (JsonBuilder *b, const char *name, const char *text)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, text != NULL ? text : "");
}

/* A PIN may have come: nothing of it stays behind. */
static JsonObject *
read_answer (GBytes *bytes)
{
  gsize length;
  char *text = (char *) g_bytes_get_data (bytes, &length);
  JsonObject *answer = length > 0 && length <= ANSWER_MAX_BYTES ? sohoa_json_parse (text, (gssize) length) : NULL;

  if (length > 0)
    explicit_bzero (text, length);
  return answer;
}

static JsonObject *
run_program (const char *program, const char *question, GCancellable *cancellable, GError **error)
{
  g_autoptr(GSubprocess) process
    = g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, error, program, NULL);
  g_autoptr(GBytes) in = g_bytes_new (question, strlen (question));
  g_autoptr(GBytes) out = NULL;
  JsonObject *answer;

  if (process == NULL)
    return NULL;
  if (!g_subprocess_communicate (process, in, cancellable, &out, NULL, error)) {
    g_subprocess_force_exit (process);
    (void) g_subprocess_wait (process, NULL, NULL);
    return NULL;
  }
  answer = read_answer (out);
  if (answer == NULL)
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "%s: answered nothing: is there a display?", program);
  return answer;
}

JsonObject *
sohoa_agent_ask (SohoaAgentConf *conf, JsonBuilder *question, GCancellable *cancellable, GError **error)
{
  g_autoptr(JsonBuilder) owned = question;
  g_autoptr(JsonNode) root = json_builder_get_root (owned);
  g_autofree char *text = json_to_string (root, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  g_autofree char *program = conf->ask != NULL ? g_strdup (conf->ask) : sohoa_path_program ("ui-gtk", "sohoa-ask");
  JsonObject *answer = NULL;

  if (g_atomic_int_add (&waiting, 1) >= MAX_WAITING) {
    g_atomic_int_add (&waiting, -1);
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_BUSY, "Đang có quá nhiều yêu cầu ký số chờ trả lời: thử lại sau.");
    return NULL;
  }
  g_mutex_lock (&turn);
  if (!g_cancellable_set_error_if_cancelled (cancellable, error))
    answer = run_program (program, line, cancellable, error);
  g_mutex_unlock (&turn);
  g_atomic_int_add (&waiting, -1);
  return answer;
}

gboolean
sohoa_agent_open_desk (GError **error)
{
  g_autofree char *path = g_find_program_in_path ("sohoa-gtk");
  g_autofree char *program = path != NULL ? g_strdup (path) : sohoa_path_program ("ui-gtk", "sohoa-gtk");
  g_autoptr(GSubprocess) process = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, error, program, NULL);

  return process != NULL;
}
