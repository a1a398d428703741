/* The registers on the bus: rows with the official columns, and the freezing of what is printed. */
#include "sohoa-bus-private.h"
#include "sohoa-register.h"
#include "sohoa-time.h"

#include <string.h>

/* Words of QĐ28/2018 and of the desk for the column "Tiến độ giải quyết". */
static const char *
progress_of (SohoaDesk *desk, const char *id)
{
  g_autoptr(SohoaStoreDocument) document = sohoa_store_find (desk->store, id, NULL);

  switch (document != NULL ? document->state : SOHOA_STATE_FAILED) {
  case SOHOA_STATE_DELIVERED: return "Đã đến";
  case SOHOA_STATE_ACCEPTED: return "Đã tiếp nhận";
  case SOHOA_STATE_DONE: return "Đã tiếp nhận";
  case SOHOA_STATE_REFUSED: return "Từ chối tiếp nhận";
  case SOHOA_STATE_RECALLED: return "Thu hồi";
  case SOHOA_STATE_SIGNED:
  case SOHOA_STATE_SUBMITTING: return "Đang chuyển";
  case SOHOA_STATE_SIGNING: return "Đang ký số";
  default: return "";
  }
}

static char **
cells_of (SohoaDesk *desk, SohoaRegisterKind kind, const SohoaStoreRegisterRow *row)
{
  g_autofree char *day = sohoa_time_to_day (row->time_us);
  SohoaRegisterEntry entry = { .number = row->number, .is_void = row->is_void, .reason = row->reason,
                               .fields_json = row->fields_json, .day = day };

  if (kind == SOHOA_REGISTER_FOLLOW_UP)
    entry.progress = progress_of (desk, row->id);
  return sohoa_register_cells (kind, &entry);
}

/* What stands in the printed book. NULL when it cannot be read. */
static char **
printed_cells (const SohoaStoreRegisterRow *row)
{
  g_autoptr(GVariant) value = g_variant_parse (G_VARIANT_TYPE_STRING_ARRAY, row->printed, NULL, NULL, NULL);

  return value != NULL ? g_variant_dup_strv (value, NULL) : NULL;
}

static GPtrArray *
list_book (SohoaBusCall *call, gint32 year, const char *book, GError **error)
{
  SohoaDesk *desk = call->service->desk;

  if (desk->conf->agency_id[0] == '\0') {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG, "[agency] id: not configured: the register is kept under it");
    return NULL;
  }
  if (!sohoa_bus_check_book (call, book[0] != '\0' ? book : desk->conf->book, error))
    return NULL;
  return sohoa_store_list_register (desk->store, desk->conf->agency_id, year, book[0] != '\0' ? book : desk->conf->book, error);
}

static void
add_row (GVariantBuilder *b, guint64 number, const char *id, gboolean is_void, gboolean printed, gboolean changed, char **cells)
{
  g_variant_builder_add (b, "(tsbbb^as)", number, id, is_void, printed, changed, cells);
}

GVariant *
sohoa_bus_get_register_rows (SohoaBusCall *call, GError **error)
{
  g_autoptr(GPtrArray) rows = NULL;
  SohoaRegisterKind kind;
  GVariantBuilder b;
  const char *book, *which;
  guint64 next = 1;
  gint32 year;

  g_variant_get (call->parameters, "(i&s&s)", &year, &book, &which);
  if (!sohoa_register_kind_from_string (which, &kind)) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_INVALID_ARGUMENT, "%s: no such register: arrivals or follow-up", which);
    return NULL;
  }
  rows = list_book (call, year, book, error);
  if (rows == NULL)
    return NULL;
  g_variant_builder_init (&b, G_VARIANT_TYPE ("a(tsbbbas)"));
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);
    g_auto(GStrv) now = cells_of (call->service->desk, kind, row);
    g_auto(GStrv) frozen = kind == SOHOA_REGISTER_ARRIVALS && row->printed != NULL ? printed_cells (row) : NULL;

    if (row->number > next) {
      g_auto(GStrv) gap = sohoa_register_gap_cells (kind, next, row->number - 1);

      add_row (&b, next, "", FALSE, FALSE, FALSE, gap);
    }
    add_row (&b, row->number, row->id, row->is_void, row->printed != NULL,
             frozen != NULL && !g_strv_equal ((const char *const *) frozen, (const char *const *) now),
             frozen != NULL ? frozen : now);
    next = row->number + 1;
  }
  return g_variant_new ("(^asa(tsbbbas))", sohoa_register_columns (kind), &b);
}

GVariant *
sohoa_bus_list_books (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(GPtrArray) rows = NULL, books = g_ptr_array_new ();
  gint32 year;

  g_variant_get (call->parameters, "(i)", &year);
  rows = sohoa_store_list_register (desk->store, desk->conf->agency_id, year, NULL, error);
  if (rows == NULL)
    return NULL;
  g_ptr_array_add (books, desk->conf->book);
  for (guint i = 0; i < rows->len; i++) {
    const SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);

    if (!g_ptr_array_find_with_equal_func (books, row->book, g_str_equal, NULL))
      g_ptr_array_add (books, row->book);
  }
  return g_variant_new ("(@as)", g_variant_new_strv ((const char *const *) books->pdata, (gssize) books->len));
}

GVariant *
sohoa_bus_freeze_register (SohoaBusCall *call, GError **error)
{
  SohoaDesk *desk = call->service->desk;
  g_autoptr(GPtrArray) rows = NULL;
  g_autoptr(GPtrArray) fresh = g_ptr_array_new ();
  const char *book;
  guint64 first = 0, last = 0;
  gint32 year;

  g_variant_get (call->parameters, "(i&s)", &year, &book);
  rows = list_book (call, year, book, error);
  if (rows == NULL)
    return NULL;
  for (guint i = 0; i < rows->len; i++) {
    SohoaStoreRegisterRow *row = g_ptr_array_index (rows, i);
    g_auto(GStrv) cells = NULL;
    g_autoptr(GVariant) value = NULL;

    if (row->printed != NULL)
      continue;
    cells = cells_of (desk, SOHOA_REGISTER_ARRIVALS, row);
    value = g_variant_ref_sink (g_variant_new_strv ((const char *const *) cells, -1));
    row->printed = g_variant_print (value, FALSE);
    g_ptr_array_add (fresh, row);
    first = first == 0 ? row->number : first;
    last = row->number;
  }
  if (fresh->len > 0
      && !sohoa_store_freeze_register (desk->store, desk->conf->agency_id, year, book[0] != '\0' ? book : desk->conf->book,
                                       fresh, 0, error))
    return NULL;
  return g_variant_new ("(tt)", first, last);
}
