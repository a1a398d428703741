/* Puts documents into a new store as if they had been signed a moment ago, each with its row in the outbox, so that
 * a campaign can try the real queue and connectors without making a thousand PDFs first.
 *
 *   seed-outbox STATE-DIR TARGET COUNT BYTES
 *   seed-outbox STATE-DIR TARGET COUNT FOLDER    files 1.pdf … COUNT.pdf of FOLDER */
#include "sohoa-file.h"
#include "sohoa-record.h"
#include "sohoa-store.h"
#include "sohoa-time.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "document.pdf"
#define MAX_COUNT 100000
#define MAX_BYTES (64 * 1024 * 1024)

static void
must (gboolean good, const GError *error)
{
  if (!good)
    g_error ("seed-outbox: %s", error != NULL ? error->message : "failed");
}

static char *
make_record (guint number)
{
  g_autoptr(SohoaRecord) record = sohoa_record_new ();
  g_autofree char *text = g_strdup_printf ("%u", number);
  g_autofree char *subject = g_strdup_printf ("Về việc gửi đúng một lần, văn bản %u", number);

  sohoa_record_add_page (record);
  sohoa_record_set_field (record, "CodeNumber", text, 1, "person");
  sohoa_record_set_field (record, "CodeNotation", "TN-VP", 1, "person");
  sohoa_record_set_field (record, "IssuedDate", "2026-11-20", 1, "person");
  sohoa_record_set_field (record, "TypeName", "Công văn", 1, "person");
  sohoa_record_set_field (record, "OrganName", "Sở Thử Nghiệm", 1, "person");
  sohoa_record_set_field (record, "Subject", subject, 1, "person");
  return sohoa_record_to_json (record, FALSE);
}

/* Bytes of its own, so that its key is its own. */
static char *
make_pdf (guint number, gsize size)
{
  char *pdf = g_malloc (size);
  g_autofree char *head = g_strdup_printf ("%%PDF-1.7\n%% document %u\n", number);
  guint32 state = number * 2654435761u + 1;

  for (gsize i = 0; i < size; i++) {
    state = state * 1664525u + 1013904223u;
    pdf[i] = (char) (state >> 24);
  }
  memcpy (pdf, head, MIN (size, strlen (head)));
  return pdf;
}

static char *
read_pdf (const char *folder, guint number, gsize *size)
{
  g_autofree char *path = g_strdup_printf ("%s/%u.pdf", folder, number);
  g_autoptr(GError) error = NULL;
  char *pdf = NULL;

  must (g_file_get_contents (path, &pdf, size, &error), error);
  return pdf;
}

static void
seed (SohoaStore *store, const char *spool, const char *target, guint number, const char *pdf, gsize size)
{
  static const SohoaState way[] = { SOHOA_STATE_CLEARED, SOHOA_STATE_PROCESSING, SOHOA_STATE_REVIEW,
                                    SOHOA_STATE_CONFIRMED, SOHOA_STATE_SIGNING };
  g_autofree char *id = sohoa_id_new (sohoa_time_now_us ()), *record = make_record (number);
  g_autofree char *sha256 = sohoa_bytes_sha256 (pdf, size);
  g_autofree char *relative = g_build_filename (id, FILE_NAME, NULL), *folder = g_build_filename (spool, id, NULL);
  g_autofree char *path = g_build_filename (spool, relative, NULL), *same = NULL;
  g_autoptr(GPtrArray) files = sohoa_store_files_new ();
  g_autoptr(GError) error = NULL;
  SohoaStoreNewDocument document = { .id = id, .record_json = record, .actor = "seed" };
  SohoaStoreParcel parcel = { .key = sha256, .target = target, .payload_path = relative, .payload_sha256 = sha256 };
  SohoaStoreChange change = { .id = id, .moves = TRUE, .to = SOHOA_STATE_SIGNED, .actor = "seed", .files = files,
                              .parcel = &parcel };

  must (g_mkdir_with_parents (folder, 0700) == 0, NULL);
  must (sohoa_file_write (path, pdf, (gssize) size, 0600, &error), error);
  must (sohoa_store_add (store, &document, &same, NULL, &error), error);
  for (guint i = 0; i < G_N_ELEMENTS (way); i++)
    must (sohoa_store_move (store, id, 0, way[i], "seed", NULL, NULL, NULL, &error), error);
  g_ptr_array_add (files, sohoa_store_file_new ("signed", FILE_NAME, relative, sha256, size));
  must (sohoa_store_change (store, &change, NULL, &error), error);
}

int
main (int argc, char **argv)
{
  gboolean from_folder = argc == 5 && g_file_test (argv[4], G_FILE_TEST_IS_DIR);
  int count = argc == 5 ? atoi (argv[3]) : 0, bytes = argc == 5 && !from_folder ? atoi (argv[4]) : 0;
  g_autofree char *database = NULL, *spool = NULL;
  g_autoptr(SohoaStore) store = NULL;
  g_autoptr(GError) error = NULL;

  if (count < 1 || count > MAX_COUNT || (!from_folder && (bytes < 64 || bytes > MAX_BYTES))) {
    g_printerr ("usage: seed-outbox STATE-DIR TARGET COUNT BYTES|FOLDER\n");
    return 2;
  }
  database = g_build_filename (argv[1], "store.db", NULL);
  spool = g_build_filename (argv[1], "spool", NULL);
  must (g_mkdir_with_parents (spool, 0700) == 0, NULL);
  store = sohoa_store_open_sqlite (database, &error);
  must (store != NULL, error);
  for (guint i = 1; i <= (guint) count; i++) {
    gsize size = (gsize) bytes;
    g_autofree char *pdf = from_folder ? read_pdf (argv[4], i, &size) : make_pdf (i, size);

    seed (store, spool, argv[2], i, pdf, size);
  }
  return 0;
}
