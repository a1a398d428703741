#include "sign-fixture.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "sohoa-file.h"

static char *folder;

char *
fixture_path (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

gboolean
fixture_run (const char *program, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GSubprocess) process = NULL;
  va_list words;
  const char *word;

  g_ptr_array_add (argv, g_strdup (program));
  va_start (words, program);
  while ((word = va_arg (words, const char *)) != NULL)
    g_ptr_array_add (argv, *word == '@' ? fixture_path (word + 1) : g_strdup (word));
  va_end (words);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata,
                               G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);
  return process != NULL && g_subprocess_wait_check (process, NULL, NULL);
}

void
fixture_open (void)
{
  const char *build = g_getenv ("SOHOA_TOP_BUILDDIR");
  g_autofree char *program = g_build_filename (build != NULL ? build : ".", "sign", "sohoa-test-authority", NULL);

  folder = g_dir_make_tmp ("sohoa-sign-XXXXXX", NULL);
  g_assert_nonnull (folder);
  g_assert_true (fixture_run (program, folder, NULL));
}

void
fixture_close (void)
{
  g_assert_true (sohoa_folder_remove (folder, NULL));
  g_clear_pointer (&folder, g_free);
}

int
fixture_file (const char *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  int fd = sohoa_memfd_new ("signed", &error);

  g_assert_no_error (error);
  g_assert_true (sohoa_fd_write_all (fd, data, length, &error));
  return fd;
}

GBytes *
fixture_read (const char *name)
{
  g_autofree char *path = fixture_path (name);
  g_autoptr (GError) error = NULL;
  GBytes *bytes = sohoa_file_read (path, 64 * 1024 * 1024, &error);

  g_assert_no_error (error);
  return bytes;
}

void
fixture_write (const char *name, GBytes *bytes)
{
  g_autofree char *path = fixture_path (name);
  g_autoptr (GError) error = NULL;

  g_assert_true (sohoa_file_write (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), 0600, &error));
  g_assert_no_error (error);
}

int
fixture_pipe (const char *text)
{
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (write (ends[1], text, strlen (text)), ==, (gssize) strlen (text));
  close (ends[1]);
  return ends[0];
}
