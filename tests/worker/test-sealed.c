#define _GNU_SOURCE
#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-sealed.h"

#include <string.h>
#include <unistd.h>

#define MARK "TUYET-MAT-SAMPLE-BYTES"

typedef struct {
  char         *folder, *id, *path;
  SohoaSealKey *key;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("sohoa-seal-XXXXXX", NULL);
  f->id = sohoa_id_new (1);
  f->path = g_build_filename (f->folder, "page.sealed", NULL);
  f->key = sohoa_seal_key_make (f->folder, f->id, NULL);
  g_assert_nonnull (f->key);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  sohoa_seal_key_free (f->key);
  sohoa_folder_remove (f->folder, NULL);
  g_free (f->folder);
  g_free (f->id);
  g_free (f->path);
}

static GBytes *
sample (gsize length)
{
  guint8 *bytes = g_malloc (length + 1);

  for (gsize i = 0; i < length; i++)
    bytes[i] = MARK[i % strlen (MARK)];
  return g_bytes_new_take (bytes, length);
}

static void
seal (Fixture *f, GBytes *bytes)
{
  g_autoptr(GError) error = NULL;
  SOHOA_AUTO_FD int fd = sohoa_memfd_new_sealed ("in", g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);

  g_assert_true (sohoa_seal_write (f->key, fd, f->path, &error));
  g_assert_no_error (error);
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
  static const gsize lengths[] = { 0, 1, 100, SOHOA_SEAL_CHUNK_BYTES - 1, SOHOA_SEAL_CHUNK_BYTES, SOHOA_SEAL_CHUNK_BYTES + 1,
                                   3 * SOHOA_SEAL_CHUNK_BYTES };

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    g_autoptr(GBytes) bytes = sample (lengths[i]);
    g_autoptr(GBytes) back = NULL;
    g_autoptr(GBytes) on_disk = NULL;
    SOHOA_AUTO_FD int fd = -1;

    seal (f, bytes);
    fd = sohoa_seal_read (f->key, f->path, NULL);
    g_assert_cmpint (fd, >=, 0);
    back = sohoa_fd_read_bytes (fd, G_MAXINT, NULL);
    g_assert_true (g_bytes_equal (bytes, back));
    on_disk = sohoa_file_read (f->path, G_MAXINT, NULL);
    if (lengths[i] > strlen (MARK)) /* nothing of the page is readable on the disk */
      g_assert_null (memmem (g_bytes_get_data (on_disk, NULL), g_bytes_get_size (on_disk), MARK, 8));
  }
}

static void
assert_refused (Fixture *f, const char *bytes, gsize length)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (g_file_set_contents (f->path, bytes, length, NULL));
  g_assert_cmpint (sohoa_seal_read (f->key, f->path, &error), ==, -1);
  g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT);
}

static void
test_tamper (Fixture *f, gconstpointer data)
{
  g_autoptr(GBytes) bytes = sample (2 * SOHOA_SEAL_CHUNK_BYTES + 10);
  g_autofree char *good = NULL;
  gsize length, step = SOHOA_SEAL_CHUNK_BYTES + 16;

  seal (f, bytes);
  g_assert_true (g_file_get_contents (f->path, &good, &length, NULL));
  for (gsize at = 0; at < length; at += 9973) {
    g_autofree char *bad = g_memdup2 (good, length);

    bad[at] ^= 1;
    assert_refused (f, bad, length);
  }
  assert_refused (f, good, length - 1);      /* cut */
  assert_refused (f, good, 12 + step);       /* cut at a chunk's end */
  assert_refused (f, good, 12 + 2 * step);
  assert_refused (f, good, 12);
  assert_refused (f, good, 0);
  {
    g_autofree char *swapped = g_memdup2 (good, length);

    memcpy (swapped + 12, good + 12 + step, step);
    memcpy (swapped + 12 + step, good + 12, step);
    assert_refused (f, swapped, length);
  }
}

static void
test_purge (Fixture *f, gconstpointer data)
{
  g_autoptr(GBytes) bytes = sample (1000);
  g_autoptr(GError) error = NULL;

  seal (f, bytes);
  g_assert_true (sohoa_seal_key_destroy (f->folder, f->id, NULL));
  g_assert_true (sohoa_seal_key_destroy (f->folder, f->id, NULL));
  g_assert_null (sohoa_seal_key_open (f->folder, f->id, &error));
  g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND);
  {
    /* a new key of the same document does not open what the old one sealed */
    g_autoptr(SohoaSealKey) fresh = sohoa_seal_key_make (f->folder, f->id, NULL);

    g_clear_error (&error);
    g_assert_cmpint (sohoa_seal_read (fresh, f->path, &error), ==, -1);
    g_assert_error (error, SOHOA_STORE_ERROR, SOHOA_STORE_ERROR_CORRUPT);
  }
}

static void
test_key_is_kept (Fixture *f, gconstpointer data)
{
  g_autoptr(GBytes) bytes = sample (1000);
  g_autoptr(SohoaSealKey) again = NULL;
  SOHOA_AUTO_FD int fd = -1;

  seal (f, bytes);
  again = sohoa_seal_key_make (f->folder, f->id, NULL); /* daemon restarted */
  fd = sohoa_seal_read (again, f->path, NULL);
  g_assert_cmpint (fd, >=, 0);
  g_assert_null (sohoa_seal_key_make (f->folder, "../x", NULL));
}

#define ROW(name, test) g_test_add (name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ROW ("/sealed/round-trip", test_round_trip);
  ROW ("/sealed/tamper", test_tamper);
  ROW ("/sealed/purge", test_purge);
  ROW ("/sealed/key-is-kept", test_key_is_kept);
  return g_test_run ();
}
