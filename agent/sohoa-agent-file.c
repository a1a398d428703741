#include "sohoa-agent-file.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-json.h"
#include "sohoa-secret.h"

#include <string.h>

#define REPORT_MAX_BYTES (1024u * 1024)
#define PIN_FD 3 /* in the child */
#define FOLDER_TEMPLATE "sohoa-agent-XXXXXX"

/* A private folder in the user's runtime directory; the caller removes it. g_free. */
static char *
make_folder (GError **error)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), FOLDER_TEMPLATE, NULL);

  if (!sohoa_folder_make (g_get_user_runtime_dir (), 0700, error))
    return NULL;
  if (g_mkdtemp_full (path, 0700) == NULL) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "%s: no folder can be made there", g_get_user_runtime_dir ());
    return NULL;
  }
  return g_steal_pointer (&path);
}

static char *
dup_command (void)
{
  char *path = g_find_program_in_path ("sohoa");

  return path != NULL ? path : sohoa_path_program ("cli", "sohoa");
}

/* Runs a command to its end; gives its exit status, -1 with an error. @pin_fd is taken; -1 = none. */
static int
run (const char *const *argv, int pin_fd, char **out, char **err, GCancellable *cancellable, GError **error)
{
  g_autoptr(GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr(GSubprocess) process = NULL;

  if (pin_fd >= 0)
    g_subprocess_launcher_take_fd (launcher, pin_fd, PIN_FD);
  process = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (process == NULL)
    return -1;
  if (!g_subprocess_communicate_utf8 (process, NULL, cancellable, out, err, error)) {
    g_subprocess_force_exit (process);
    (void) g_subprocess_wait (process, NULL, NULL);
    return -1;
  }
  if (g_subprocess_get_if_exited (process))
    return g_subprocess_get_exit_status (process);
  g_set_error (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_INVALID, "%s ended by a signal", argv[0]);
  return -1;
}

/* What the command says of a PIN; the exit status alone tells only that signing failed. */
static void
explain (const char *said, GError **error)
{
  static const struct { const char *words; int code; const char *text; } rows[] = {
    { "PIN is wrong", SOHOA_SIGN_ERROR_PIN, "Mã PIN không đúng." },
    { "passphrase", SOHOA_SIGN_ERROR_PIN, "Mật khẩu của tệp khóa không đúng." },
    { "locks the token", SOHOA_SIGN_ERROR_PIN_FINAL, "Chỉ còn một lần nhập: nhập sai nữa thì USB ký số bị khóa." },
    { "locked", SOHOA_SIGN_ERROR_PIN_LOCKED, "USB ký số đã bị khóa: liên hệ đơn vị cấp." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strstr (said, rows[i].words) != NULL) {
      g_set_error_literal (error, SOHOA_SIGN_ERROR, rows[i].code, rows[i].text);
      return;
    }
  g_warning ("sign-file: %s", said);
  g_set_error_literal (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_INVALID, "Không ký được tệp này.");
}

static GBytes *
sign_in (SohoaAgentConf *conf, const char *folder, int pin_fd, gboolean final_try, GCancellable *cancellable, GError **error)
{
  g_autofree char *in = g_build_filename (folder, "in.pdf", NULL);
  g_autofree char *out = g_build_filename (folder, "out.pdf", NULL);
  g_autofree char *command = dup_command ();
  g_autofree char *said = NULL;
  g_autofree char *complaint = NULL;
  g_autoptr(GPtrArray) argv = g_ptr_array_new ();
  const char *const words[] = { command, "sign-file", in, "-o", out, "--sign", conf->sign, "--level", conf->level };
  int status;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_ptr_array_add (argv, (char *) words[i]);
  if (conf->tsa != NULL) {
    g_ptr_array_add (argv, (char *) "--tsa");
    g_ptr_array_add (argv, conf->tsa);
  }
  if (pin_fd >= 0) {
    g_ptr_array_add (argv, (char *) "--pin-fd");
    g_ptr_array_add (argv, (char *) "3");
  }
  if (final_try)
    g_ptr_array_add (argv, (char *) "--final-try");
  g_ptr_array_add (argv, NULL);
  status = run ((const char *const *) argv->pdata, pin_fd, &said, &complaint, cancellable, error);
  if (status == SOHOA_EXIT_OK)
    return sohoa_file_read (out, conf->max_file_bytes, error);
  if (status >= 0)
    explain (complaint, error);
  return NULL;
}

GBytes *
sohoa_agent_file_sign (SohoaAgentConf *conf, GBytes *pdf, const char *pin, gboolean final_try, GCancellable *cancellable,
                       GError **error)
{
  g_autofree char *folder = NULL;
  g_autofree char *in = NULL;
  SOHOA_AUTO_FD int pin_fd = -1;
  GBytes *signed_pdf = NULL;

  if (conf->sign == NULL) {
    g_set_error_literal (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "Chưa cấu hình khóa ký cho tệp của trang web ([agent] sign).");
    return NULL;
  }
  folder = make_folder (error);
  if (folder == NULL)
    return NULL;
  in = g_build_filename (folder, "in.pdf", NULL);
  if (pin != NULL)
    pin_fd = sohoa_secret_open_pipe (pin, error);
  if ((pin == NULL || pin_fd >= 0) && sohoa_file_write (in, g_bytes_get_data (pdf, NULL), (gssize) g_bytes_get_size (pdf), 0600, error))
    signed_pdf = sign_in (conf, folder, sohoa_fd_steal (&pin_fd), final_try, cancellable, error);
  (void) sohoa_folder_remove (folder, NULL);
  return signed_pdf;
}

static char *
verify_in (SohoaAgentConf *conf, const char *in, GCancellable *cancellable, GError **error)
{
  g_autofree char *command = dup_command ();
  g_autofree char *said = NULL;
  g_autofree char *complaint = NULL;
  const char *argv[] = { command, "verify", in, "--json", conf->trust != NULL ? "--trust" : NULL, conf->trust, NULL };
  g_autoptr(JsonObject) report = NULL;

  if (run (argv, -1, &said, &complaint, cancellable, error) < 0)
    return NULL;
  report = sohoa_json_parse (said, -1);
  if (report != NULL && sohoa_json_string (report, "status")[0] != '\0')
    return g_strdup (sohoa_json_string (report, "status"));
  g_set_error_literal (error, SOHOA_SIGN_ERROR, SOHOA_SIGN_ERROR_INVALID, "Không đọc được tệp để kiểm tra chữ ký số.");
  return NULL;
}

char *
sohoa_agent_file_verify (SohoaAgentConf *conf, GBytes *pdf, GCancellable *cancellable, GError **error)
{
  g_autofree char *folder = make_folder (error);
  g_autofree char *in = folder != NULL ? g_build_filename (folder, "in.pdf", NULL) : NULL;
  char *verdict = NULL;

  if (folder == NULL)
    return NULL;
  if (sohoa_file_write (in, g_bytes_get_data (pdf, NULL), (gssize) g_bytes_get_size (pdf), 0600, error))
    verdict = verify_in (conf, in, cancellable, error);
  (void) sohoa_folder_remove (folder, NULL);
  return verdict;
}
