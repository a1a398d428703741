#include "sohoa-qlvb-picture.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"
#include "sohoa-pipeline.h"
#include "sohoa-time.h"

#include <fcntl.h>
#include <png.h>
#include <string.h>
#include <sys/mman.h>

#define PICTURE_SIDE_PX 1400u
#define PICTURE_MAX_PX 8000u
#define PAGES_MAX 10000u
#define ROWS_AT_ONCE 500u

static int
open_file (const char *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

  if (fd < 0)
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_NOT_FOUND, "file of a document: it is not there");
  return fd;
}

/* @rows: RGB24. */
static GBytes *
encode (const guint8 *rows, guint width, guint height, GError **error)
{
  png_image image = { .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB };
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX (image);
  guint8 *out = g_try_malloc (size);

  image.flags = PNG_IMAGE_FLAG_FAST;
  if (out != NULL && png_image_write_to_memory (&image, out, &size, 0, rows, 0, NULL))
    return g_bytes_new_take (g_realloc (out, size), size);
  g_free (out);
  g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "picture of a page: cannot be written");
  return NULL;
}

GBytes *
sohoa_qlvb_picture (SohoaWorkerPool *pool, const char *path, guint page, GError **error)
{
  SOHOA_AUTO_FD int file = -1;
  SOHOA_AUTO_FD int pixels = -1;
  g_autoptr(GVariant) reply = NULL;
  g_autoptr(GBytes) rows = NULL;
  guint32 width = 0, height = 0;
  GVariantDict args;
  int fds[2];

  if (pool == NULL || page < 1 || page > PAGES_MAX) {
    g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "picture of page %u: there is none", page);
    return NULL;
  }
  fds[0] = file = open_file (path, error);
  fds[1] = pixels = file >= 0 ? sohoa_memfd_new ("page", error) : -1;
  if (pixels < 0)
    return NULL;
  g_variant_dict_init (&args, NULL);
  g_variant_dict_insert (&args, "page", "u", page);
  g_variant_dict_insert (&args, "size", "u", PICTURE_SIDE_PX);
  if (!sohoa_worker_pool_call (pool, SOHOA_OP_PREVIEW, g_variant_dict_end (&args), fds, 2, SOHOA_GATE_TIMEOUT_MS, NULL,
                               &reply, error))
    return NULL;
  if (g_variant_lookup (reply, "width", "u", &width) && g_variant_lookup (reply, "height", "u", &height) && width > 0
      && height > 0 && width <= PICTURE_MAX_PX && height <= PICTURE_MAX_PX)
    rows = sohoa_fd_read_bytes (pixels, (gsize) width * height * 3, error);
  if (rows == NULL || g_bytes_get_size (rows) != (gsize) width * height * 3) {
    if (error != NULL && *error == NULL)
      g_set_error (error, SOHOA_ERROR, SOHOA_ERROR_UNAVAILABLE, "picture of page %u: the worker's answer is not whole", page);
    return NULL;
  }
  return encode (g_bytes_get_data (rows, NULL), width, height, error);
}

guint
sohoa_qlvb_count_pages (SohoaWorkerPool *pool, const char *path, GError **error)
{
  SOHOA_AUTO_FD int file = pool != NULL ? open_file (path, error) : -1;
  SohoaInput input = { .name = "document", .fd = file };
  g_autoptr(SohoaPlan) plan = NULL;

  if (file < 0 || !sohoa_pipeline_probe (pool, &input, 1, NULL, &plan, error))
    return 0;
  return sohoa_plan_count_pages (plan);
}

/* ---- the register as a table ---- */

static void
put_cell (GString *out, const char *value, gboolean last)
{
  g_string_append (out, value[0] != '\0' && strchr ("=+-@\t\r", value[0]) != NULL ? "\"'" : "\"");
  for (const char *p = value; *p != '\0'; p++) {
    if (*p == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *p);
  }
  g_string_append (out, last ? "\"\r\n" : "\",");
}

static void
put_row (GString *out, const SohoaQlvbDocument *d)
{
  g_autofree char *number = g_strdup_printf ("%u", d->number);
  g_autofree char *symbol = g_strdup_printf ("%s/%s", d->code_number, d->code_notation);
  g_autofree char *subject = g_strdup_printf ("%s: %s", d->type_name, d->subject);
  const char *values[] = { d->arrival_day, number, d->organ_name, symbol, d->issued, subject, d->recipient, d->forwarded, "",
                           g_str_equal (d->status, "02") || g_str_equal (d->status, "15") ? d->reason : d->warnings };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    put_cell (out, values[i], i + 1 == G_N_ELEMENTS (values));
}

GBytes *
sohoa_qlvb_register_csv (SohoaQlvbStore *store, const SohoaQlvbFilter *filter)
{
  GString *out = g_string_new ("\xef\xbb\xbf\"Ngày đến\",\"Số đến\",\"Tác giả\",\"Số, ký hiệu văn bản\",\"Ngày tháng văn bản\","
                               "\"Tên loại và trích yếu nội dung\",\"Đơn vị hoặc người nhận\",\"Ngày chuyển\",\"Ký nhận\","
                               "\"Ghi chú\"\r\n");
  SohoaQlvbFilter part = *filter;
  guint total = 1;

  part.limit = ROWS_AT_ONCE;
  for (part.offset = 0; part.offset < total; part.offset += ROWS_AT_ONCE) {
    g_autoptr(GPtrArray) list = sohoa_qlvb_store_browse (store, &part, &total, NULL);

    if (list == NULL) { /* half a register is none */
      (void) g_string_free (out, TRUE);
      return NULL;
    }
    for (guint i = 0; i < list->len; i++)
      put_row (out, g_ptr_array_index (list, i));
  }
  return g_string_free_to_bytes (out);
}
