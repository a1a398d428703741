#include "peer.h"

#include "sohoa-file.h"

#include <signal.h>
#include <string.h>

Peer *
peer_new (void)
{
  Peer *self = g_new0 (Peer, 1);
  g_autofree char *secret = NULL, *systems = NULL, *text = NULL;

  self->dir = g_dir_make_tmp ("sohoa-qlvb-XXXXXX", NULL);
  g_assert_nonnull (self->dir);
  secret = g_build_filename (self->dir, "secret", NULL);
  systems = g_build_filename (self->dir, "systems.conf", NULL);
  text = g_strdup_printf ("[system TEST.SYS]\nsecret-file=%s\n", secret);
  g_assert_true (sohoa_file_write (secret, "testsecret\n", 11, 0600, NULL));
  g_assert_true (sohoa_file_write (systems, text, strlen (text), 0600, NULL));
  return self;
}

void
peer_start (Peer *self, const char *const *arguments)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  const char *top = g_getenv ("SOHOA_TOP_BUILDDIR");
  const char *port = self->url != NULL ? strrchr (self->url, ':') + 1 : "0";
  g_autofree char *line = NULL;
  g_autoptr(GError) error = NULL;

  g_ptr_array_add (argv, g_build_filename (top != NULL ? top : ".", "qlvb", "sohoa-qlvb", NULL));
  g_ptr_array_add (argv, g_strdup_printf ("--listen=127.0.0.1:%d", atoi (port)));
  g_ptr_array_add (argv, g_strdup_printf ("--data=%s/data", self->dir));
  g_ptr_array_add (argv, g_strdup_printf ("--systems=%s/systems.conf", self->dir));
  g_ptr_array_add (argv, g_strdup ("--agency=H31.98.01"));
  g_ptr_array_add (argv, g_strdup ("--agency-name=UBND xã Ví Dụ"));
  if (!self->check_signatures)
    g_ptr_array_add (argv, g_strdup ("--test-no-signature-check"));
  for (guint i = 0; arguments != NULL && arguments[i] != NULL; i++)
    g_ptr_array_add (argv, g_strdup (arguments[i]));
  g_ptr_array_add (argv, NULL);
  self->process = g_subprocess_newv ((const char *const *) argv->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  self->out = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  line = g_data_input_stream_read_line (self->out, NULL, NULL, NULL);
  g_assert_nonnull (line);
  g_assert_true (g_str_has_prefix (line, "listening: http://"));
  g_free (self->url);
  self->url = g_strdup (line + strlen ("listening: "));
  if (g_str_has_suffix (self->url, "/"))
    self->url[strlen (self->url) - 1] = '\0';
}

static void
forget (Peer *self)
{
  g_clear_object (&self->out);
  g_clear_object (&self->process);
}

void
peer_kill (Peer *self)
{
  g_subprocess_force_exit (self->process);
  g_assert_true (g_subprocess_wait (self->process, NULL, NULL));
  forget (self);
}

int
peer_stop (Peer *self)
{
  int status;

  g_subprocess_send_signal (self->process, SIGTERM);
  g_assert_true (g_subprocess_wait (self->process, NULL, NULL));
  g_assert_true (g_subprocess_get_if_exited (self->process));
  status = g_subprocess_get_exit_status (self->process);
  forget (self);
  return status;
}

void
peer_free (Peer *self)
{
  if (self->process != NULL)
    peer_kill (self);
  (void) sohoa_folder_remove (self->dir, NULL);
  g_free (self->dir);
  g_free (self->url);
  g_free (self);
}

gint64
peer_count (Peer *self, const char *sql)
{
  g_autofree char *database = g_strdup_printf ("%s/data/register.db", self->dir);
  const char *const argv[] = { "sqlite3", database, sql, NULL };
  g_autoptr(GSubprocess) process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
  g_autofree char *out = NULL;

  g_assert_nonnull (process);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &out, NULL, NULL));
  return g_ascii_strtoll (out, NULL, 10);
}

SohoaConnector *
peer_connect (Peer *self, const char *connector, const char *url, const char *extra)
{
  g_autofree char *path = g_build_filename (self->dir, "target.conf", NULL);
  g_autofree char *text = g_strdup_printf ("[target test]\nconnector=%s\nurl=%s\nsystem-id=TEST.SYS\n"
                                           "secret-file=%s/secret\nfrom=H31.98.01\nto=H31.98.01\n%s\n", connector,
                                           url != NULL ? url : self->url, self->dir, extra);
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaConf) conf = NULL;
  SohoaTarget *target;
  SohoaConnector *result;

  g_assert_true (sohoa_file_write (path, text, strlen (text), 0600, NULL));
  conf = sohoa_conf_load (path, FALSE, &error);
  g_assert_no_error (error);
  target = sohoa_target_take (conf, "target test", &error);
  g_assert_no_error (error);
  g_assert_true (sohoa_conf_finish (conf, &error));
  result = sohoa_connector_new (target, &error);
  g_assert_no_error (error);
  return result;
}

Paper *
paper_new (const char *number, const char *subject)
{
  Paper *self = g_new0 (Paper, 1);
  g_autofree char *pdf = g_strdup_printf ("%%PDF-1.7\n%s %s\n%%%%EOF\n", number, subject);

  self->record = sohoa_record_new ();
  g_free (self->record->id);
  self->record->id = sohoa_id_new (1);
  sohoa_record_add_page (self->record);
  sohoa_record_set_field (self->record, "CodeNumber", number, 1, "person");
  sohoa_record_set_field (self->record, "CodeNotation", "TN-VP", 1, "person");
  sohoa_record_set_field (self->record, "IssuedDate", "2026-11-20", 1, "person");
  sohoa_record_set_field (self->record, "TypeName", "Công văn", 1, "person");
  sohoa_record_set_field (self->record, "OrganName", "Sở Thử Nghiệm", 1, "person");
  sohoa_record_set_field (self->record, "Subject", subject, 1, "person");
  self->fd = sohoa_memfd_new_sealed ("paper", pdf, strlen (pdf), NULL);
  self->sha256 = sohoa_bytes_sha256 (pdf, strlen (pdf));
  self->key = sohoa_submission_key (self->sha256);
  self->what = (SohoaSubmission) { .record = self->record, .fd = self->fd, .sha256 = self->sha256,
                                   .key = self->key, .time_us = 1795328444LL * 1000000 };
  return self;
}

void
paper_free (Paper *self)
{
  sohoa_record_free (self->record);
  sohoa_fd_clear (&self->fd);
  g_free (self->sha256);
  g_free (self->key);
  g_free (self);
}
